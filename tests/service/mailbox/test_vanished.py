"""What left a view: remembered as far as there is room, told as ranges."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxyd.service.mailbox import vanished
from proxyd.service.mailbox.vanished import REMEMBERED, VanishedUids, absent, ranges_of


def test_since_a_number_is_what_left_after_it() -> None:
    log = VanishedUids(5)
    log.note(7, [3, 4])
    log.note(9, [1])
    assert log.since(9) == []
    assert log.since(8) == [(1, 1)]
    assert log.since(7) == [(1, 1)]
    assert log.since(6) == [(1, 1), (3, 4)]
    assert log.since(5) == [(1, 1), (3, 4)]
    assert log.since(4) is None


def test_the_oldest_half_is_forgotten() -> None:
    log = VanishedUids(1)
    for modseq in range(2, REMEMBERED + 3):
        log.note(modseq, [modseq])
    assert log.floor == REMEMBERED + 2 - REMEMBERED // 2
    assert log.since(log.floor - 1) is None
    assert log.since(log.floor) == [(log.floor + 1, REMEMBERED + 2)]


def test_a_folder_emptied_at_once_is_not_kept() -> None:
    log = VanishedUids(1)
    log.note(2, [1])
    log.note(3, list(range(2, REMEMBERED)))
    assert (log.floor, log.since(2), log.since(3)) == (3, None, [])


def test_what_is_absent() -> None:
    assert absent([], 1) == []
    assert absent([], 4) == [(1, 3)]
    assert absent([1, 2, 3], 4) == []
    assert absent([2, 3, 6], 9) == [(1, 1), (4, 5), (7, 8)]


@given(st.sets(st.integers(1, 60)), st.integers(0, 5))
def test_ranges_and_gaps_are_complements(uids: set[int], more: int) -> None:
    uidnext = max(uids, default=0) + 1 + more
    told = ranges_of(sorted(uids)) + absent(sorted(uids), uidnext)
    numbers = sorted(uid for low, high in told for uid in range(low, high + 1))
    assert numbers == list(range(1, uidnext))


@given(st.lists(st.sets(st.integers(1, 30), min_size=1), max_size=20), st.integers(0, 25))
def test_whatever_is_remembered_is_all_of_it(steps: list[set[int]], since: int) -> None:
    """With so little room that most is forgotten."""
    full, log = VanishedUids(1), VanishedUids(1)
    room, vanished.REMEMBERED = vanished.REMEMBERED, 8
    try:
        for modseq, uids in enumerate(steps, 2):
            log.note(modseq, sorted(uids))
    finally:
        vanished.REMEMBERED = room
    for modseq, uids in enumerate(steps, 2):
        full.note(modseq, sorted(uids))
    told = log.since(since)
    if told is not None:
        assert told == full.since(max(since, 1))
