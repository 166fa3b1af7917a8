"""All connections of one shared mailbox to its provider: opened, shared out, listened on.

What a job does on one it must never know. Invariant: there are never more than ``most``, and never
more than the provider bears (budget.py), whoever asks for one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from proxyd.upstream.budget import Budget
from proxyd.upstream.door import SignInDoor
from proxyd.upstream.imap_connection import ImapConnection, Limited
from proxyd.upstream.lanes import Lanes
from proxyd.upstream.timings import Timings
from proxyd.upstream.turns import Alone, T, Work
from proxyd.upstream.watcher import Watcher

MOST = 3  # docs/design.md §3 "Few connections": one watches, two work; Gmail allows 15 in all
FEWEST = 2  # one of them watches, unless the provider gives us one only


@dataclass(frozen=True, slots=True)
class World:
    """``now`` counts seconds, ``random`` is in 0…1.

    ``on_event`` hears "opened", "closed", "lost", "failed", "refused", "retried", "limited",
    "slowed", "dropped". ``on_limit`` hears what the provider limits us to, and "" when it no longer
    does.
    """

    now: Callable[[], float]
    random: Callable[[], float]
    on_event: Callable[[str], None]
    on_limit: Callable[[str], None]


class Connections:
    """``connect`` signs in with a password; its connections tell ``limited`` what they hear."""

    def __init__(
        self,
        connect: Callable[[str, Limited], Awaitable[ImapConnection]],
        password: Callable[[], str],
        most: int,
        timings: Timings,
        world: World,
    ) -> None:
        if most < FEWEST:
            raise ValueError(f"at least {FEWEST} connections: one only watches")
        self._timings = timings
        self._now = world.now
        self._on_limit = world.on_limit
        self._budget = Budget(most, timings, now=world.now, told=self._limited)
        self._door = SignInDoor(
            lambda secret: connect(secret, self._door.limited),
            password,
            self._budget,
            timings,
            now=world.now,
            random=world.random,
            on_event=world.on_event,
        )
        self._lanes = Lanes(self._door, self._budget, timings, world.on_event)
        self._watcher: Watcher | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def single(self) -> bool:
        """Is there one for all work, so that whoever takes it long holds up everybody?"""
        return self._lanes.single

    @property
    def in_use(self) -> tuple[int, int]:
        """Those that are open, and how many there may be."""
        return self._door.connections, self._budget.connections

    async def run(
        self,
        work: Work[T],
        *,
        folder: str | None = None,
        bulk: bool = False,
        alone: Alone | None = None,
    ) -> T:
        """See Lanes."""
        return await self._lanes.run(work, folder=folder, bulk=bulk, alone=alone)

    def watch(
        self, folder: str, changed: Callable[[], None], line: Callable[[bool, str], None]
    ) -> None:
        """See the port UpstreamMailbox."""
        if self._watching is not None:
            self._watching.cancel()
        self._watcher = Watcher(
            self._door,
            self._budget,
            folder,
            changed,
            line,
            self._timings,
            sleep=asyncio.sleep,
            now=self._now,
        )
        self._watching = asyncio.get_running_loop().create_task(self._watcher.run())

    def _limited(self, said: str) -> None:
        if self._watcher is not None:
            self._watcher.make_way()
        self._on_limit(said)

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
            self._watching = None
        await self._lanes.close()
        await self._door.close()
