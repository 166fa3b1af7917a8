"""A mailroom's promise: memory says what the database says, whoever fails beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from proxyd.domain.errors import StoreUnavailable
from proxyd.service.api.changing import FlagMode, StoreResult
from tests.service.conftest import Watcher, World, mail


class Broken(Watcher):
    """A session with a fault of its own."""

    def changed(self, uids: object) -> None:
        raise RuntimeError("this session is broken")


async def test_one_broken_session_does_not_keep_the_news_from_the_others(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    person = await world.enter("ben")
    await person.open("INBOX", read_only=False, observer=Broken())
    view, told = await world.open("anna")
    assert await view.store([1], FlagMode.ADD, ["$status-hold"]) == StoreResult((1,))
    assert told.told == [("changed", [1])]


async def test_when_the_database_can_not_be_written_nothing_has_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, told = await world.open("anna")
    before = view.facts(1), list(view.uids()), world.room.version
    write = world.database.write

    async def failing(work: Callable[[Any], Any]) -> Any:
        def then_full(tx: Any) -> None:
            work(tx)
            raise StoreUnavailable("the disk is full")

        return await write(then_full)

    with monkeypatch.context() as patch:
        patch.setattr(world.database, "write", failing)
        world.upstream.deliver(mail("m2@x", answers="m1@x"))
        with pytest.raises(StoreUnavailable):
            await world.synced()
        for flags in (["$status-done"], ["\\Seen"], ["$assignee-anna"]):
            with pytest.raises(StoreUnavailable):
                await view.store([1], FlagMode.ADD, flags)
        with pytest.raises(StoreUnavailable):
            await view.move([1], "Status/Done")
    assert (view.facts(1), list(view.uids()), world.room.version) == before
    assert told.told == []
    await world.synced()
    await view.move([1], "Status/Done")
    assert list(view.uids()) == [2, 3]
    await world.restart()
    view, _ = await world.open("anna")
    assert list(view.uids()) == [2, 3]


async def test_a_caller_that_hangs_up_does_not_tear_a_change(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, told = await world.open("anna")
    storing = asyncio.create_task(view.store([1], FlagMode.ADD, ["$status-hold"]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    storing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await storing
    await world.room.change(lambda change: None)  # behind it
    assert "$status-hold" in view.facts(1).flags  # type: ignore[union-attr]
    assert told.told == [("changed", [1])]
    await world.restart()
    view, _ = await world.open("anna")
    assert "$status-hold" in view.facts(1).flags  # type: ignore[union-attr]


async def test_a_tree_made_while_folders_are_being_added_is_made_anew(world: World) -> None:
    """A version that grew before the commit would keep the old tree for good."""
    person = await world.enter("mara")
    world.upstream.folders["Projects"] = type(world.upstream.folders["INBOX"])(77)
    listing = asyncio.create_task(world.sync.list_anew())
    while not listing.done():
        person.views()
        await asyncio.sleep(0)
    assert "Projects" in {view.name for view in person.views()}


async def test_a_colleague_removed_by_another_process_a_moment_ago_stops_nobody(
    world: World,
) -> None:
    """The database knows it already, this process does not yet."""
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    await ben.store([1], FlagMode.ADD, ["$assignee-ben"])
    gone = world.team.by_login("ben")
    assert gone is not None
    await world.database.write(lambda tx: tx.accounts.remove(gone.id))
    await anna.store([1], FlagMode.ADD, ["$status-hold"])
    await ben.store([1], FlagMode.ADD, ["\\Seen"])
    await world.conversations.complete(
        world.room.state.threads["m1@x"].id,
        gone,
        "r@x",
        ["m1@x"],
        lambda tx: None,
        [],
        answers=True,
    )
    world.team.members.remove(gone)
    await world.restart()
    anna, _ = await world.open("anna")
    assert set(anna.facts(1).flags) == {"$status-done", "\\Answered"}  # type: ignore[union-attr]


async def test_views_that_hold_what_they_should_not_are_mended_at_the_start(world: World) -> None:
    """After a crash of an older version, or a repaired database."""
    for number in (1, 2):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    view, _ = await world.open("anna", "Status/Open")
    _, second = world.room.state.views["status", "open"].members.values()
    done = world.room.state.views["status", "done"]
    opened = world.room.state.views["status", "open"]
    await world.database.write(lambda tx: tx.mail.leave([(opened.id, 1)]))
    await world.database.write(lambda tx: tx.mail.enter([(done.id, 1, second.id, 0)]))
    await world.restart()
    again, _ = await world.open("anna", "Status/Open")
    assert (again.uidvalidity, list(again.uids())) == (view.uidvalidity, [2, 3])
    finished, _ = await world.open("anna", "Status/Done")
    assert list(finished.uids()) == []
    assert finished.uidnext == 2, "a UID once given is not given again"
