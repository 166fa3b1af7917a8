"""Flags while the provider is gone or slow: done here at once, told there later."""

from __future__ import annotations

import asyncio
import gc

import pytest

from proxyd.domain.errors import AlreadyTaken, UpstreamRefused, UpstreamUnavailable
from proxyd.domain.ports.upstream_rows import FlagRow
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from proxyd.service.mailbox import owed, owed_delivery, retrying
from tests.service.conftest import World, mail


async def inbox(world: World, count: int = 2, *flags: str) -> OpenView:
    for number in range(1, count + 1):
        world.upstream.deliver(mail(f"m{number}@x"), flags=flags)
    await world.synced()
    view, _ = await world.open("anna")
    return view


def upstream_flags(world: World, uid: int = 1, folder: str = "INBOX") -> set[str]:
    return world.upstream.folders[folder].mails[uid].flags


def shown(view: OpenView, uid: int = 1) -> set[str]:
    facts = view.facts(uid)
    assert facts is not None
    return set(facts.flags) - {"$status-open"}


async def cut(world: World) -> None:
    """The line is known to be down."""
    world.upstream.down = True
    world.sync._set_line(up=False, reason="the line is cut")


async def mended(world: World) -> None:
    world.upstream.down = False
    world.sync._line(True, "")
    await world.delivered()


async def test_everybody_sees_it_at_once_and_the_provider_later(world: World) -> None:
    anna = await inbox(world)
    ben, told = await world.open("ben")
    await cut(world)
    asked = world.upstream.calls.copy()
    stored = await anna.store([1, 2], FlagMode.ADD, ["\\Flagged", "$Label1"])
    assert stored.changed == (1, 2)
    assert stored.gone == ()
    assert world.upstream.calls["store_flags"] == asked["store_flags"]
    assert shown(anna) == shown(ben) == {"\\Flagged", "$Label1"}
    assert told.told == [("changed", [1, 2])]
    (first, _) = await world.log(action="flag", actor="anna")
    assert first.record.detail == {"add": ["$Label1", "\\Flagged"], "remove": [], "later": True}
    await mended(world)
    assert upstream_flags(world) == upstream_flags(world, 2) == {"\\Flagged", "$Label1"}
    assert world.upstream.calls["store_flags"] == asked["store_flags"] + 2  # one for each flag


async def test_the_last_wish_counts(world: World) -> None:
    anna = await inbox(world, 1, "\\Flagged")
    await cut(world)
    await anna.store([1], FlagMode.REMOVE, ["\\Flagged"])
    await anna.store([1], FlagMode.ADD, ["$label1"])
    await anna.store([1], FlagMode.REMOVE, ["$LABEL1"])
    assert shown(anna) == set()
    assert len(world.room.state.owed) == 2
    await mended(world)
    assert upstream_flags(world) == set()


async def test_a_line_that_breaks_while_it_is_asked_owes_too(world: World) -> None:
    anna = await inbox(world, 1)
    world.upstream.down = True  # and nobody knows yet
    await anna.store([1], FlagMode.ADD, ["\\Draft"])
    assert shown(anna) == {"\\Draft"}
    await mended(world)
    assert upstream_flags(world) == {"\\Draft"}


async def test_what_is_owed_survives_a_restart(world: World) -> None:
    anna = await inbox(world, 1)
    await cut(world)
    await anna.store([1], FlagMode.ADD, ["\\Flagged"])
    await world.restart()
    anna, _ = await world.open("anna")
    assert shown(anna) == {"\\Flagged"}
    assert world.room.state.owed.since_us == world.clock()
    await mended(world)
    assert upstream_flags(world) == {"\\Flagged"}


async def test_a_look_does_not_take_back_what_is_owed(world: World) -> None:
    anna = await inbox(world, 2)
    ben, told = await world.open("ben")
    await cut(world)
    await anna.store([1], FlagMode.ADD, ["\\Flagged"])
    told.told.clear()
    world.upstream.down = False  # and the delivery has not heard of it
    await world.sync.sync_folder(world.room.state.folder_named("INBOX"))  # type: ignore[arg-type]
    assert shown(ben) == {"\\Flagged"}
    assert told.told == []
    upstream_flags(world).add("\\Seen")  # what others do there is taken in
    await world.sync.sync_folder(world.room.state.folder_named("INBOX"))  # type: ignore[arg-type]
    assert "\\Flagged" in shown(ben)
    await mended(world)
    assert upstream_flags(world) == {"\\Flagged", "\\Seen"}


async def test_a_look_that_began_before_the_delivery_does_not_take_it_back(world: World) -> None:
    anna = await inbox(world, 1)
    await cut(world)
    await anna.store([1], FlagMode.ADD, ["\\Flagged"])
    scan, seen = world.upstream.scan_flags, asyncio.Event()
    told = asyncio.Event()

    async def slow_scan(*args: object, **more: object) -> list[FlagRow]:
        rows = await scan(*args, **more)  # type: ignore[arg-type]
        seen.set()
        await told.wait()
        return rows

    world.upstream.down = False
    world.upstream.scan_flags = slow_scan  # type: ignore[method-assign]
    folder = world.room.state.folder_named("INBOX")
    assert folder is not None
    look = asyncio.create_task(world.sync.sync_folder(folder))
    await seen.wait()
    await mended(world)
    told.set()
    await look
    assert shown(anna) == {"\\Flagged"}


async def test_a_provider_that_stalls_is_not_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owed, "ANSWER_S", 0.05)
    anna = await inbox(world, 1)
    world.upstream.hold = asyncio.Event()
    await anna.store([1], FlagMode.ADD, ["\\Flagged"])
    assert shown(anna) == {"\\Flagged"}
    # What follows is not asked at all, and nothing overtakes the first.
    asked = world.upstream.calls["store_flags"]
    await anna.store([1], FlagMode.REMOVE, ["\\Flagged"])
    assert shown(anna) == set()
    await asyncio.sleep(0.02)
    assert world.upstream.calls["store_flags"] == asked
    world.upstream.hold.set()
    await world.delivered()
    assert upstream_flags(world) == set()
    assert world.upstream.calls["store_flags"] == asked + 1


async def test_what_the_provider_refuses_later_is_undone_and_on_record(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    anna = await inbox(world, 2)
    await cut(world)
    await anna.store([1], FlagMode.ADD, ["\\Flagged"])

    async def refuse(*args: object) -> list[FlagRow]:
        raise UpstreamRefused("read only", "NOPERM")

    world.upstream.store_flags = refuse  # type: ignore[method-assign]
    await mended(world)
    assert shown(anna) == set()
    (failed,) = await world.log(outcome="failed", action="flag")
    assert failed.record.actor == "anna"
    assert failed.record.message_id == "m1@x"
    assert failed.record.detail["why"] == "refused-later"
    assert failed.record.detail["add"] == ["\\Flagged"]
    assert "see the access log" in caplog.text


@pytest.mark.parametrize("code", ["UNAVAILABLE", "INUSE", "THROTTLED", "SERVERBUG"])
async def test_what_the_provider_can_not_do_just_now_is_still_owed(
    world: World, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(retrying, "RETRY_FIRST_S", 0.01)
    anna = await inbox(world, 1)
    await cut(world)
    await anna.store([1], FlagMode.ADD, ["\\Flagged"])
    store_flags, refusals = world.upstream.store_flags, 2

    async def refuses_twice(*args: object) -> list[FlagRow]:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise UpstreamRefused("try again", code)
        return await store_flags(*args)  # type: ignore[arg-type]

    world.upstream.store_flags = refuses_twice  # type: ignore[assignment]
    await mended(world)
    assert refusals == 0
    assert shown(anna) == upstream_flags(world) == {"\\Flagged"}
    assert await world.log(outcome="failed", action="flag") == []


async def test_what_nobody_waits_for_any_more_fails_in_silence(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A copy waits for the flags for so long; then the delivery fails, too."""
    monkeypatch.setattr(owed_delivery, "ANSWER_S", 0.02)
    anna = await inbox(world, 1)
    await cut(world)
    await anna.store([1], FlagMode.ADD, ["\\Flagged"])

    async def fails_slowly(*args: object) -> list[FlagRow]:
        await asyncio.sleep(0.05)
        raise UpstreamUnavailable("closed the connection")

    store_flags, world.upstream.store_flags = world.upstream.store_flags, fails_slowly  # type: ignore[method-assign]
    world.upstream.down = False
    with pytest.raises(UpstreamUnavailable):
        await anna.copy([1], "Archive")
    await asyncio.sleep(0.1)
    gc.collect()
    assert "never retrieved" not in caplog.text
    world.upstream.store_flags = store_flags  # type: ignore[method-assign]
    await mended(world)
    assert upstream_flags(world) == {"\\Flagged"}


async def test_what_the_provider_leaves_out_is_undone_and_on_record(world: World) -> None:
    anna = await inbox(world, 1)
    await cut(world)
    await anna.store([1], FlagMode.ADD, ["\\Flagged"])
    world.upstream.leaves_out = {"\\Flagged"}
    await mended(world)
    assert shown(anna) == set()
    assert not len(world.room.state.owed)
    (failed,) = await world.log(outcome="failed", action="flag")
    assert failed.record.detail["why"] == "not-kept"
    asked = world.upstream.calls["store_flags"]
    await mended(world)
    assert world.upstream.calls["store_flags"] == asked  # and not again and again


async def test_a_keyword_that_the_provider_leaves_out_is_kept_here(world: World) -> None:
    anna = await inbox(world, 1)
    await cut(world)
    await anna.store([1], FlagMode.ADD, ["$Label1"])
    world.upstream.leaves_out = {"$Label1"}
    await mended(world)
    assert shown(anna) == {"$Label1"}
    assert upstream_flags(world) == set()
    assert await world.log(outcome="failed", action="flag") == []
    await world.restart()
    anna, _ = await world.open("anna")
    assert shown(anna) == {"$Label1"}


@pytest.mark.parametrize("seen_first", [True, False])
async def test_mails_that_are_gone_by_then_owe_nothing(world: World, *, seen_first: bool) -> None:
    anna = await inbox(world, 2)
    await cut(world)
    await anna.store([1], FlagMode.ADD, ["\\Flagged"])
    del world.upstream.folders["INBOX"].mails[1]
    if seen_first:
        world.upstream.down = False
        await world.synced()
        assert not len(world.room.state.owed)
    await mended(world)
    (failed,) = await world.log(outcome="failed", action="flag")
    assert failed.record.detail["why"] == "gone"
    assert failed.record.message_id == "m1@x"


async def test_a_folder_that_is_gone_by_then_owes_nothing(world: World) -> None:
    world.upstream.deliver(mail("m1@x"), "Archive")
    await world.synced()
    anna, _ = await world.open("anna", "Archive")
    await cut(world)
    await anna.store([1], FlagMode.ADD, ["\\Flagged"])
    del world.upstream.folders["Archive"]
    world.upstream.down = False
    await world.sync.list_anew()
    await world.delivered()
    (failed,) = await world.log(outcome="failed", action="flag")
    assert failed.record.detail["why"] == "gone"


async def test_a_folder_numbered_anew_meanwhile(world: World) -> None:
    anna = await inbox(world, 2)
    await cut(world)
    await anna.store([2], FlagMode.ADD, ["\\Flagged"])
    box = world.upstream.folders["INBOX"]
    box.uidvalidity, box.uidnext = 77, 12
    box.mails = {10: box.mails[2], 11: box.mails[1]}
    await mended(world)
    assert upstream_flags(world, 10) == {"\\Flagged"}
    assert upstream_flags(world, 11) == set()
    assert shown(anna, 2) == {"\\Flagged"}


async def test_a_copy_takes_along_what_was_owed(world: World) -> None:
    anna = await inbox(world, 1)
    await cut(world)
    await anna.store([1], FlagMode.ADD, ["\\Flagged"])
    with pytest.raises(UpstreamUnavailable):
        await anna.copy([1], "Archive")
    world.upstream.down = False
    await anna.copy([1], "Archive")
    assert upstream_flags(world, 1, "Archive") == {"\\Flagged"}


async def test_status_and_flag_in_one_are_one(world: World) -> None:
    anna = await inbox(world, 1)
    ben, _ = await world.open("ben")
    await cut(world)
    await anna.store([1], FlagMode.ADD, ["\\Flagged", "$assignee-anna"])
    assert shown(anna) == {"\\Flagged", "$assignee-anna"}
    with pytest.raises(AlreadyTaken):
        await ben.store([1], FlagMode.ADD, ["\\Deleted", "$assignee-ben"])
    assert shown(anna) == {"\\Flagged", "$assignee-anna"}
    await mended(world)
    assert upstream_flags(world) == {"\\Flagged"}


async def test_there_is_an_end_to_what_can_be_owed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owed, "MOST_OWED", 3)
    anna = await inbox(world, 2)
    await cut(world)
    await anna.store([1, 2], FlagMode.ADD, ["\\Flagged"])
    with pytest.raises(UpstreamUnavailable):
        await anna.store([1, 2], FlagMode.ADD, ["\\Draft"])
    assert shown(anna) == {"\\Flagged"}


async def test_a_thousand_mails_are_one_transaction_and_one_round_trip(world: World) -> None:
    anna = await inbox(world, 500)
    await cut(world)
    for half in (list(range(1, 251)), list(range(251, 501))):
        await anna.store(half, FlagMode.ADD, ["\\Flagged"])
    asked = world.upstream.calls["store_flags"]
    await mended(world)
    assert world.upstream.calls["store_flags"] == asked + 1
    assert all(upstream_flags(world, uid) == {"\\Flagged"} for uid in range(1, 501))
