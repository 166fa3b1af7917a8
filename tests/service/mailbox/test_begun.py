"""Killed between the provider's deed and our commit: the access is on record all the same."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from proxyd.domain.errors import ProxydError, StoreUnavailable, UpstreamUnavailable
from proxyd.domain.ports.access_log import StoredRecord
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from proxyd.service.mailbox.loading import load
from proxyd.service.mailbox.mailroom import Mailroom
from tests.service.conftest import World, appended, mail

Deed = Callable[[World, OpenView], Awaitable[object]]


async def append(world: World, view: OpenView) -> None:
    await appended(await world.enter("anna"), "Drafts", mail("d@x"))


async def folder(world: World, view: OpenView) -> None:
    await (await world.enter("anna")).create("New")


DEEDS: dict[str, Deed] = {
    "flag": lambda world, view: view.store([1, 2], FlagMode.ADD, ["\\Flagged"]),
    "folder": folder,
    "copy-to": lambda world, view: view.copy([1, 2], "Archive"),
    "move": lambda world, view: view.move([1, 2], "Archive"),
    "expunge": lambda world, view: view.expunge(None),
    "append": append,
}


ASKED = ("copy", "expunge", "append", "store_flags", "create")


async def two(world: World) -> OpenView:
    for number in (1, 2):
        world.upstream.deliver(mail(f"m{number}@x"), flags=["\\Deleted"])
    await world.synced()
    view, _ = await world.open("anna")
    return view


async def left(world: World) -> int:
    found = await world.database.read(lambda tx: tx.begun.interrupted(world.mailbox.id))
    return len(found)


async def next_start(world: World, action: str) -> list[StoredRecord]:
    """What the log says of it after the start that follows, and after one more."""
    for _ in range(2):
        await load(Mailroom(world.mailbox, world.upstream, world.shop))
    assert await left(world) == 0
    return await world.log(action=action)


@pytest.mark.parametrize(
    ("action", "after"),
    [*((deed, 0) for deed in DEEDS), ("copy-to", 1), ("move", 1), ("append", 1)],
)
async def test_killed_before_the_commit(
    world: World, monkeypatch: pytest.MonkeyPatch, action: str, after: int
) -> None:
    """The provider has done it; but for ``after`` nothing is written any more."""
    written = 0
    view = await two(world)
    write, done = world.database.write, world.upstream.calls.copy()

    async def killed(work: object) -> object:
        nonlocal written
        if any(world.upstream.calls[n] > done[n] for n in ASKED):
            if written == after:
                raise StoreUnavailable("killed")
            written += 1
        return await write(work)  # type: ignore[arg-type]

    monkeypatch.setattr(world.database, "write", killed)
    with pytest.raises(StoreUnavailable):
        await DEEDS[action](world, view)
    monkeypatch.undo()
    assert await left(world) == 1
    records = await next_start(world, action)
    assert {r.record.outcome for r in records} == {"unsure"}
    assert {r.record.actor for r in records} == {"anna"}
    assert {r.record.detail["why"] for r in records} == {"interrupted"}
    if action not in ("append", "folder"):
        assert [r.record.message_id for r in records] == ["m1@x", "m2@x"]


@pytest.mark.parametrize("action", DEEDS)
async def test_what_is_done_leaves_nothing(world: World, action: str) -> None:
    view = await two(world)
    await DEEDS[action](world, view)
    assert await left(world) == 0
    assert {r.record.outcome for r in await next_start(world, action)} == {"ok"}


@pytest.mark.parametrize("action", sorted(DEEDS.keys() - {"flag"}))  # flags are owed then
async def test_what_the_provider_refuses_is_recorded_once(world: World, action: str) -> None:
    view = await two(world)
    world.upstream.down = True
    with pytest.raises(UpstreamUnavailable):
        await DEEDS[action](world, view)
    assert await left(world) == 1
    await world.room.close()
    records = await next_start(world, action)
    assert {r.record.detail["why"] for r in records} == {"upstream-unavailable"}


async def test_the_next_deed_takes_away_what_went_wrong(world: World) -> None:
    view = await two(world)
    world.upstream.down = True
    for _ in range(3):
        with contextlib.suppress(ProxydError):
            await view.move([1], "Archive")
        assert await left(world) == 1
    world.upstream.down = False
    await view.move([1], "Archive")
    assert await left(world) == 0


async def test_nothing_is_asked_before_it_is_on_disk(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await two(world)
    before = world.upstream.calls.copy()

    async def full(work: object) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(world.database, "write", full)
    for deed in DEEDS.values():
        with pytest.raises(StoreUnavailable):
            await deed(world, view)
    for name in ASKED:
        assert world.upstream.calls[name] == before[name]
    await asyncio.sleep(0)
