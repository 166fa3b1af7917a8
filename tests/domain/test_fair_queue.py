"""Everybody has their turn, whatever others bring (domain/fair_queue.py)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from proxyd.domain.fair_queue import FairQueue, Full


def taken(queue: FairQueue[str]) -> list[str]:
    return list(iter(queue.take, None))


def test_by_rank_and_one_group_after_another() -> None:
    queue: FairQueue[str] = FairQueue(10, 2)
    for item in ("a1", "a2", "a3", "b1", "c1", "c2"):
        queue.put(item, item[0], 1)
    queue.put("known", "a", 0)
    assert taken(queue) == ["known", "a1", "b1", "c1", "a2", "c2", "a3"]


def test_a_group_that_comes_back_waits_behind_the_others() -> None:
    queue: FairQueue[str] = FairQueue(10, 1)
    for item in ("a1", "b1", "b2"):
        queue.put(item, item[0], 0)
    assert queue.take() == "a1"
    queue.put("a2", "a", 0)
    assert taken(queue) == ["b1", "a2", "b2"]


def test_for_a_newcomer_the_newest_of_the_longest_goes() -> None:
    queue: FairQueue[str] = FairQueue(4, 2)
    for item in ("a1", "a2", "a3", "b1"):
        assert queue.put(item, item[0], 1) is None
    assert queue.put("c1", "c", 1) == "a3"
    with pytest.raises(Full):
        queue.put("a4", "a", 1)
    assert taken(queue) == ["a1", "b1", "c1", "a2"]


def test_nobody_goes_for_one_of_a_worse_rank_and_anybody_for_a_better_one() -> None:
    queue: FairQueue[str] = FairQueue(2, 3)
    queue.put("known", "a", 0)
    queue.put("stranger", "b", 1)
    with pytest.raises(Full):
        queue.put("suspect", "c", 2)
    assert queue.put("known too", "a", 0) == "stranger"
    with pytest.raises(Full):
        queue.put("stranger", "b", 1)


def test_groups_of_one_each_make_no_room_for_one_more() -> None:
    queue: FairQueue[str] = FairQueue(3, 1)
    for item in "abc":
        queue.put(item, item, 0)
    with pytest.raises(Full):
        queue.put("d", "d", 0)


@given(st.lists(st.sampled_from("abcde"), max_size=60))
def test_nobody_waits_for_more_than_one_turn_of_each_other_group(groups: list[str]) -> None:
    queue: FairQueue[tuple[str, int]] = FairQueue(100, 1)
    for number, group in enumerate(groups):
        queue.put((group, number), group, 0)
    order = [group for group, _ in iter(queue.take, None)]
    for group in set(order):
        places = [place for place, one in enumerate(order) if one == group]
        for before, after in zip([-1, *places], places, strict=False):
            between = order[before + 1 : after]
            assert len(between) == len(set(between))


class Queue(RuleBasedStateMachine):
    LIMIT = 6

    def __init__(self) -> None:
        super().__init__()
        self.queue: FairQueue[int] = FairQueue(self.LIMIT, 3)
        self.waiting: dict[int, tuple[int, str]] = {}
        self.next = 0

    @rule(group=st.sampled_from("abcd"), rank=st.integers(0, 2))
    def put(self, group: str, rank: int) -> None:
        self.next += 1
        try:
            goes = self.queue.put(self.next, group, rank)
        except Full:
            assert len(self.waiting) == self.LIMIT
            assert max(found for found, _ in self.waiting.values()) <= rank
            return
        assert (goes is not None) == (len(self.waiting) == self.LIMIT)
        if goes is not None:
            assert self.waiting.pop(goes)[0] >= rank
        self.waiting[self.next] = rank, group

    @rule()
    def take(self) -> None:
        item = self.queue.take()
        assert (item is None) == (not self.waiting)
        if item is not None:
            best = min(rank for rank, _ in self.waiting.values())
            assert self.waiting.pop(item)[0] == best

    @rule(data=st.data())
    def discard(self, data: st.DataObject) -> None:
        if self.waiting:
            item = data.draw(st.sampled_from(sorted(self.waiting)))
            del self.waiting[item]
            self.queue.discard(item)
            self.queue.discard(item)

    @invariant()
    def as_many_wait(self) -> None:
        assert len(self.queue) == len(self.waiting) <= self.LIMIT


TestQueue = Queue.TestCase
