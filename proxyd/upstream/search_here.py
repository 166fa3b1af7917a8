"""SEARCH done here, where a provider refuses the key (Exchange, Yahoo) or answers nonsense.

Headers are enough for most keys; texts are fetched for BODY and TEXT alone, through whoever keeps
what was fetched before. Invariants: some MiB are in memory at once, however big the folder; who
goes away ends it at the next batch; a mail that can't be read does not match, and hides no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice

from proxyd.domain.ports.upstream_rows import ContentRow
from proxyd.domain.types import Blob
from proxyd.imapwire.fetch_row import literal_octets
from proxyd.imapwire.mime import MimeMail
from proxyd.imapwire.search_key import KText
from proxyd.imapwire.text_search import is_about_text, matcher

# What is below the spool's threshold comes into memory: 25 × 256 KiB at most, mostly a hundredth.
BATCH = 25
# Of a big mail the beginning is looked at: texts stand before what is attached.
MOST_CHUNKS = 128  # of 64 KiB

Fetch = Callable[[Sequence[int], Sequence[bytes]], Awaitable[list[ContentRow]]]


async def search_here(fetch: Fetch, uids: Sequence[int], key: KText) -> list[int]:
    """Those of ``uids`` that match. Raises what ``fetch`` raises."""
    ask = b"BODY.PEEK[]" if is_about_text(key) else b"BODY.PEEK[HEADER]"
    matches = matcher(key)
    found: list[int] = []
    for start in range(0, len(uids), BATCH):
        rows = await fetch(uids[start : start + BATCH], [ask])
        # In another thread, so that nobody else waits for the decoding.
        found += await asyncio.to_thread(_matching, rows, matches)
    return sorted(found)


def _matching(rows: Sequence[ContentRow], matches: Callable[[MimeMail], bool]) -> list[int]:
    return [
        row.uid for row in rows if any(matches(MimeMail(_octets(v))) for v in row.values.values())
    ]


def _octets(value: bytes | Blob) -> bytes:
    if isinstance(value, bytes):
        return literal_octets(value) or b""
    return b"".join(islice(value.chunks(), MOST_CHUNKS))
