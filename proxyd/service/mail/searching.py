"""SEARCH in a view: what the index knows is decided here, the rest is asked of upstream.

Every key that needs a message's text is one upstream SEARCH per folder of the view, whatever the
number of messages; the criteria are evaluated over the answers in one pass. Invariant: however many
criteria there are, the loop is not held longer than TESTS_AT_ONCE take.
"""

from __future__ import annotations

import asyncio
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from proxyd.domain import search as s
from proxyd.domain.errors import UidValidityChanged
from proxyd.service.api.rows import BLOCK_ROWS
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message, View
from proxyd.service.mailbox.object_ids import ObjectIds

DAYS_REMEMBERED = 4096  # eleven years of mail; reading a date anew takes ten microseconds

# Criteria times messages before others get their turn: five to ten milliseconds.
TESTS_AT_ONCE = 10_000

BLOCKS_AT_ONCE = 8  # half a millisecond each, where nobody has asked for them before

# (key, folder id) → upstream UIDs, ascending. Not sets: of a thousand keys that all match, those of
# 20,000 mails take more than a gigabyte.
Found = dict[tuple[bytes, int], "array[int]"]
Test = Callable[[int, Message], bool]


@dataclass(frozen=True, slots=True)
class _Asker:
    """Who searches, where and when."""

    room: Mailroom
    view: View
    account_id: int
    now_us: int
    # By criterion: "$" may be named a thousand times, and is one object.
    uid_tests: dict[int, Test] = field(default_factory=dict)


async def matching(
    room: Mailroom,
    view: View,
    messages: Sequence[tuple[int, Message]],
    term: s.Term,
    account_id: int,
) -> list[int]:
    """The UIDs of ``messages``, which are in ``view``, that match.

    Raises UpstreamError; UidValidityChanged also where that happens between question and answer.
    """
    found: Found = {}
    keys = sorted(provider_keys(term))
    folders = {message.folder: message.folder.uidvalidity for _, message in messages}
    for key in keys:
        for folder, uidvalidity in folders.items():
            uids = await room.upstream.search(folder.name, uidvalidity, key)
            found[key, folder.id] = array("I", sorted(uids))
    if isinstance(term, s.All):
        return [uid for uid, _ in messages]
    if _asks_flags(term):
        await _prepare_blocks(room, view, account_id)
    asker = _Asker(room, view, account_id, room.shop.clock())
    # One after the other, each on what the ones before have left: no call per message but the test.
    terms = term.terms if isinstance(term, s.And) else (term,)
    tests = [_test(part, asker, found) for part in terms if not isinstance(part, s.All)]
    at_once = max(1, TESTS_AT_ONCE // _size(term))
    matched: list[int] = []
    for start in range(0, len(messages), at_once):
        part = messages[start : start + at_once]
        for test in tests:
            part = [pair for pair in part if test(*pair)]
        matched += [uid for uid, _ in part]
        await asyncio.sleep(0)
    for folder, uidvalidity in folders.items() if keys else ():
        if folder.uidvalidity != uidvalidity:  # by other UIDs other mails would have matched
            raise UidValidityChanged(folder.name, folder.uidvalidity)
    return matched


def _size(term: s.Term) -> int:
    """How many criteria there are."""
    match term:
        case s.And(terms):
            return 1 + sum(_size(part) for part in terms)
        case s.Or(left, right):
            return 1 + _size(left) + _size(right)
        case s.Not(inner):
            return 1 + _size(inner)
    return 1


def provider_keys(term: s.Term) -> set[bytes]:
    match term:
        case s.Provider(key):
            return {key}
        case s.And(terms):
            return {key for part in terms for key in provider_keys(part)}
        case s.Or(left, right):
            return provider_keys(left) | provider_keys(right)
        case s.Not(inner):
            return provider_keys(inner)
    return set()


def _test(term: s.Term, asker: _Asker, found: Found) -> Test:
    """The criteria as one function, built once and called per message."""
    match term:
        case s.And(terms):
            tests = [_test(part, asker, found) for part in terms]
            return lambda uid, m: all(test(uid, m) for test in tests)
        case s.Or(left, right):
            one = _test(left, asker, found)
            other = _test(right, asker, found)
            return lambda uid, m: one(uid, m) or other(uid, m)
        case s.Not(inner):
            negated = _test(inner, asker, found)
            return lambda uid, m: not negated(uid, m)
        case s.Provider(key):
            return lambda uid, m: _has(found[key, m.folder.id], m.uid)
        case s.HasFlag(flag):
            return _flag_test(flag.lower(), asker)
    return _relative(term, asker)


def _has(ascending: Sequence[int], uid: int) -> bool:
    at = bisect_left(ascending, uid)
    return at < len(ascending) and ascending[at] == uid


def _flag_test(flag: str, asker: _Asker) -> Test:
    """Found by blocks, because few combinations of flags exist in each."""
    found: set[int] = set()
    for number in range(_block_count(asker.view)):
        block = asker.room.sheets.block(asker.view, asker.account_id, number)
        wanted = {flags for flags in block.counted if flag in {each.lower() for each in flags}}
        if len(wanted) == len(block.counted):
            found.update(block.uids)
        elif wanted:
            pairs = zip(block.uids, block.flags, strict=True)
            found.update(uid for uid, flags in pairs if flags in wanted)
    return lambda uid, m: uid in found


def _asks_flags(term: s.Term) -> bool:
    match term:
        case s.And(terms):
            return any(map(_asks_flags, terms))
        case s.Or(left, right):
            return _asks_flags(left) or _asks_flags(right)
        case s.Not(inner):
            return _asks_flags(inner)
    return isinstance(term, s.HasFlag)


async def _prepare_blocks(room: Mailroom, view: View, account_id: int) -> None:
    """Others get their turn while the flags of a big folder are put together."""
    number = 0
    while number < _block_count(view):
        room.sheets.block(view, account_id, number)
        number += 1
        if number % BLOCKS_AT_ONCE == 0:
            await asyncio.sleep(0)


def _block_count(view: View) -> int:
    return -(-len(view.uids) // BLOCK_ROWS)


def _relative(term: s.Term, asker: _Asker) -> Test:
    match term:
        case s.ModSeqFrom(modseq):
            return lambda uid, m: m.modseq_for(asker.account_id) >= modseq
        case s.Within(seconds):
            return _within_test(asker.now_us - seconds * 1_000_000)
        case s.SavedBefore(day):
            return lambda uid, m: _saved_day(asker.view, uid, m) < day
        case s.SavedSince(day):
            return lambda uid, m: _saved_day(asker.view, uid, m) >= day
        case s.Uids(ranges):
            if id(term) not in asker.uid_tests:
                asker.uid_tests[id(term)] = _uid_test(ranges)
            return asker.uid_tests[id(term)]
    return _simple(term, asker.room.shop.ids)


def _simple(term: s.Term, ids: ObjectIds) -> Test:
    match term:
        case s.All():
            return lambda uid, m: True
        case s.EmailId(id_):
            return lambda uid, m: ids.of_mail(m) == id_
        case s.ThreadId(id_):
            return lambda uid, m: ids.of_thread(m) == id_
    return _measured(term)


def _measured(term: s.Term) -> Test:
    match term:
        case s.Larger(size):
            return lambda uid, m: m.size > size
        case s.Smaller(size):
            return lambda uid, m: m.size < size
        case s.ReceivedBefore(day):
            return lambda uid, m: _day(m) < day
        case s.ReceivedSince(day):
            return lambda uid, m: _day(m) >= day
    raise AssertionError(term)


def _within_test(since_us: int) -> Test:
    """RFC 5032 §2: to the second. The exact time is only read where the day leaves it open."""
    if since_us <= 0:
        return lambda uid, m: True
    day = _utc_day(since_us)
    before, after = day - timedelta(2), day + timedelta(2)  # zones differ by up to 26 hours

    def test(uid: int, message: Message) -> bool:
        received = _day(message)
        if before < received < after:
            return message.received_us > since_us
        return received > day

    return test


def _uid_test(ranges: Sequence[tuple[int, int]]) -> Test:
    """Sorted once: a client may name 10,000 UIDs one by one."""
    lows: list[int] = []
    highs: list[int] = []
    for low, high in sorted(ranges):
        if highs and low <= highs[-1]:
            highs[-1] = max(highs[-1], high)
        else:
            lows.append(low)
            highs.append(high)

    if len(lows) == 1:
        first, last = lows[0], highs[0]
        return lambda uid, m: first <= uid <= last

    def test(uid: int, message: Message) -> bool:
        at = bisect_right(lows, uid) - 1
        return at >= 0 and uid <= highs[at]

    return test


def _day(message: Message) -> date:
    """INTERNALDATE's day in its own zone (RFC 9051 §6.4.4: time and zone are disregarded)."""
    return _read_day(message.internal_date[:11].strip())


def _saved_day(view: View, uid: int, message: Message) -> date:
    """In UTC, as SAVEDATE is told; where it is not known INTERNALDATE's (RFC 8514 §4.3)."""
    saved_us = view.saved_at(uid)
    return _day(message) if saved_us is None else _utc_day(saved_us)


def _utc_day(at_us: int) -> date:
    return datetime.fromtimestamp(at_us / 1_000_000, UTC).date()


@lru_cache(maxsize=DAYS_REMEMBERED)
def _read_day(text: str) -> date:
    try:
        return datetime.strptime(text, "%d-%b-%Y").date()
    except ValueError:
        return date.min
