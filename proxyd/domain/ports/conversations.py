"""The conversations as the command line and the pages read them."""

from __future__ import annotations

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
