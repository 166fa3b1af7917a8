"""A mapping bounded by octets: what was used longest ago goes first.

Knows nothing of mail. Invariant: what is in it costs at most ``most`` octets together.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LeastRecentlyUsed(Generic[K, V]):
    """``left`` hears of each entry that had to make room."""

    def __init__(self, most: int, left: Callable[[K, V], None] | None = None) -> None:
        self._most = most
        self._left = left
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.octets = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[K]:
        """Of the keys as they are now; entries may go meanwhile."""
        return iter(list(self._entries))

    def get(self, key: K) -> V | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: K, value: V, octets: int) -> None:
        """Also after ``value`` has grown. What is too big for the whole of it is not kept."""
        self.pop(key)
        if octets > self._most:
            return
        self._entries[key] = value, octets
        self.octets += octets
        while self.octets > self._most:
            oldest = next(iter(self._entries))
            gone = self._entries.pop(oldest)
            self.octets -= gone[1]
            if self._left is not None:
                self._left(oldest, gone[0])

    def pop(self, key: K) -> V | None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return None
        self.octets -= entry[1]
        return entry[0]
