"""A literal too big for memory, wherever a spool put it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Octets(Protocol):
    @property
    def size(self) -> int: ...

    def chunks(self) -> Iterator[bytes]:
        """The octets in order; from the beginning each time."""
        ...
