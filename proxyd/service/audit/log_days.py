"""The lowest number of the access log's records since a day: where a question may stop to look.

Times don't rise with the numbers where a clock was set back, so that the first record of a time is
not the one of the lowest number: all of that time has to be looked at, in the index of times, which
takes a second for ten million records. But it needs to be done once: what comes later has a higher
number. Invariant: no record since the beginning of that day has a lower number than is said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from proxyd.domain.ports.database import Database, Transaction

DAY_US: Final = 86_400_000_000
_EVER_US: Final = 2**62
_MOST: Final = 4_000  # days that are remembered: eleven years


class LogDays:
    def __init__(self, store: Database) -> None:
        self._store = store
        self._first: dict[int, int] = {}

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
