"""How long a test waits for what must come. A bound, never a claim about speed: it only ends a wait
that would have no end, so it is long enough for a machine with a load of fifteen on two cores.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE_S = 90.0
# Looking takes work too, often a sign-in: who has waited for long may wait a tenth more.
_SOONEST_S, _SHARE, _LATEST_S = 0.01, 0.1, 0.25


def until(
    what: Callable[[], object],
    why: str | Callable[[], str] = "it did not come true",
    *,
    seconds: float = PATIENCE_S,
) -> None:
    """Wait until ``what()`` is true; fail with ``why``, or with what it tells at the end."""
    begun = time.monotonic()
    while not what():
        waited = time.monotonic() - begun
        if waited >= seconds:
            told = why if isinstance(why, str) else why()
            raise AssertionError(f"{told} (within {seconds} s)")
        time.sleep(min(max(_SOONEST_S, waited * _SHARE), _LATEST_S))


async def turns(count: int = 100) -> None:
    """Let everything go on that waits for nothing but its turn: no clock, no thread, no socket.

    A pause instead may be over after one turn, on a machine that stands still for moments.
    """
    for _ in range(count):
        await asyncio.sleep(0)
