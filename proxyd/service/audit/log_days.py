"""The lowest number of the access log's records since a day: where a question may stop to look.

Times don't rise with the numbers where a clock was set back, so that the first record of a time is
not the one of the lowest number: all of that time has to be looked at, in the index of times, which
takes a second for ten million records. But it needs to be done once: what comes later has a higher
number. Invariant: no record since the beginning of that day has a lower number than is said.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from proxyd.domain.errors import Busy, StoreUnavailable
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Clock

DAY_US: Final = 86_400_000_000
_EVER_US: Final = 2**62
_MOST: Final = 4_000  # days that are remembered: eleven years
_WEEKS: Final = 53  # a question reaches back a year at most, as a rule
_PAUSE_S: Final = 0.1
_LOOK_S: Final = 86_400.0

_log = logging.getLogger(__name__)


class LogDays:
    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._first: dict[int, int] = {}

    async def run(self, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """Until cancelled: a year is looked at before anybody asks, a week at a time."""
        while True:
            try:
                for week in range(_WEEKS):
                    await self.first_since(max(0, self._clock() - 7 * week * DAY_US))
                    await sleep(_PAUSE_S)
            except (StoreUnavailable, Busy) as error:
                _log.warning("the log's days are looked at later: %s", error)
            await sleep(_LOOK_S)

    async def first_since(self, since_us: int) -> int | None:
        """Of its day or a later one; None where there is no record."""
        day = since_us // DAY_US
        if day in self._first:
            return self._first[day]
        later = min((known for known in self._first if known > day), default=None)
        until_us = _EVER_US if later is None else later * DAY_US
        ends = await self._store.read(_within(day * DAY_US, until_us))
        numbers = [ends[0]] if ends is not None else []
        if later is not None:
            numbers.append(self._first[later])
        if not numbers:
            return None
        if len(self._first) >= _MOST:
            self._first.clear()
        self._first[day] = min(numbers)
        return self._first[day]


def _within(since_us: int, until_us: int) -> Callable[[Transaction], tuple[int, int] | None]:
    return lambda tx: tx.log.within(since_us, until_us)
