"""What somebody asked the provider for, and may not have heard the end of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

# A mail of the mailbox by its id, or one that is brought by (Message-ID, octets).
What = int | tuple[str, int]


@dataclass(frozen=True, slots=True)
class DoubtRow:
    """Mails that one person wanted in a folder, by one command."""

    account_id: int
    folder_id: int
    uidvalidity: int  # the folder's
    uidnext: int  # before it was asked for
    at_us: int
    what: Sequence[What]
    moving: bool = False  # and their sources were to go


class DoubtStore(Protocol):
    """A row stands from before the provider is asked until somebody has heard the answer."""

    def begin(self, mailbox_id: int, row: DoubtRow) -> int:
        """Returns its number."""
        ...

    def finish(self, ids: Collection[int]) -> None: ...

    def forget(self, mailbox_id: int, before_us: int) -> None:
        """Those that were asked for before then."""
        ...

    def all(self, mailbox_id: int) -> list[tuple[int, DoubtRow]]:
        """With their numbers; the oldest first."""
        ...
