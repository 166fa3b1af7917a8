"""The jobs that wait: people first, bulk work all the same, nobody for ever and nobody alone."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.domain.errors import Busy
from proxyd.upstream import waiting as waiting_module
from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.turns import Job
from proxyd.upstream.waiting import BULK_PATIENCE, WaitingJobs


async def nothing(connection: ImapConnection) -> None:
    del connection


def job(asker: int | None = None, *, bulk: bool = False) -> Job:
    return Job(nothing, None, bulk, asker, asyncio.get_running_loop().create_future())


def taken(waiting: WaitingJobs, *, bulk: bool = True) -> Job | None:
    head = waiting.head(bulk=bulk)
    return None if head is None else waiting.take(head, None)


async def test_people_first_and_bulk_work_after_so_many() -> None:
    waiting = WaitingJobs()
    bulk = job(bulk=True)
    waiting.add(bulk)
    for _ in range(20):
        waiting.add(job(1))
    order = [taken(waiting) for _ in range(21)]
    assert order.index(bulk) == BULK_PATIENCE
    assert taken(waiting) is None


async def test_bulk_work_that_may_not_run_is_left_out() -> None:
    waiting = WaitingJobs()
    waiting.add(job(bulk=True))
    assert taken(waiting, bulk=False) is None
    assert waiting.bulk == 1


async def test_put_aside_comes_back_by_itself_and_first() -> None:
    waiting = WaitingJobs()
    first, second = job(1), job(2)
    waiting.add(first)
    waiting.add(second)
    called = asyncio.Event()
    assert taken(waiting) is first
    waiting.put_aside(first, 0.01, called.set)
    assert len(waiting) == 2
    assert waiting.head(bulk=True) is second
    await called.wait()
    assert waiting.head(bulk=True) is first


async def test_removed_while_put_aside() -> None:
    waiting = WaitingJobs()
    one = job(1)
    waiting.put_aside(one, 0.01, lambda: pytest.fail("it is gone"))
    assert waiting.remove(one)
    assert not waiting.remove(one)
    await asyncio.sleep(0.03)
    assert len(waiting) == 0


async def test_all_at_the_end() -> None:
    waiting = WaitingJobs()
    jobs = {job(1), job(2, bulk=True), job(3)}
    first, second, third = jobs
    waiting.add(first)
    waiting.add(second)
    waiting.put_aside(third, 60.0, lambda: None)
    assert set(waiting.take_all()) == jobs
    assert len(waiting) == 0


async def test_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_module, "QUEUE_LENGTH", 4)
    waiting = WaitingJobs()
    greedy = [job(1) for _ in range(4)]
    for one in greedy:
        waiting.add(one)
    with pytest.raises(Busy):
        waiting.add(job(1))
    modest = job(2)
    waiting.add(modest)
    with pytest.raises(Busy):
        await greedy[3].done
    assert len(waiting) == 4
    waiting.add(job(2))
    with pytest.raises(Busy):  # both have two now
        waiting.add(job(2))
    assert not modest.done.done()
    with pytest.raises(Busy):  # what made room for the last but one
        await greedy[2].done
