"""What mails say that an earlier version took in, read anew: with whom they are, what they refer to
and are about, whether they are automatic.

In the background, once the mailbox is served: a few at a time, with a pause, each few in a
transaction of its own; what is done is done when the proxy is stopped in between. Nobody's status,
assignee or conversation changes by it (docs/decisions/033): the rules of today hold for what
happens next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from proxyd.domain.errors import Busy, StoreUnavailable, UpstreamError, UpstreamRefused
from proxyd.domain.ports.upstream_rows import HeaderRow
from proxyd.domain.thread import FIELDS, parse_headers
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.indexer import Indexer
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.progress import begun

_log = logging.getLogger(__name__)

BATCH = 200  # a tenth of a second of work, and one question to the provider
PAUSE_S = 1.0  # between two of them: 100,000 mails take ten minutes, and nobody notices
RETRY_S = 60.0  # when the provider or the database is gone


class OlderMails:
    """Of one mailbox."""

    def __init__(
        self, room: Mailroom, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._room = room
        self._sleep = sleep
        self._left: set[int] = set()  # folders and mails that can't be read: until the next start

    async def run(self, served: asyncio.Event) -> None:
        """Until all are read. Waits out the provider's trouble."""
        await served.wait()
        while True:
            try:
                if await self._read_all():
                    return
            except (UpstreamError, StoreUnavailable, Busy) as error:
                _log.debug("mails of %s are read anew later: %s", self._room.mailbox.name, error)
            finally:
                self._room.state.older = None
            await self._sleep(RETRY_S)

    async def _read_all(self) -> bool:
        """False: another look is needed, because a folder has changed meanwhile."""
        waiting: list[tuple[Folder, list[Message]]] = []
        for folder in sorted(self._room.state.folders.values(), key=lambda f: f.name != "INBOX"):
            if folder.selectable and folder.by_uid:
                waiting.append((folder, await self._unread(folder)))
        count = sum(len(messages) for _, messages in waiting)
        if not count:
            return True
        clock, name = asyncio.get_running_loop().time, self._room.mailbox.name
        progress = self._room.state.older = begun(0, count, clock())
        _log.info("%s: %d mails of an earlier version are read anew", name, count)
        for folder, messages in waiting:
            for start in range(0, len(messages), BATCH):
                batch = messages[start : start + BATCH]
                await self._read(folder, batch)
                if progress.advance(len(batch), clock()):
                    _log.info("%s: read anew: %s", name, progress.told(clock()))
                await self._sleep(PAUSE_S)
        return False

    async def _unread(self, folder: Folder) -> list[Message]:
        """Newest first: what is worked at is in the newest mails."""
        numbers = await self._room.shop.store.read(lambda tx: tx.parted.unread(folder.id))
        known = {message.id: message for message in folder.by_uid.values()}
        return [known[n] for n in numbers if n in known and n not in self._left]

    async def _read(self, folder: Folder, batch: Sequence[Message]) -> None:
        """Raises UpstreamError, StoreUnavailable, Busy."""
        uids = [message.uid for message in batch]
        try:
            rows = await self._room.upstream.scan_headers(
                folder.name, folder.uidvalidity, uids, FIELDS
            )
        except UpstreamRefused:
            rows = []
        meant = {message.uid: message for message in batch}
        well = [(meant[row.uid], row) for row in rows if not row.trouble and row.uid in meant]
        self._left |= {message.id for message in batch} - {message.id for message, _ in well}
        await self._room.change(lambda change: self._stage(change, folder, well))

    def _stage(
        self, change: Change, folder: Folder, well: Sequence[tuple[Message, HeaderRow]]
    ) -> None:
        indexer = Indexer(self._room, folder)
        for message, row in well:
            if message.uid == row.uid:  # the folder was not numbered anew meanwhile
                change.read_anew(message, indexer.said(change, message, parse_headers(row.header)))
