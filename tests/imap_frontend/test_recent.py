r"""Which mails are ``\Recent`` for whom (RFC 3501 §2.3.2)."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from imap_frontend.recent import RecentMarks


class Shared:
    """A view of one person, as far as it is asked here."""

    def __init__(self, *, read_only: bool = False) -> None:
        self.recent_from = 1
        self.read_only = read_only

    def recent_told(self, up_to: int) -> None:
        if not self.read_only:
            self.recent_from = max(self.recent_from, up_to + 1)


def attached(opened: Any, uids: list[int], *enabled: str) -> RecentMarks:
    recent = RecentMarks(set(enabled))
    recent.attach(opened, uids)
    return recent


def test_the_first_that_is_told_has_it() -> None:
    shared = Shared()
    first, second = attached(shared, [3, 5]), attached(shared, [3, 5])
    assert list(first.ranges) == [(1, 5)]
    assert not second.ranges
    second.take(6)
    first.take(8)
    assert list(second.ranges) == [(6, 6)]
    assert list(first.ranges) == [(1, 5), (7, 8)]
    assert [uid for uid in range(10) if first.has(uid)] == [1, 2, 3, 4, 5, 7, 8]
    first.take(9)
    assert list(first.ranges) == [(1, 5), (7, 9)]


def test_examine_takes_nothing() -> None:
    shared = Shared(read_only=True)
    looking = attached(shared, [2])
    looking.take(4)
    assert looking.ranges == ((1, 4),)
    assert attached(Shared(), []).ranges == ()
    assert attached(shared, [2]).ranges == ((1, 2),)


def test_the_number_is_said_where_it_changes() -> None:
    recent = attached(Shared(), [3, 5])
    assert recent.maybe_line([3, 5]) == ""
    recent.take(6)
    assert recent.maybe_line([3, 5, 6]) == "* 3 RECENT\r\n"
    assert recent.maybe_line([3, 5, 6]) == ""
    assert recent.maybe_line([6]) == "* 1 RECENT\r\n"


def test_rev2_sees_and_takes_nothing() -> None:
    shared = Shared()
    modern = attached(shared, [3, 5], "IMAP4REV2")
    assert modern.ranges == () and modern.awaited([7]) == 0 and not modern.has(3)
    assert attached(shared, [3, 5]).ranges == ((1, 5),)


def test_rev2_in_the_middle_of_it() -> None:
    enabled: set[str] = set()
    recent = RecentMarks(enabled)
    shared: Any = Shared()
    recent.attach(shared, [3, 5])
    assert recent.count([3, 5]) == 2
    enabled.add("IMAP4REV2")
    assert recent.count([3, 5]) == 0 and recent.ranges == () and not recent.has(3)
    assert recent.parts([3, 5], range(2)) == [(range(2), False)]


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 4)), max_size=12),
    st.sets(st.integers(1, 40)),
    st.tuples(st.integers(0, 40), st.integers(0, 40)),
)
def test_parts_are_the_whole_in_order(
    takes: list[tuple[bool, int]], present: set[int], ends: tuple[int, int]
) -> None:
    shared = Shared()
    recent, last = attached(shared, []), 0
    for is_mine, more in takes:
        last += more
        if is_mine:
            recent.take(last)
        else:
            shared.recent_told(last)
    uids = sorted(present)
    low, high = sorted(min(end, len(uids)) for end in ends)
    parts = recent.parts(uids, range(low, high))
    told = [(index, is_recent) for part, is_recent in parts for index in part]
    assert told == [(index, recent.has(uids[index])) for index in range(low, high)]
    assert recent.count(uids) == sum(map(recent.has, uids))


async def test_nothing_recent_is_one_loop(connect: Any) -> None:
    """The usual case: a whole FETCH is not cut up."""
    client = connect()
    await client.login()
    await client.select()
    view = client.context.view
    assert view.recent.parts(view._uids, range(5)) == [(range(5), False)]


async def test_recent_counts_in_status_what_is_not_told_yet(connect: Any, world: Any) -> None:
    client = connect()
    await client.login()
    await client.select()
    world.folders["INBOX"].add(world.folders["INBOX"].rows[11])
    said = await client.send(b"a STATUS INBOX (MESSAGES RECENT)\r\n")
    assert b"* STATUS INBOX (MESSAGES 6 RECENT 1)\r\n" in said
    assert b"* 6 EXISTS\r\n* 1 RECENT\r\n" in said
    world.folders["INBOX"].remove([21])
    # A FETCH by number does not tell that it went; STATUS still counts what is there.
    said = await client.send(b"b FETCH 1 UID\r\nc STATUS INBOX (MESSAGES RECENT)\r\n")
    assert b"* STATUS INBOX (MESSAGES 5 RECENT 0)\r\n" in said
