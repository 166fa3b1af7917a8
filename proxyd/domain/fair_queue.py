"""Whose turn it is, where many wait for few: by rank, and within a rank one group after another.

Whoever brings much waits behind his own, never before others. Where the queue is full, the newcomer
takes the place of the newest of the longest group in the worst rank; a queue full of one stranger's
thousand holds nobody up. Pure. Invariants: at most ``limit`` wait; each leaves once, by ``take``,
``discard`` or for a newcomer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Full(Exception):
    """Nobody waits who should go for this one."""


class FairQueue(Generic[T]):
    def __init__(self, limit: int, ranks: int) -> None:
        """Rank 0 comes first, rank ``ranks - 1`` last."""
        self._limit = limit
        # By rank: group → who waits, oldest first; the groups in the order of their turns.
        self._waiting: list[OrderedDict[str, OrderedDict[T, None]]] = [
            OrderedDict() for _ in range(ranks)
        ]
        self._place: dict[T, tuple[int, str]] = {}

    def __len__(self) -> int:
        return len(self._place)

    def put(self, item: T, group: str, rank: int) -> T | None:
        """Returns who has to go for it, and has left already. Raises Full."""
        goes = self._to_go(group, rank) if len(self._place) >= self._limit else None
        if goes is not None:
            self.discard(goes)
        self._waiting[rank].setdefault(group, OrderedDict())[item] = None
        self._place[item] = rank, group
        return goes

    def take(self) -> T | None:
        """Whose turn it is; None: nobody waits."""
        for rank in self._waiting:
            if rank:
                group, waiting = next(iter(rank.items()))
                item = next(iter(waiting))
                self.discard(item)
                if group in rank:
                    rank.move_to_end(group)
                return item
        return None

    def discard(self, item: T) -> None:
        """It does not wait any more, if it did."""
        where = self._place.pop(item, None)
        if where is None:
            return
        rank, group = where
        waiting = self._waiting[rank][group]
        del waiting[item]
        if not waiting:
            del self._waiting[rank][group]

    def _to_go(self, group: str, rank: int) -> T:
        for worst in range(len(self._waiting) - 1, rank - 1, -1):
            groups = self._waiting[worst]
            if not groups:
                continue
            longest = max(groups.values(), key=len)
            if worst == rank and len(longest) <= len(groups.get(group, ())) + 1:
                break  # the newcomer's would be as long: it has no better claim
            return next(reversed(longest))
        raise Full
