"""What is being asked of the provider now, so that nobody asks for it a second time.

Must never know what an attribute means. Invariants: a message's attribute is under way once,
however many want it; who stops waiting disturbs nobody; what nobody waits for is given up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence

from proxyd.domain.ports.upstream_rows import ContentRow
from proxyd.upstream.cache.entry import CachedFolder

Rows = dict[int, ContentRow]  # by UID
Bring = Callable[[Sequence[int]], Awaitable[Rows]]


class _Flight:
    def __init__(self, place: CachedFolder, asks: frozenset[bytes], uids: Sequence[int]) -> None:
        self.place = place
        self.asks = asks
        self.uids = frozenset(uids)
        self.waiters = 0
        self.task: asyncio.Task[Rows] | None = None

    async def rows(self) -> Rows:
        assert self.task is not None
        return await asyncio.shield(self.task)


class Flights:
    """Of one mailbox."""

    def __init__(self) -> None:
        self._under_way: list[_Flight] = []

    async def rows(
        self, place: CachedFolder, asks: Collection[bytes], uids: Sequence[int], bring: Bring
    ) -> Rows:
        """``bring`` asks the provider for those that nobody asks for yet. Raises what it raises."""
        taken = self._taken(place, frozenset(asks), uids, bring)
        try:
            found = await taken[0].rows()
            for flight in taken[1:]:
                found = found | await flight.rows()
            return found
        finally:
            for flight in taken:
                self._leave(flight)

    def _taken(
        self, place: CachedFolder, asks: frozenset[bytes], uids: Sequence[int], bring: Bring
    ) -> list[_Flight]:
        """Those that bring ``uids`` together; each is told that one more waits."""
        taken: list[_Flight] = []
        rest: Sequence[int] = uids
        for flight in self._under_way:
            if rest and flight.place is place and asks <= flight.asks:
                others = [uid for uid in rest if uid not in flight.uids]
                if len(others) < len(rest):
                    taken.append(flight)
                rest = others
        if rest:
            taken.append(self._begun(_Flight(place, asks, rest), rest, bring))
        for flight in taken:
            flight.waiters += 1
        return taken

    def _begun(self, flight: _Flight, uids: Sequence[int], bring: Bring) -> _Flight:
        async def fly() -> Rows:
            return await bring(uids)

        flight.task = asyncio.get_running_loop().create_task(fly())
        flight.task.add_done_callback(lambda task: self._landed(flight, task))
        self._under_way.append(flight)
        return flight

    def _leave(self, flight: _Flight) -> None:
        flight.waiters -= 1
        if not flight.waiters and flight in self._under_way:
            self._under_way.remove(flight)  # nobody may join what is being given up
            assert flight.task is not None
            flight.task.cancel()

    def _landed(self, flight: _Flight, task: asyncio.Task[Rows]) -> None:
        flight.place.landings += 1
        if flight in self._under_way:
            self._under_way.remove(flight)
        if not task.cancelled():
            task.exception()  # heard by whoever waits; nobody may be left
