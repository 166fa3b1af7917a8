"""Mails that somebody is moving away: who wants the same meanwhile waits, and finds them gone.

Of two who move one mail a provider without MOVE makes two copies, and tells both OK: in three steps
nothing is first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from proxyd.service.mailbox.model import Message


class Leaving:
    """Of one mailbox. Invariant: who waits holds nothing."""

    def __init__(self) -> None:
        self._taken: list[tuple[set[Message], asyncio.Future[None]]] = []

    @asynccontextmanager
    async def of(self, messages: Iterable[Message]) -> AsyncIterator[None]:
        """Inside nobody else moves one of them."""
        wanted = set(messages)
        while others := [freed for taken, freed in self._taken if not taken.isdisjoint(wanted)]:
            await asyncio.wait(others)
        mine = wanted, asyncio.get_running_loop().create_future()
        self._taken.append(mine)
        try:
            yield
        finally:
            self._taken.remove(mine)
            mine[1].set_result(None)
