"""The shared mailboxes and their sealed passwords."""

from __future__ import annotations

from typing import Protocol

from proxyd.domain.types import SharedMailbox


class MailboxStore(Protocol):
    def all(self) -> list[SharedMailbox]: ...

    def find(self, name: str) -> SharedMailbox | None: ...

    def add(self, mailbox: SharedMailbox, sealed_password: bytes) -> SharedMailbox:
        """``mailbox.id`` is disregarded. Raises AlreadyExists."""
        ...

    def update(self, mailbox: SharedMailbox) -> None: ...

    def sealed_password(self, mailbox_id: int) -> bytes: ...

    def set_sealed_password(self, mailbox_id: int, sealed: bytes) -> None: ...

    def remove(self, mailbox_id: int) -> None: ...

    def epoch(self) -> int:
        """Grows with every change of accounts, grants or mailboxes; cheap to ask."""
        ...
