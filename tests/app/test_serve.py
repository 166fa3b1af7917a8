"""What runs by itself in the server goes on, whatever happens to it."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.app.serve import RESTART_S, kept_going


async def test_a_task_that_fails_begins_anew(caplog: pytest.LogCaptureFixture) -> None:
    begun = 0
    slept: list[float] = []

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun == 3:
            await asyncio.Event().wait()
        raise ValueError("a fault of ours")

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    task = asyncio.create_task(kept_going(work, sleep))
    while begun < 3:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert slept == [RESTART_S, RESTART_S]
    assert caplog.text.count("begins anew") == 2
