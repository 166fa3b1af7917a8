"""The conversations as the command line and the pages read them."""

from __future__ import annotations

from collections.abc import Collection
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

    def page(
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
