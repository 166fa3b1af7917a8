"""The one event loop: Twisted's reactor on asyncio on uvloop, started and stopped in order.

For ``app`` alone. It must never know what it runs. The reactor is installed before anybody imports
``twisted.internet.reactor``, because Twisted installs a default one at that import for good.

Invariants: what was started last is closed first; one closer that hangs or fails does not keep the
others from closing; after a second signal the process ends at once (all that was acknowledged is
durable already, so nothing is lost by that).
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import uvloop

logger = logging.getLogger(__name__)

# Long enough for a database commit or a goodbye on a slow line, short enough that ten of them stay
# within the 90 s after which systemd (TimeoutStopSec) kills.
CLOSER_LIMIT_S = 5.0

SIGNALS = (signal.SIGTERM, signal.SIGINT)
KILLED_BY = 128  # a shell's exit code for a death by signal n is 128 + n


@dataclass(frozen=True, slots=True)
class _Closer:
    name: str
    close: Callable[[], Awaitable[object]]
    limit_s: float


class Lifetime:
    """What has been started so far, and the wish to stop."""

    def __init__(self) -> None:
        self._closers: list[_Closer] = []
        self._stopping = asyncio.Event()

    def closing(
        self, name: str, close: Callable[[], Awaitable[object]], limit_s: float = CLOSER_LIMIT_S
    ) -> None:
        """Have ``close`` awaited at the end, before everything registered earlier."""
        self._closers.append(_Closer(name, close, limit_s))

    @property
    def ending(self) -> bool:
        return self._stopping.is_set()

    def stop(self, reason: str) -> None:
        """May be called more than once, from the event loop."""
        if not self.ending:
            logger.info("stopping: %s", reason)
            self._stopping.set()

    async def stopped(self) -> None:
        """Until somebody wants to stop."""
        await self._stopping.wait()

    async def close(self) -> None:
        while self._closers:
            closer = self._closers.pop()
            try:
                async with asyncio.timeout(closer.limit_s):
                    await closer.close()
            except TimeoutError:
                logger.error("%s did not close within %s s", closer.name, closer.limit_s)
            except Exception:  # the boundary: the others must close as well
                logger.exception("%s did not close cleanly", closer.name)


# New objects before the collector looks at the young ones. Answers to one command are thousands of
# tuples, none of them in a cycle; at Python's 700 the collector went through them all, and at times
# through every mail in memory, which held everybody up for a tenth of a second.
YOUNG_OBJECTS = 50_000


# glibc's mallopt(3): its names for the two, and what they are for this process. By itself glibc
# learns from the biggest block that was ever given back: after one mail of 30 MiB it kept up to 60
# MiB of free memory, in each thread's share of it. What is smaller than the first is an everyday
# answer and comes from the heap, which is quicker; what is bigger goes back to the system with its
# end.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
BIG_BLOCK = 1024 * 1024
KEPT_FREE = 2 * BIG_BLOCK


def _give_memory_back() -> None:
    """Another C library has no mallopt, nor that habit."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, BIG_BLOCK)
        mallopt(_M_TRIM_THRESHOLD, KEPT_FREE)


def _calm_collector() -> None:
    """What is loaded by now stays: the collector need not go through it again and again."""
    gc.collect()
    gc.freeze()


def run(start: Callable[[Lifetime], Awaitable[None]]) -> None:
    """Await ``start``, run until a signal or ``Lifetime.stop``, close in order.

    What ``start`` raises is raised here, after the closing. For the main thread, once per process.
    """
    gc.set_threshold(YOUNG_OBJECTS)
    _give_memory_back()
    loop, reactor = _installed()
    running: list[asyncio.Task[None]] = []

    def begin() -> None:
        main = loop.create_task(_main(start), name="main")
        main.add_done_callback(lambda _: reactor.stop())
        running.append(main)

    reactor.callWhenRunning(begin)
    reactor.run(installSignalHandlers=False)
    for main in running:
        main.result()


def _installed() -> tuple[asyncio.AbstractEventLoop, Any]:
    if "twisted.internet.reactor" in sys.modules:
        raise RuntimeError("somebody imported the reactor before runtime could choose it")
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    from twisted.internet.main import installReactor  # noqa: PLC0415 - not before the loop is set

    from proxyd.reset_aware_reactor import ResetAwareReactor  # noqa: PLC0415

    reactor = ResetAwareReactor(loop)
    installReactor(reactor)  # type: ignore[no-untyped-call]  # Twisted has no types here
    return loop, reactor


async def _main(start: Callable[[Lifetime], Awaitable[None]]) -> None:
    lifetime = Lifetime()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, _on_signal, lifetime, number)
    try:
        await _start_or_stop(start, lifetime)
        _calm_collector()
        await lifetime.stopped()
    finally:
        await lifetime.close()


async def _start_or_stop(start: Callable[[Lifetime], Awaitable[None]], lifetime: Lifetime) -> None:
    """A signal during a long start ends it."""
    starting = asyncio.ensure_future(start(lifetime))
    stopping = asyncio.ensure_future(lifetime.stopped())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.wait({starting})
        if not starting.cancelled():
            starting.result()
    finally:
        stopping.cancel()


def _on_signal(lifetime: Lifetime, number: signal.Signals) -> None:
    if lifetime.ending:
        logger.warning("second %s: ending at once", number.name)
        os._exit(KILLED_BY + number)
    lifetime.stop(number.name)
