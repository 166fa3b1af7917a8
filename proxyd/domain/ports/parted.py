"""What parts conversations, and what tells which mails belong to a branch of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Reference:
    """``refers`` are the ids a mail names, the most telling first; None = not known."""

    message_id: str
    refers: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class ReadAnew:
    """What the header of a mail says that was taken in by an earlier version."""

    message: int  # its number
    correspondents: bytes | None
    automatic: bool
    refers: str  # one id a line
    topic: bytes | None
    sent_us: int | None


class PartedStore(Protocol):
    """Conversations by number; pairs are in any order."""

    def all(self, mailbox_id: int) -> list[tuple[int, int]]: ...

    def part(self, pairs: Iterable[tuple[int, int]]) -> None: ...

    def joined(self, other: int, into: int) -> None:
        """What was parted from the one that is swallowed is parted from the other now."""
        ...

    def move(
        self,
        messages: Sequence[int],
        answers: Sequence[str],
        marks: Sequence[int],
        from_: int,
        to: int,
    ) -> None:
        """Messages by number, answers and mails on their way by Message-ID."""
        ...

    def references(self, conversation_id: int) -> list[Reference]: ...

    def unread(self, folder_id: int) -> list[int]:
        """Messages of a folder of which it is not known what they refer to; newest first."""
        ...

    def read_anew(self, rows: Iterable[ReadAnew]) -> None: ...
