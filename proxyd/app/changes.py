"""What the command line has changed, brought into force, and who waits for it.

Whoever has just been added, or given a mailbox, signs in at once: that must not be answered by what
was in force a moment ago. Invariant: one bringing into force at a time, and none is missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from proxyd.domain.errors import ProxydError

_log = logging.getLogger(__name__)

RETRY_S = 1.0
# That somebody who signs in waits at the most: a mailbox whose change takes longer keeps nobody out
# of another one.
PATIENCE_S = 2.0


class Changes:
    def __init__(self, apply: Callable[[], Awaitable[None]]) -> None:
        """``apply`` brings into force whatever there is; raises ProxydError where it can't now."""
        self._apply = apply
        self._noted = 0
        self._done = 0
        self._wanted = asyncio.Event()
        self._came_true = asyncio.Condition()

    def note(self) -> None:
        """Something has changed."""
        self._noted += 1
        self._wanted.set()

    async def follow(self, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """For ever. What ``apply`` raises and is no ProxydError it raises; begun anew, it goes on
        where it was.
        """
        while True:
            if self._done == self._noted:
                self._wanted.clear()
                await self._wanted.wait()
            noted = self._noted
            try:
                await self._apply()
            except ProxydError as error:
                _log.error("changed settings are not in force yet: %s", error)
                await sleep(RETRY_S)
                continue
            self._done = noted
            async with self._came_true:
                self._came_true.notify_all()

    async def in_force(self) -> None:
        """When this returns, what was noted before the call is in force."""
        noted = self._noted
        async with self._came_true:
            await self._came_true.wait_for(lambda: self._done >= noted)

    async def soon_in_force(self) -> None:
        """The same, or so much time has passed that nobody is to wait longer."""
        if self._done < self._noted:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    await self.in_force()
