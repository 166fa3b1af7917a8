"""Where the one copy of what was sent lies, and who files it."""

from __future__ import annotations

from typing import Protocol

from proxyd.domain.outbox import SendState, SentPlace


class SentCopyStore(Protocol):
    def learned(self, mailbox_id: int) -> str:
        """Who files copies: "provider", "proxyd", or "" as long as nobody knows."""
        ...

    def learn(self, mailbox_id: int, filed_by: str, at_us: int) -> None: ...

    def state(self, mailbox_id: int, message_id: str) -> tuple[SendState, SentPlace | None] | None:
        """How far the latest sending of this Message-ID has come, and where its copy lies.

        None: not sent through us.
        """
        ...

    def senders(self, mailbox_id: int) -> list[tuple[str, int, SentPlace | None]]:
        """Message-ID, account and place of the copy of all that went out and is remembered."""
        ...

    def note(self, mailbox_id: int, message_id: str, place: SentPlace) -> None:
        """The copy lies there."""
        ...

    def recent(self, mailbox_id: int, since_us: int) -> list[tuple[str, int, SentPlace]]:
        """Message-ID, time and place of copies that went to Sent through us since then."""
        ...
