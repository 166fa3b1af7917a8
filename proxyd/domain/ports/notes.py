"""Internal notes, their drafts, and reminders: mails that no provider has."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from proxyd.domain.notes import NoteKind


@dataclass(frozen=True, slots=True)
class NoteRow:
    """``uid`` as a provider's: ascending, and never used again."""

    uid: int
    flags: tuple[str, ...]
    size: int
    at_us: int


class NoteStore(Protocol):
    def add(
        self, mailbox_id: int, account_id: int | None, at_us: int, message: bytes, kind: NoteKind
    ) -> int:
        """Returns its UID."""
        ...

    def next_uid(self) -> int:
        """Greater than all that were ever used."""
        ...

    def all(self, mailbox_id: int, kind: NoteKind) -> Sequence[NoteRow]:
        """In the order of their UIDs."""
        ...

    def messages(self, mailbox_id: int, uids: Collection[int]) -> dict[int, bytes]:
        """Of those that are there and can be opened."""
        ...

    def reminded_us(self, mailbox_id: int) -> int:
        """For which time a reminder was last made, or was not needed; 0: never."""
        ...

    def remind(self, mailbox_id: int, at_us: int) -> None:
        """That time is done with."""
        ...

    def set_flags(self, mailbox_id: int, flags: Mapping[int, Sequence[str]]) -> None: ...

    def remove(self, mailbox_id: int, uids: Collection[int]) -> None: ...
