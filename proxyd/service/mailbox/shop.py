"""What all mailrooms have in common: the database, who is who, the statuses, the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from proxyd.domain.note_marks import Marks
from proxyd.domain.ports.calendar import Calendar, NoCalendar
from proxyd.domain.ports.database import Database
from proxyd.domain.types import Account, Clock, Origin, SharedMailbox
from proxyd.domain.workflow import StatusSet
from proxyd.service.mailbox.object_ids import ObjectIds


@dataclass(frozen=True, slots=True)
class MailsTaken:
    """Mails that somebody takes with one command, by their rows' numbers, in one view. ``whole``:
    all of each. ``there``: how many the shared mailbox has.
    """

    account: Account
    origin: Origin
    mailbox: SharedMailbox
    view_id: int
    mails: Sequence[int]
    whole: bool
    there: int


class People(Protocol):
    """Who is who; kept up to date by the accounts service."""

    def all(self) -> Iterable[Account]: ...

    def by_id(self, account_id: int) -> Account | None: ...

    def by_login(self, login: str) -> Account | None: ...

    def login_ever(self, account_id: int | None) -> str:
        """Also of an account that was removed since; "" for nobody."""
        ...


@dataclass(frozen=True, slots=True)
class Shop:
    """What all mailrooms have in common."""

    store: Database
    people: People
    statuses: StatusSet
    clock: Clock
    digest: Callable[[str], str]  # keyed: of a subject, for the access log
    ids: ObjectIds
    calendar: Calendar = field(default_factory=NoCalendar)
    shared_root: str = "Shared"  # further mailboxes of a person stand under it (NAMESPACE)
    copied: Callable[[MailsTaken], None] = lambda _copied: None  # hears of mails that were taken

    @property
    def marks(self) -> Marks:
        """Of internal notes, of every mailbox."""
        return Marks(self.digest)
