"""Turns: fair between people, patient with an open folder, in order for each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.turns import Job, Turns


async def nothing(connection: ImapConnection) -> None:
    del connection


class NoFuture:
    def done(self) -> bool:
        return False


def job(asker: int | None = None, folder: str | None = None) -> Job:
    done: Any = NoFuture()
    return Job(nothing, folder, False, asker, done)


def all_of(turns: Turns, folder: str | None = None) -> list[Job]:
    return [turns.take(folder) for _ in range(len(turns))]


def test_who_wants_thousands_does_not_hold_up_the_others() -> None:
    turns = Turns(8)
    greedy = [job(1) for _ in range(1000)]
    modest = [job(2), job(3), job(None)]
    for one in (*greedy, *modest):
        turns.add(one)
    assert set(all_of(turns)[:4]) == {greedy[0], *modest}


def test_put_back_is_next() -> None:
    turns = Turns(8)
    first, second, other = job(1), job(1), job(2)
    for one in (first, second, other):
        turns.add(one)
    assert turns.take(None) is first
    turns.put_back(first)
    assert turns.head() is first
    assert all_of(turns) == [first, other, second]


def test_open_folder_goes_first_so_often_and_no_more() -> None:
    turns = Turns(3)
    waiting = job(1, "B")
    turns.add(waiting)
    for person in range(2, 12):
        turns.add(job(person, "A"))
    assert all_of(turns, "A").index(waiting) == 3


def test_removed_is_gone_for_good() -> None:
    turns = Turns(8)
    one, two = job(1), job(1)
    turns.add(one)
    turns.add(two)
    assert turns.remove(one)
    assert not turns.remove(one)
    assert turns.greediest() == (1, two)
    assert all_of(turns) == [two]
    assert turns.head() is None
    assert turns.greediest() is None


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["A", "B", None])), max_size=60))
def test_nobody_waits_for_more_than_a_round_and_the_patience(
    wanted: Sequence[tuple[int, str | None]],
) -> None:
    patience = 2
    turns = Turns(patience)
    jobs = [job(asker, folder) for asker, folder in wanted]
    for one in jobs:
        turns.add(one)
    order = all_of(turns, "A")
    assert sorted(map(id, order)) == sorted(map(id, jobs))
    people = len({one.asker for one in jobs})
    for asker in {one.asker for one in jobs}:
        own = [number for number, one in enumerate(order) if one.asker == asker]
        gaps = [b - a for a, b in zip([-1, *own], own, strict=False)]
        # Each other one comes once in between, and may be passed `patience` times.
        assert max(gaps) <= people * (1 + patience)


async def test_a_job_is_answered_once() -> None:
    done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    one = Job(nothing, None, False, None, done)
    one.succeed(1)
    one.fail(ValueError())
    assert await done == 1
