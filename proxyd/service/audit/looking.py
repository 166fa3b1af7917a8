"""Looking through the access log for so many records, however long it is: newest first or oldest
first, in stretches of numbers that grow.

What is frequent is found in the first stretch, what is rare by an index in each; only what has no
index takes long, and then the answer so far is given with the place where to go on. No answer holds
a snapshot of the database, or its reader, for more than one stretch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Clock

# Some milliseconds of reading without an index, and half a second.
FIRST: Final = 4_000
WIDEST: Final = 256_000
GROWTH: Final = 4
# A person waits so long for what is rare, and so long for a number of how much there is besides
# what is shown; a second for all of the page is the measure.
LOOK_US: Final = 700_000
COUNT_US: Final = 150_000


@dataclass(frozen=True, slots=True)
class Looked:
    """``numbers`` in the order that was asked. ``left``: the number up to which was looked, where
    there was no time for the rest; None: there are no more, or as many as were wanted.
    """

    numbers: tuple[int, ...]
    left: int | None


class Looking:
    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def numbers(
        self, query: LogQuery, first: int, last: int, *, shown: int, most: int
    ) -> Looked:
        """Of the records ``first`` to ``last``: ``shown`` as long as it takes a person's patience,
        ``most`` where they are found at once.
        """
        found: list[int] = []
        begun_us = self._clock()
        for low, high in stretches(first, last, newest_first=query.newest_first):
            if len(found) >= most:
                break
            patience_us = COUNT_US if len(found) >= shown else LOOK_US
            if self._clock() - begun_us >= patience_us:
                return Looked(tuple(found), high if query.newest_first else low)
            part = replace(query, after_number=low - 1, before_number=high + 1)
            part = replace(part, limit=most - len(found))
            found += await self._store.read(_numbers(part))
        return Looked(tuple(found), None)


def stretches(first: int, last: int, *, newest_first: bool) -> Iterator[tuple[int, int]]:
    """(lowest, highest) number of each, without gaps, in the order of looking."""
    width = FIRST
    while first <= last:
        if newest_first:
            low = max(first, last - width + 1)
            yield low, last
            last = low - 1
        else:
            high = min(last, first + width - 1)
            yield first, high
            first = high + 1
        width = min(width * GROWTH, WIDEST)


def _numbers(query: LogQuery) -> Callable[[Transaction], list[int]]:
    return lambda tx: tx.log.numbers(query)
