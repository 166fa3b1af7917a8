"""How many connections a provider bears, and how we find out that it bears more again."""

from __future__ import annotations

import logging

import pytest

from proxyd.upstream.budget import Budget
from proxyd.upstream.timings import Timings

TIMINGS = Timings(crowded=60.0, crowded_most=200.0, slow=2.0, slow_most=10.0)


class Place:
    def __init__(self, most: int = 3) -> None:
        self.time = 0.0
        self.said: list[str] = []
        self.budget = Budget(most, TIMINGS, now=lambda: self.time, told=self.said.append)


def test_all_of_them_while_nobody_complains() -> None:
    budget = Place().budget
    assert (budget.connections, budget.workers, budget.watches) == (3, 2, True)
    assert budget.pause == 0.0


@pytest.mark.parametrize(
    ("opened", "connections", "workers", "watches"),
    [(2, 2, 1, True), (1, 1, 1, False), (0, 1, 1, False)],
)
def test_as_many_as_were_open_when_one_more_was_refused(
    opened: int, connections: int, workers: int, watches: bool
) -> None:
    budget = Place().budget
    budget.crowded(opened, "too many")
    assert (budget.connections, budget.workers, budget.watches) == (connections, workers, watches)


def test_one_more_is_tried_after_longer_and_longer_pauses() -> None:
    place = Place()
    pauses = []
    for _ in range(4):
        place.budget.crowded(1, "too many")
        began = place.time
        while place.budget.connections == 1:
            place.time += 1
        assert place.budget.connections == 2
        pauses.append(place.time - began)
    assert pauses == [60.0, 120.0, 200.0, 200.0]


def test_limit_that_is_gone_is_noticed_one_by_one() -> None:
    place = Place()
    place.budget.crowded(1, "too many")
    place.time = 61
    place.budget.opened(2)
    assert place.budget.connections == 2
    place.time = 122
    place.budget.opened(3)
    assert place.budget.connections == 3
    assert place.said == ["the provider gives us 1 of 3 connections: too many", ""]


def test_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    place = Place()
    for _ in range(3):
        place.budget.crowded(1, "too many")
    assert len(place.said) == 1
    assert caplog.messages == ["the provider gives us 1 of 3 connections: too many"]


def test_slowed_down_for_longer_each_time_and_forgotten_when_it_was_calm() -> None:
    place = Place()
    pauses = []
    for _ in range(4):
        place.budget.slowed("throttled")
        place.budget.slowed("said twice, by two connections")
        pauses.append(place.budget.pause)
        place.time += place.budget.pause
        assert place.budget.pause == 0.0
    assert pauses == [2.0, 4.0, 8.0, 10.0]
    place.time += 21
    place.budget.slowed("throttled")
    assert place.budget.pause == 2.0
