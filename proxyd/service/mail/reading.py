"""Reading message data for one person: fetched upstream in bounded batches, recorded first.

A batch is one upstream call, so that a reader who takes its time holds no connection, and no more
than two batches are in memory: the one being handed out and the next one, which is fetched
meanwhile. The first ones are small: the first mail is there sooner, and of two hundred clients that
ask for everything and read nothing each holds 1.5 MiB.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence

from proxyd.service.api.reading import FetchedRow
from proxyd.service.mailbox.model import Folder, Message

BATCH_OCTETS = 4 * 1024 * 1024  # of RFC822.SIZE, for bodies; a bigger message is a batch of its own
FIRST_OCTETS = 512 * 1024  # of the first batch; each next one may be twice as big
BATCH_ROWS = 500  # for headers and structure: some hundred KB

Wanted = tuple[int, Message]  # the view's UID, the message
Fetch = Callable[[Sequence[Wanted]], Awaitable[list[FetchedRow]]]


def batches(wanted: Sequence[Wanted], *, by_octets: bool) -> Iterator[list[Wanted]]:
    """Messages of one folder each, bounded in rows and, for bodies, in octets.

    Folder by folder, because the mails of a virtual folder lie in several by turns, and each batch
    is a round trip. The order of FETCH responses is the server's business (RFC 9051 §7.5.2).
    """
    folders: defaultdict[Folder, list[Wanted]] = defaultdict(list)
    for pair in wanted:
        folders[pair[1].folder].append(pair)
    for part in folders.values():
        yield from _cut(part, by_octets=by_octets)


def _cut(wanted: Sequence[Wanted], *, by_octets: bool) -> Iterator[list[Wanted]]:
    batch: list[Wanted] = []
    octets, most = 0, min(FIRST_OCTETS, BATCH_OCTETS)
    for uid, message in wanted:
        full = len(batch) >= BATCH_ROWS or (by_octets and octets + message.size > most)
        if batch and full:
            yield batch
            batch, octets, most = [], 0, min(2 * most, BATCH_OCTETS)
        batch.append((uid, message))
        octets += message.size
    yield batch


async def read(
    upcoming: Iterator[list[Wanted]], fetch: Fetch, record: Callable[[], Awaitable[None]]
) -> AsyncGenerator[list[FetchedRow], None]:
    """What ``fetch`` brings of each batch; messages that upstream no longer has are left out.

    ``record`` is done before the first row is handed out; the disk and the provider work at it
    side by side. Raises what these two raise.
    """
    batch = next(upcoming, None)
    task = asyncio.ensure_future(fetch(batch)) if batch else None
    try:
        await record()
        while task is not None:
            rows = await task
            batch = next(upcoming, None)
            task = asyncio.ensure_future(fetch(batch)) if batch else None
            yield rows
    finally:
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
