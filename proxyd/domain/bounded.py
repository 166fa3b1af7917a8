"""A cache bounded by what its entries cost; what was used longest ago goes first.

Knows nothing of what it keeps. Invariant: the costs of the entries never sum up to more than was
allowed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Bounded(Generic[V]):
    """At most ``most``, mostly octets, by the costs its users tell."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._cost = 0
        self._entries: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> V | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: Hashable, value: V, cost: int) -> None:
        """What is too big for the whole of it is not kept."""
        if cost > self._most:
            return
        self.drop(key)
        self._entries[key] = value, cost
        self._cost += cost
        while self._cost > self._most:
            self.drop(next(iter(self._entries)))

    def drop(self, key: Hashable) -> None:
        """Where it is there."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._cost -= entry[1]

    def drop_if(self, is_old: Callable[[Hashable], bool]) -> None:
        for key in [key for key in self._entries if is_old(key)]:
            self.drop(key)
