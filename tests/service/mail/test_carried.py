"""A client that hangs up in the middle: what it has begun is done, taken in and recorded."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable

import pytest

from proxyd.service.api.changing import FlagMode
from tests.service.conftest import World, appended, mail


async def hung_up(world: World, work: Awaitable[object]) -> None:
    world.upstream.hold = asyncio.Event()
    task = asyncio.ensure_future(work)
    await world.upstream.held()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    world.upstream.hold.set()
    await world.room.close()  # waits for what is under way


async def test_flags(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, told = await world.open("anna")
    await hung_up(world, view.store([1], FlagMode.ADD, ["\\Flagged"]))
    assert told.told == [("changed", [1])]
    assert [r.record.action for r in await world.log(action="flag")] == ["flag"]


async def test_move_and_expunge(world: World) -> None:
    for number in (1, 2):
        world.upstream.deliver(mail(f"m{number}@x"), flags=["\\Deleted"])
    await world.synced()
    view, told = await world.open("anna")
    await hung_up(world, view.move([1], "Archive"))
    await hung_up(world, view.expunge(None))
    assert told.told == [("gone", [1]), ("gone", [2])]
    assert len(await world.log(action="move")) == len(await world.log(action="expunge")) == 1


async def test_append_and_folders(world: World) -> None:
    person = await world.enter("mara")
    await hung_up(world, appended(person, "Drafts", mail("d@x")))
    await hung_up(world, person.create("New"))
    assert len(await world.log(action="append")) == len(await world.log(action="folder")) == 1
    assert "New" in {view.name for view in person.views()}


async def test_what_fails_after_that_is_in_the_server_s_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    world.upstream.down = True
    await hung_up(world, view.copy([1], "Archive"))
    await asyncio.sleep(0)
    assert "hung up on failed" in caplog.text
    (failed,) = await world.log(outcome="failed")
    assert failed.record.message_id == "m1@x"
