"""Follows the access log's chain while the server runs: a record that was changed shows on each
page of the log, with the first bad number, and not only when somebody thinks of ``proxyd audit
verify``.

In small steps with pauses, so that a log of ten million records takes half an hour and nobody
notices; then once a minute what is new, and once a day all of it again, because what was good may
be changed later. Must never write. What is found stays found until the server starts anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from proxyd.domain.errors import Busy, StoreUnavailable
from proxyd.domain.ports.access_log import LogCheck, LogFault
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Clock

_log = logging.getLogger(__name__)

PAGE: Final = 1_000  # records a step: some 15 ms of a reader
PAUSE_S: Final = 0.1
LOOK_S: Final = 60.0
AGAIN_US: Final = 86_400_000_000

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Followed:
    """``fault``: the first that is bad. ``good_us``: all that was written by then is good; None
    while it is followed for the first time, which has come to record ``number``.
    """

    fault: LogFault | None
    number: int
    good_us: int | None


class ChainWatch:
    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._number, self._chain = 0, b""
        self._begun_us: int | None = None
        self._good_us: int | None = None
        self._fault: LogFault | None = None

    @property
    def followed(self) -> Followed:
        return Followed(self._fault, self._number, self._good_us)

    def found(self, fault: LogFault | None) -> None:
        """What others found; the lower number counts."""
        if fault is None:
            return
        if self._fault is None or fault.number < self._fault.number:
            self._fault = fault
            _log.error("the access log was tampered with: %s at %d", fault.kind, fault.number)

    async def run(self, sleep: Sleep = asyncio.sleep) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look(sleep)
            except (StoreUnavailable, Busy) as error:
                _log.warning("the access log is followed later: %s", error)
            await sleep(LOOK_S)

    async def look(self, sleep: Sleep = asyncio.sleep) -> None:
        """To the head as it is now. Raises StoreUnavailable, Busy: then it goes on from there."""
        now_us = self._clock()
        if self._begun_us is None or now_us - self._begun_us >= AGAIN_US:
            await self._begin()
            self._begun_us = now_us
        head, _ = await self._store.read(lambda tx: tx.log.head())
        while self._number < head:
            limit = min(PAGE, head - self._number)
            check = await self._store.read(_checking(self._number, self._chain, limit))
            if check.fault is not None:
                self.found(check.fault)
                self._number, self._chain = head, b""  # what comes later is checked as it is shown
                return
            self._number, self._chain = check.number, check.chain
            if limit == PAGE:
                await sleep(PAUSE_S)
        self._good_us = now_us

    async def _begin(self) -> None:
        """Records of a former master key have a seal instead."""
        seal = await self._store.read(lambda tx: tx.log.seal())
        if seal is None:
            self._number, self._chain = 0, b""
            return
        self.found(await self._store.read(lambda tx: tx.log.seal_fault(seal)))
        self._number, self._chain = seal.number, seal.chain or b""


def _checking(number: int, chain: bytes, limit: int) -> Callable[[Transaction], LogCheck]:
    return lambda tx: tx.log.check(number, chain if number else None, limit)
