"""The head of the access log, kept outside the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of the access log at some time, kept outside the database."""

    number: int
    chain: bytes


class AnchorKeeper(Protocol):
    """Where the anchor is kept. Blocks: call it off the event loop."""

    def read(self) -> Anchor | None:
        """None where none was kept yet. Raises StoreUnavailable for one that cannot be read."""
        ...

    def write(self, anchor: Anchor) -> None:
        """On disk when it returns; never half of it."""
        ...
