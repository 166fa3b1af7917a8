"""The header facts of a view's mails: remembered, or asked of the provider in bounded batches.

Headers never change, so each is asked for once (RFC 9051 §2.3.1.1: a UID stands for one message).
Must never keep a raw header: what comes out is ``HeaderFacts``, small and compared as it is.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from itertools import islice

from proxyd.domain.header_facts import FIELDS, HeaderFacts, header_facts
from proxyd.domain.ports.upstream_rows import ContentRow
from proxyd.domain.types import Blob
from proxyd.service.mailbox.asked import asked_of
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.remembered import key_of
from proxyd.service.mailbox.wire_value import literal_octets

# Headers in memory at once: a few hundred KB, and not 64 MiB where each is as long as is looked at.
BATCH = 250
LOOKED_UP_AT_ONCE = 5000  # before others get their turn: some milliseconds

CHUNKS_READ = 4  # of 64 KiB
# Asked for by its name, so that whoever keeps what never changes keeps it (upstream/cache).
ASK = b"BODY.PEEK[HEADER.FIELDS (%b)]" % " ".join(FIELDS).upper().encode()

Wanted = tuple[int, Message]
Known = tuple[int, Message, HeaderFacts]


async def known_headers(room: Mailroom, wanted: Sequence[Wanted]) -> AsyncIterator[list[Known]]:
    """Facts of all ``wanted``, in batches, in any order. Raises UpstreamError.

    A mail that the provider no longer has is told with empty facts: it is about to leave the view.
    """
    present: list[Known] = []
    missing: defaultdict[Folder, list[Wanted]] = defaultdict(list)
    for number, (uid, message) in enumerate(wanted, 1):
        if number % LOOKED_UP_AT_ONCE == 0:
            await asyncio.sleep(0)
        facts = room.remembered.headers.get(key_of(message))
        if facts is None:
            missing[message.folder].append((uid, message))
        else:
            present.append((uid, message, facts))
    yield present
    for folder, pairs in missing.items():
        for start in range(0, len(pairs), BATCH):
            yield await _asked(room, folder, pairs[start : start + BATCH])


async def _asked(room: Mailroom, folder: Folder, pairs: Sequence[Wanted]) -> list[Known]:
    asked = asked_of(folder, [message for _, message in pairs])
    rows = await room.upstream.fetch(folder.name, asked.uidvalidity, asked.uids, [ASK])
    # In another thread, so that nobody else waits for the regular expressions.
    found = await asyncio.to_thread(_parsed, rows)
    for number, facts in found.items():
        room.remembered.headers.put(asked.key(number), facts, facts.cost)
    numbers = asked.numbers
    return [
        (uid, message, found.get(numbers.get(message, 0)) or HeaderFacts())
        for uid, message in pairs
    ]


def _parsed(rows: Sequence[ContentRow]) -> dict[int, HeaderFacts]:
    return {row.uid: header_facts(octets_of(next(iter(row.values.values())))) for row in rows}


def octets_of(value: bytes | Blob) -> bytes:
    """Of a header that is absurdly long, the beginning."""
    if isinstance(value, bytes):
        return literal_octets(value)
    return b"".join(islice(value.chunks(), CHUNKS_READ))
