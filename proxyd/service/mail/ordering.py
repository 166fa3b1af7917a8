"""SORT and THREAD in a view (RFC 5256, RFC 5957), whatever the provider can.

The index decides what it can; for the rest headers are read. What must be in memory for all
messages at once is one key a message, however many there are and however long their headers.
Invariant: the loop is not held longer than ROWS_AT_ONCE take, and sorting is another thread's work.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

from proxyd.domain.header_facts import HeaderFacts
from proxyd.domain.ordering import Algorithm, SortBy, SortKey, ThreadNode
from proxyd.domain.references_threading import by_references
from proxyd.domain.subject_threading import by_subject
from proxyd.domain.thread_nodes import Post
from proxyd.service.mail.headers import Wanted, known_headers
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message

# Rows of one key before others get their turn: reading a date takes ten microseconds.
ROWS_AT_ONCE = 500

Value = int | str
Item = TypeVar("Item")
Row = tuple[int, tuple[Value, ...]]  # UID, one value per sort key

_OF_INDEX: dict[SortBy, Callable[[Message], Value]] = {
    SortBy.ARRIVAL: lambda message: message.received_us,
    SortBy.SIZE: lambda message: message.size,
}
_OF_HEADER: dict[SortBy, Callable[[HeaderFacts], Value]] = {
    SortBy.CC: lambda facts: facts.cc_mailbox,
    SortBy.DISPLAYFROM: lambda facts: facts.from_shown,
    SortBy.DISPLAYTO: lambda facts: facts.to_shown,
    SortBy.FROM: lambda facts: facts.from_mailbox,
    SortBy.SUBJECT: lambda facts: facts.subject,
    SortBy.TO: lambda facts: facts.to_mailbox,
}


async def sorted_uids(
    room: Mailroom, wanted: Sequence[Wanted], keys: Sequence[SortKey]
) -> list[int]:
    """Ties stay in the order of ``wanted``, also where a key is reversed. Raises UpstreamError."""
    by = [key.by for key in keys]
    at_once = max(1, ROWS_AT_ONCE // len(by))
    if all(one in _OF_INDEX for one in by):
        rows: list[Row] = []
        async for pairs in _by_turns(wanted, at_once):
            rows += [_row(uid, message, None, by) for uid, message in pairs]
    else:
        found: dict[int, Row] = {}
        async for known in known_headers(room, wanted):
            async for part in _by_turns(known, at_once):
                found |= {uid: _row(uid, message, facts, by) for uid, message, facts in part}
        rows = [found[uid] for uid, _ in wanted]
    return await asyncio.to_thread(_sorted, rows, keys)


async def _by_turns(items: Sequence[Item], at_once: int) -> AsyncIterator[Sequence[Item]]:
    for start in range(0, len(items), at_once):
        yield items[start : start + at_once]
        await asyncio.sleep(0)


def _row(uid: int, message: Message, facts: HeaderFacts | None, by: Sequence[SortBy]) -> Row:
    return uid, tuple(_value(one, message, facts) for one in by)


def _value(by: SortBy, message: Message, facts: HeaderFacts | None) -> Value:
    if by in _OF_INDEX:
        return _OF_INDEX[by](message)
    assert facts is not None
    if by is SortBy.DATE:
        return _sent(message, facts)
    return _OF_HEADER[by](facts)


def _sent(message: Message, facts: HeaderFacts) -> int:
    """RFC 5256 §2.2: INTERNALDATE where there is no valid Date."""
    return message.received_us if facts.sent_us is None else facts.sent_us


def _sorted(rows: list[Row], keys: Sequence[SortKey]) -> list[int]:
    """Least telling key first, because the sort is stable, a reversed one too."""
    for position in reversed(range(len(keys))):
        rows.sort(key=lambda row: row[1][position], reverse=keys[position].reverse)
    return [uid for uid, _ in rows]


async def threads(
    room: Mailroom, wanted: Sequence[Wanted], algorithm: Algorithm
) -> list[ThreadNode]:
    """``wanted`` as trees; siblings by sent date, then in its order. Raises UpstreamError."""
    found: dict[int, Post] = {}
    async for known in known_headers(room, wanted):
        async for part in _by_turns(known, ROWS_AT_ONCE):
            found |= {uid: _post(uid, message, facts) for uid, message, facts in part}
    posts = [found[uid] for uid, _ in wanted]
    threaded = by_references if algorithm is Algorithm.REFERENCES else by_subject
    return await asyncio.to_thread(threaded, posts)


def _post(uid: int, message: Message, facts: HeaderFacts) -> Post:
    return Post(
        uid,
        _sent(message, facts),
        facts.subject,
        facts.is_answer,
        facts.id,
        facts.references,
    )
