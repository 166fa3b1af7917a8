"""Who is connected: limits in all and per address, and the list that a shutdown walks through.

Invariant: what was admitted leaves exactly once.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Protocol


class Endable(Protocol):
    def end(self, reason: str) -> None: ...


class Gate:
    def __init__(self, total: int, per_address: int) -> None:
        self._total = total
        self._per_address = per_address
        self._admitted: Counter[str] = Counter()
        self._open: set[Endable] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    def admit(self, address: str) -> bool:
        if self._admitted.total() >= self._total or self._admitted[address] >= self._per_address:
            return False
        self._admitted[address] += 1
        self._empty.clear()
        return True

    def enter(self, connection: Endable) -> None:
        self._open.add(connection)

    def leave(self, address: str, connection: Endable) -> None:
        self._open.discard(connection)
        self._admitted[address] -= 1
        if not self._admitted[address]:
            del self._admitted[address]
        if not self._admitted:
            self._empty.set()

    def end_all(self, reason: str) -> None:
        for connection in list(self._open):
            connection.end(reason)

    async def emptied(self, within_s: float) -> bool:
        """Wait until nobody is connected; False when somebody still is after that time."""
        try:
            await asyncio.wait_for(self._empty.wait(), within_s)
        except TimeoutError:
            return False
        return True
