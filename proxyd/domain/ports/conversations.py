"""The conversations as the command line and the pages read them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as it is now."""

    number: int
    mailbox: str  # the shared mailbox's name
    status: str
    assignee: str  # login; "" = nobody
    changed_us: int  # of status, assignee or membership
    waits_us: int | None  # since when somebody outside waits for us
    overdue: bool
    until_us: int | None  # when it comes back from hold


@dataclass(frozen=True, slots=True)
class LoadRow:
    """How many conversations one person has in one status, and what is urgent of them."""

    account_id: int | None  # None: nobody has them
    status: str
    conversations: int
    waiting: int  # somebody outside waits
    overdue: int
    oldest_us: int | None  # since when the first of those waits
    returning: int  # on hold until a day


@dataclass(frozen=True, slots=True)
class OpenRow:
    """How many conversations of one shared mailbox have one status that is not done."""

    status: str
    conversations: int
    overdue: int
    oldest_us: int | None  # since when the first waits for us


Place = tuple[int, int]  # changed_us and number: where a page of the list begins


@dataclass(frozen=True, slots=True)
class ConversationQuery:
    """Criteria are joined by AND. ``assignee``: a login, "" for nobody, None for anything."""

    mailbox_ids: tuple[int, ...]
    statuses: tuple[str, ...] | None = None  # None: any
    assignee: str | None = None
    changed_before_us: int | None = None
    overdue: bool = False  # only those
    beyond: Place | None = None  # of the last one that was shown
    newer: bool = False  # those after ``beyond`` rather than before it
    limit: int = 50


class ConversationStore(Protocol):
    """Reads only."""

    def find(self, number: int) -> ConversationRow | None: ...

    def of_message(self, message_id: str) -> list[int]:
        """In each shared mailbox that knows the mail, the oldest conversation first."""
        ...

    def like(self, message_id: str) -> list[str]:
        """Message-IDs that begin or end as this one does; some, where there are many."""
        ...

    def message_ids(self, number: int) -> list[str]: ...

    def untouched(
        self, mailbox: str, status: str, before_us: int, limit: int
    ) -> list[ConversationRow]:
        """In this status, and not changed since then; the longest first."""
        ...

    def all(
        self,
        mailbox: str | None,
        status: str | None,
        assignee: str | None,
        limit: int,
        *,
        empty: bool = False,
    ) -> list[ConversationRow]:
        """What was changed last comes first. ``assignee`` "" is nobody; None asks for anything.
        ``empty``: those too of which no mail is here any more.
        """
        ...

    def by_number(
        self,
        mailbox_ids: Collection[int],
        status: str | None,
        assignee: str | None,
        after: int,
        limit: int,
    ) -> list[ConversationRow]:
        """By number, those above ``after`` of which mails are here. None asks for anything."""
        ...

    def load(self, mailbox_ids: Collection[int], done: str) -> list[LoadRow]:
        """All whose status is not ``done``, but for those of which no mail is work any more: of
        none that came from outside and lies in a folder of work.
        """
        ...

    def open_now(self, mailbox_id: int, done: str) -> list[OpenRow]:
        """The same of one mailbox, whoever has them; read from an index, so that the finished ones
        cost nothing, however many they are.
        """
        ...

    def page(self, query: ConversationQuery) -> list[ConversationRow]:
        """What was changed last comes first; of which no mail is here any more is left out."""
        ...

    def mails(self, numbers: Sequence[int]) -> Mapping[int, int]:
        """How many mails each has that are here; none where there are none."""
        ...

    def first_arrival_us(self, mailbox_id: int) -> int | None:
        """When the first mail came of which that is known."""
        ...

    def arrivals(
        self, mailbox_id: int, since_us: int, until_us: int, step_us: int
    ) -> list[tuple[int, int]]:
        """Steps since the epoch in which mails came in from then on and before ``until_us``, and
        how many, in no order. Whatever became of a mail, it came once.
        """
        ...
