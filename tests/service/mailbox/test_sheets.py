"""Blocks of rows: whatever happens, they say what the messages say; and they are shared."""

from __future__ import annotations

import random
from array import array

import pytest

from proxyd.domain.types import Account
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from proxyd.service.mailbox import sheets
from proxyd.service.mailbox.effects import Told
from proxyd.service.mailbox.sheets import Sheets
from tests.service.conftest import World, mail

ROWS = 3


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "BLOCK_ROWS", ROWS)


def says_the_truth(view: OpenView) -> None:
    uids = list(view.uids())
    for number, first in enumerate(range(0, len(uids), ROWS)):
        block, part = view.block(number), uids[first : first + ROWS]
        facts = [view.facts(uid) for uid in part]
        assert list(block.uids) == part
        assert list(block.flags) == [one.flags for one in facts if one]
        assert list(block.sizes) == [one.size for one in facts if one]
        assert list(block.dates) == [one.internal_date for one in facts if one]
        assert block.counted == {flags: block.flags.count(flags) for flags in block.flags}
        assert list(view.modseqs(number)) == [view.modseq(uid) for uid in part]


async def delivered(world: World, count: int) -> None:
    for number in range(count):
        world.upstream.deliver(mail(f"m{number}@x", subject=f"Subject {number}"))
    await world.synced()


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_happens_blocks_say_the_truth(world: World, seed: int) -> None:
    dice = random.Random(seed)
    await delivered(world, 8)
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    shelf, _ = await world.open("ben", "Status/Open")
    for step in range(25):
        for view in (anna, ben, shelf):
            says_the_truth(view)
        actor = dice.choice((anna, ben))
        uids = dice.sample(list(actor.uids()), min(len(actor.uids()), dice.randint(1, 4)))
        match dice.choice(("seen", "status", "flag", "arrive", "join", "expunge", "claim")):
            case "seen":
                await actor.store(uids, dice.choice(list(FlagMode)), ["\\Seen"])
            case "status":
                status = dice.choice(("open", "hold", "done"))
                await actor.store(uids, FlagMode.ADD, [f"$status-{status}"])
            case "flag":
                await actor.store(uids, dice.choice(list(FlagMode)), ["\\Flagged"])
            case "claim":
                await actor.store(uids, FlagMode.REMOVE, ["$assignee-anna"])
            case "arrive":
                world.upstream.deliver(mail(f"new{step}@x", answers=f"m{dice.randrange(8)}@x"))
                await world.synced()
            case "join":
                both = f"m{dice.randrange(8)}@x> <m{dice.randrange(8)}@x"
                world.upstream.deliver(mail(f"both{step}@x", answers=both))
                await world.synced()
            case "expunge":
                await actor.store(uids[:1], FlagMode.ADD, ["\\Deleted"])
                await actor.expunge(None)


async def test_people_who_see_the_same_share_one_block(world: World) -> None:
    await delivered(world, 2 * ROWS)
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    assert anna.block(0) is anna.block(0) is ben.block(0)
    shared, other = anna.block(0), anna.block(1)
    await anna.store([1], FlagMode.ADD, ["\\Seen"])
    assert ben.block(0) is shared and ben.block(1) is anna.block(1) is other
    assert anna.block(0) is not shared
    assert anna.block(0).uids is shared.uids  # flags are each one's own, the rest never changes
    assert shared.flags.count(shared.flags[0]) == ROWS  # the old one says what was


async def test_the_uids_are_one_array_for_all(world: World) -> None:
    await delivered(world, 2)
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    before = anna.uids()
    assert anna.uids() is ben.uids() is before and isinstance(before, array)
    world.upstream.deliver(mail("m9@x"))
    await world.synced()
    assert (list(before), list(anna.uids())) == ([1, 2], [1, 2, 3])


async def test_names_that_change_show_at_once(world: World) -> None:
    await delivered(world, 1)
    anna, _ = await world.open("anna")
    await anna.store([1], FlagMode.ADD, ["$assignee-anna"])
    assert "$assignee-anna" in anna.block(0).flags[0]
    person: Account = world.room.shop.people.by_login("anna")  # type: ignore[assignment]
    object.__setattr__(person, "login", "annika")
    world.room.forget_shown()
    assert "$assignee-annika" in anna.block(0).flags[0]


async def test_a_view_that_is_lost_leaves_nothing_behind(world: World) -> None:
    await delivered(world, 2 * ROWS)
    anna, _ = await world.open("anna")
    view = world.room.state.folder_named("INBOX").view  # type: ignore[union-attr]
    assert view is not None
    anna.block(0), anna.modseqs(1)
    world.room.sheets.forget({view: [Told(lost=True)]})
    assert len(world.room.sheets) == 0


async def test_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "BLOCKS_OCTETS", 2 * ROWS * sheets.ROW_OCTETS)
    monkeypatch.setattr(sheets, "MODSEQS_OCTETS", ROWS * 8)
    await delivered(world, 5 * ROWS)
    anna, _ = await world.open("anna")
    world.room.sheets = Sheets(world.room.flags_of_all)
    says_the_truth(anna)
    assert len(world.room.sheets) == 3
