"""Reading message data for one person: fetched upstream in bounded batches, recorded first.

A batch is one upstream call, so that a reader who takes its time holds no connection, and no more
than two batches are in memory: the one being handed out and the next one, which is fetched
meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence

from proxyd.domain.errors import UidValidityChanged, UpstreamUnavailable
from proxyd.service.api import Reading, Row
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message

BATCH_OCTETS = 4 * 1024 * 1024  # of RFC822.SIZE, for bodies; a bigger message is a batch of its own
BATCH_ROWS = 500  # for headers and structure: some hundred KB

Wanted = tuple[int, Message]  # the view's UID, the message


def batches(wanted: Sequence[Wanted], reading: Reading) -> Iterator[list[Wanted]]:
    """Messages of one folder each, bounded in rows and, for bodies, in octets.

    Folder by folder, because the mails of a virtual folder lie in several by turns, and each batch
    is a round trip. The order of FETCH responses is the server's business (RFC 9051 §7.5.2).
    """
    folders: defaultdict[Folder, list[Wanted]] = defaultdict(list)
    for pair in wanted:
        folders[pair[1].folder].append(pair)
    for part in folders.values():
        yield from _cut(part, by_octets=reading is not Reading.LIST)


def _cut(wanted: Sequence[Wanted], *, by_octets: bool) -> Iterator[list[Wanted]]:
    batch: list[Wanted] = []
    octets = 0
    for uid, message in wanted:
        full = len(batch) >= BATCH_ROWS or (by_octets and octets + message.size > BATCH_OCTETS)
        if batch and full:
            yield batch
            batch, octets = [], 0
        batch.append((uid, message))
        octets += message.size
    yield batch


async def read(
    room: Mailroom,
    wanted: Sequence[Wanted],
    attributes: Sequence[bytes],
    reading: Reading,
    record: Callable[[], Awaitable[None]],
) -> AsyncGenerator[list[Row], None]:
    """The rows of ``wanted``; messages that upstream no longer has are left out.

    ``record`` is done before the first row is handed out; the disk and the provider work at it
    side by side. Raises UpstreamError, and what ``record`` raises. A UIDVALIDITY that has just
    changed is UpstreamUnavailable: the next synchronisation maps the UIDs anew.
    """
    loop = asyncio.get_running_loop()
    upcoming = batches(wanted, reading)
    batch = next(upcoming, None)
    task = loop.create_task(_fetch(room, batch, attributes)) if batch else None
    try:
        await record()
        while task is not None:
            rows = await task
            batch = next(upcoming, None)
            task = loop.create_task(_fetch(room, batch, attributes)) if batch else None
            yield rows
    finally:
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task


async def _fetch(room: Mailroom, batch: list[Wanted], attributes: Sequence[bytes]) -> list[Row]:
    folder: Folder = batch[0][1].folder
    views = {message.uid: uid for uid, message in batch}
    try:
        found = await room.upstream.fetch(folder.name, folder.uidvalidity, list(views), attributes)
    except UidValidityChanged as error:
        raise UpstreamUnavailable("the provider renumbers the folder") from error
    rows = [Row(views[row.uid], row.values) for row in found if row.uid in views]
    rows.sort(key=lambda row: row.uid)
    return rows
