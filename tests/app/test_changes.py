"""What has changed is in force when somebody who waits for it goes on (app/changes.py)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from proxyd.app import changes as module
from proxyd.app.changes import Changes
from proxyd.domain.errors import StoreUnavailable
from tests.patience import PATIENCE_S, turns


class House:
    """Brings into force what is ``wanted``, in two steps."""

    def __init__(self) -> None:
        self.wanted = 0
        self.in_force = 0
        self.errors: list[Exception] = []
        self.open = asyncio.Event()
        self.open.set()
        self.changes = Changes(self._apply)

    async def _apply(self) -> None:
        seen = self.wanted
        await self.open.wait()
        if self.errors:
            raise self.errors.pop()
        self.in_force = seen

    def change(self) -> None:
        self.wanted += 1
        self.changes.note()

    @contextlib.asynccontextmanager
    async def followed(self) -> AsyncIterator[asyncio.Task[None]]:
        async def no_pause(seconds: float) -> None:
            await asyncio.sleep(0)

        task = asyncio.create_task(self.changes.follow(no_pause))
        yield task
        task.cancel()
        await asyncio.wait([task])


async def within(waiting: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await waiting()  # type: ignore[misc]


async def test_what_was_noted_is_in_force() -> None:
    house = House()
    async with house.followed():
        for number in range(1, 4):
            house.change()
            await within(house.changes.soon_in_force)
            assert house.in_force == number


async def test_what_changes_while_another_change_is_brought_into_force_is_none_of_it() -> None:
    house = House()
    house.open.clear()
    async with house.followed():
        house.change()
        await turns()
        house.change()
        waiting = asyncio.create_task(house.changes.in_force())
        house.open.set()
        async with asyncio.timeout(PATIENCE_S):
            await waiting
        assert house.in_force == 2


async def test_nothing_noted_nobody_waits() -> None:
    await within(House().changes.in_force)  # also where nobody follows


async def test_what_takes_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.01)
    house = House()
    house.open.clear()
    async with house.followed():
        house.change()
        await within(house.changes.soon_in_force)
        assert house.in_force == 0
        house.open.set()
        await within(house.changes.in_force)
        assert house.in_force == 1


async def test_what_fails_is_tried_again() -> None:
    house = House()
    house.errors = [StoreUnavailable("busy"), StoreUnavailable("busy")]
    async with house.followed():
        house.change()
        await within(house.changes.in_force)
    assert house.in_force == 1


async def test_begun_anew_it_goes_on_where_it_was() -> None:
    house = House()
    house.errors = [RuntimeError("a fault of ours")]
    async with house.followed() as task:
        house.change()
        await asyncio.wait([task])
        assert isinstance(task.exception(), RuntimeError)
    async with house.followed():
        await within(house.changes.in_force)
    assert house.in_force == 1
