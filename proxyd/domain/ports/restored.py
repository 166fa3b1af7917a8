"""What the rows need when an older copy of the database goes on as the truth."""

from __future__ import annotations

from typing import Protocol


class RestoredStore(Protocol):
    """What becomes of the rows when an older copy of the database goes on as the truth."""

    def place(self) -> str | None:
        """The mark of ``set_place``; None where there was none yet."""
        ...

    def set_place(self, mark: str) -> None: ...

    def note_time(self, at_us: int) -> None: ...

    def sent_before(self, mailbox_id: int, message_id: str) -> int | None:
        """When a mail of ours that only the provider knows of was stored there, in microseconds."""
        ...

    def renumber(self, now_us: int) -> None:
        """No UIDVALIDITY that a client has seen, and no number again of what was lost."""
        ...

    def forget_wishes(self) -> dict[str, int]:
        """Do nothing at the provider that was to be done then; how many of which kind."""
        ...
