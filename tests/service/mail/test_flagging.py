"""STORE: whose flag it is, in any spelling, and what happens when somebody else is faster."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.domain.errors import AlreadyTaken, UpstreamUnavailable
from proxyd.service.api import FlagMode
from tests.service.conftest import World, mail


async def test_keywords_are_the_same_in_any_case(world: World) -> None:
    world.upstream.deliver(mail("m1@x"), flags=["$Label1"])
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$label1"])
    assert world.upstream.folders["INBOX"].mails[1].flags == {"$Label1"}
    await view.store([1], FlagMode.REPLACE, ["$LABEL1", "\\Flagged"])
    assert world.upstream.folders["INBOX"].mails[1].flags == {"$Label1", "\\Flagged"}
    await view.store([1], FlagMode.REMOVE, ["$LABEL1"])
    assert world.upstream.folders["INBOX"].mails[1].flags == {"\\Flagged"}


async def test_replacing_sets_and_clears_ones_own_seen(world: World) -> None:
    world.upstream.deliver(mail("m1@x"), flags=["\\Seen"])
    await world.synced()
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    assert "\\Seen" in anna.facts(1).flags  # type: ignore[union-attr]
    await anna.store([1], FlagMode.REPLACE, ["\\Flagged"])
    assert set(anna.facts(1).flags) == {"\\Flagged", "$status-open"}  # type: ignore[union-attr]
    assert "\\Seen" in ben.facts(1).flags  # type: ignore[union-attr]
    await anna.store([1], FlagMode.REPLACE, ["\\Seen"])
    assert set(anna.facts(1).flags) == {"\\Seen", "$status-open"}  # type: ignore[union-attr]
    assert world.upstream.folders["INBOX"].mails[1].flags == {"\\Seen"}


async def test_who_loses_while_upstream_is_asked_leaves_the_truth_behind(world: World) -> None:
    """Flags and claim in one STORE: the claim is lost meanwhile, the flag is set all the same."""
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    world.upstream.hold = asyncio.Event()
    storing = asyncio.create_task(
        ben.store([1], FlagMode.ADD, ["\\Flagged", "$assignee-ben", "\\Seen"])
    )
    await asyncio.sleep(0.02)
    await anna.store([1], FlagMode.ADD, ["$assignee-anna"])
    world.upstream.hold.set()
    with pytest.raises(AlreadyTaken):
        await storing
    flags = set(ben.facts(1).flags)  # type: ignore[union-attr]
    assert flags == {"\\Flagged", "$assignee-anna", "$status-open"}
    done = [r.record.action for r in await world.log(actor="ben", message_id="m1@x")]
    assert done == ["flag", "assign"]


async def test_what_upstream_can_not_do_leaves_the_status_too(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    anna, told = await world.open("anna")
    world.upstream.down = True
    with pytest.raises(UpstreamUnavailable):
        await anna.store([1], FlagMode.ADD, ["\\Flagged", "$status-done"])
    assert set(anna.facts(1).flags) == {"$status-open"}  # type: ignore[union-attr]
    assert told.told == []


async def test_a_wish_refused_for_one_conversation_changes_none(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    world.upstream.deliver(mail("m2@x"))
    await world.synced()
    anna, _ = await world.open("anna")
    ben, told = await world.open("ben")
    await anna.store([2], FlagMode.ADD, ["$assignee-anna"])
    told.told.clear()
    with pytest.raises(AlreadyTaken):
        await ben.store([1, 2], FlagMode.ADD, ["$assignee-ben", "\\Flagged"])
    assert told.told == []
    assert world.upstream.calls["store_flags"] == 0


async def test_five_hundred_flags_are_one_round_trip(world: World) -> None:
    for number in range(200):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    view, _ = await world.open("anna")
    changed = await view.store(list(view.uids()), FlagMode.ADD, ["\\Flagged", "$status-done"])
    assert len(changed) == 200
    assert world.upstream.calls["store_flags"] == 1
