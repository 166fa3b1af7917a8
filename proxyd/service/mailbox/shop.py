"""What all mailrooms have in common: the database, who is who, the statuses, the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from proxyd.domain.ports.database import Database
from proxyd.domain.types import Account, Clock
from proxyd.domain.workflow import StatusSet
from proxyd.service.mailbox.object_ids import ObjectIds


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
    digest: Callable[[str], str]  # keyed digest of a subject, for the access log
    ids: ObjectIds
