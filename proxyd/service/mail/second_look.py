"""What to do where upstream's answer does not fit what we know: look at the folder, and say so.

Somebody has taken a mail away without us, or the provider numbers a folder anew (UIDVALIDITY). An
OK would then be said of what was neither shown nor done. Invariants: reading is tried once more,
changing never; in the end each mail was told, has left the view, or there is an error.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

from proxyd.domain.errors import UidValidityChanged, UpstreamUnavailable
from proxyd.service.api.reading import FetchedRow
from proxyd.service.mail import reading
from proxyd.service.mail.content import FetchedContent
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message, View
from proxyd.service.mailbox.sync import Synchroniser
from proxyd.service.mailbox.unread import is_stand_in

T = TypeVar("T")
Left = dict[int, Message]  # by the view's UID

# The second time is after a look of our own: who does not answer then has another trouble.
READS = 2


class SecondLook:
    def __init__(self, room: Mailroom, sync: Synchroniser, view: View) -> None:
        self._room = room
        self._sync = sync
        self._view = view

    async def read(
        self, content: FetchedContent, left: Left, record: Callable[[], Awaitable[None]]
    ) -> AsyncGenerator[list[FetchedRow], None]:
        """See ``reading.read``; what was told is taken out of ``left``.

        Raises UpstreamUnavailable for what is there and is not shown.
        """
        for _ in range(READS):
            upcoming = reading.batches(list(left.items()), by_octets=content.is_big)
            batches = reading.read(upcoming, content.rows, record)
            async with contextlib.aclosing(batches):  # a reader who hangs up ends it now
                with contextlib.suppress(UidValidityChanged):
                    async for rows in batches:
                        for row in rows:
                            left.pop(row.uid, None)
                        yield rows
            if left and content.trouble is not None:
                raise content.trouble
            if left and all(map(is_stand_in, left.values())):
                break  # known for it; it is asked for again in the background
            if left:
                await self.drop_gone(left)
            if not left:
                return
            record = _recorded
        raise UpstreamUnavailable("the provider does not show what it has")

    async def drop_gone(self, left: Left) -> None:
        """Leave only what is there after a look. Raises UpstreamError."""
        self._drop(left)
        await self._at({message.folder.name for message in left.values()})
        self._drop(left)

    def _drop(self, left: Left) -> None:
        for uid, message in list(left.items()):
            if self._view.members.get(uid) is not message:
                del left[uid]

    async def twice(self, work: Callable[[], Awaitable[T]]) -> T:
        """For what changes nothing."""
        try:
            return await work()
        except UidValidityChanged as error:
            await self._at({error.folder})
        async with self.unavailable():
            return await work()

    @contextlib.asynccontextmanager
    async def unavailable(self) -> AsyncIterator[None]:
        """For what changes something: the next try will find the folder mapped."""
        try:
            yield
        except UidValidityChanged as error:
            await self._at({error.folder})
            raise UpstreamUnavailable("the provider renumbers the folder") from error

    async def _at(self, names: Iterable[str]) -> None:
        now = asyncio.get_running_loop().time()
        try:
            for name in names:
                folder = self._room.state.folder_named(name)
                if folder is not None:
                    await self._sync.look_again(folder, now)
        except UidValidityChanged as error:
            raise UpstreamUnavailable("the provider renumbers the folder again") from error


async def _recorded() -> None:
    """The first time it was."""
