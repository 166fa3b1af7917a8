"""When what failed is tried again (proxyd/service/mailbox/retrying.py)."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.service.mailbox import retrying
from proxyd.service.mailbox.retrying import RETRY_MOST_S, Retrying


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody waits for the clock; each pause that began."""
    begun: list[float] = []

    async def called(call: asyncio.Event, seconds: float) -> bool:
        begun.append(seconds)
        return call.is_set()

    monkeypatch.setattr(retrying, "called", called)
    return begun


async def test_by_itself_it_waits_longer_each_time(pauses: list[float]) -> None:
    again = Retrying(asyncio.Event())
    for _ in range(9):
        await again.after_failure()
    assert pauses == [1, 2, 4, 8, 16, 32, RETRY_MOST_S, RETRY_MOST_S, RETRY_MOST_S]
    again.succeeded()
    await again.after_failure()
    assert pauses[-1] == 1


async def test_who_asks_makes_no_pause_longer(pauses: list[float]) -> None:
    """A provider that was away for a second, and twenty people who tried meanwhile."""
    call = asyncio.Event()
    again = Retrying(call)
    call.set()
    for _ in range(20):
        await again.after_failure()
    call.clear()
    await again.after_failure()
    assert pauses == [1] * 21


async def test_a_call_ends_the_pause_and_time_does() -> None:
    call = asyncio.Event()
    waiting = asyncio.create_task(retrying.called(call, 300))
    await asyncio.sleep(0)
    call.set()
    assert await waiting
    call.clear()
    assert not await retrying.called(call, 0.001)
