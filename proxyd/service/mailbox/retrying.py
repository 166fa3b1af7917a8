"""When what failed is tried again: by itself after doubling pauses, at once for who asks for it.

Who asks makes no pause longer: twenty people who try while the provider is away for a second must
not have it left alone for a minute.
"""

from __future__ import annotations

import asyncio
import contextlib

RETRY_FIRST_S = 1.0
RETRY_MOST_S = 60.0


class Retrying:
    """Of one task that goes on for ever. ``call`` asks for an attempt before its time."""

    def __init__(self, call: asyncio.Event) -> None:
        self._call = call
        self._pause_s = RETRY_FIRST_S

    def succeeded(self) -> None:
        """The next failure is the first again."""
        self._pause_s = RETRY_FIRST_S

    async def after_failure(self) -> None:
        """Until it is time, or somebody asks for it."""
        if not await called(self._call, self._pause_s):
            self._pause_s = min(self._pause_s * 2, RETRY_MOST_S)


async def called(call: asyncio.Event, seconds: float) -> bool:
    """Wait for that; False: nobody called for so many seconds."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(call.wait(), seconds)
        return True
    return False
