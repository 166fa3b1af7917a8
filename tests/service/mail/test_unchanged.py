"""STORE with UNCHANGEDSINCE (RFC 7162 §3.1.3): of two who did not know of each other one fails."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.domain.errors import AlreadyTaken, NotPermitted, ReadOnly, UpstreamRefused
from proxyd.service.api.changing import FlagMode, StoreResult
from proxyd.service.api.open_view import OpenView
from tests.service.conftest import Watcher, World, mail


async def three(world: World, login: str = "anna") -> OpenView:
    for number in (1, 2, 3):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    view, _ = await world.open(login)
    return view


async def test_what_has_changed_is_left_alone_and_the_rest_is_stored(world: World) -> None:
    view = await three(world)
    known = view.highest_modseq
    await view.store([2], FlagMode.ADD, ["\\Answered"])
    stored = await view.store([1, 2, 3], FlagMode.ADD, ["\\Flagged"], unchanged_since=known)
    assert stored == StoreResult(changed=(1, 3), modified=(2,))
    assert "\\Flagged" not in view.facts(2).flags  # type: ignore[union-attr]
    assert world.upstream.folders["INBOX"].mails[2].flags == {"\\Answered"}


async def test_zero_fails_for_everything(world: World) -> None:
    view = await three(world)
    stored = await view.store([1, 2], FlagMode.ADD, ["\\Flagged"], unchanged_since=0)
    assert stored == StoreResult((), (1, 2))
    assert world.upstream.calls["store_flags"] == 0


async def test_what_is_gone_is_neither_changed_nor_modified(world: World) -> None:
    view = await three(world)
    stored = await view.store([7, 1], FlagMode.ADD, ["\\Flagged"], unchanged_since=10_000)
    assert stored == StoreResult((1,), ())


async def test_a_colleague_s_seen_is_no_change_and_ones_own_is(world: World) -> None:
    anna = await three(world)
    ben, _ = await world.open("ben")
    known = anna.highest_modseq
    await ben.store([1], FlagMode.ADD, ["\\Seen"])
    stored = await anna.store([1], FlagMode.ADD, ["\\Flagged"], unchanged_since=known)
    assert stored.changed == (1,)
    known = anna.highest_modseq
    await anna.store([2], FlagMode.ADD, ["\\Seen"])
    stored = await anna.store([2], FlagMode.ADD, ["\\Flagged"], unchanged_since=known)
    assert stored.modified == (2,)


async def test_a_status_given_meanwhile_is_a_change(world: World) -> None:
    anna = await three(world)
    ben, _ = await world.open("ben")
    known = anna.highest_modseq
    await ben.store([1], FlagMode.ADD, ["$status-hold"])
    stored = await anna.store([1, 2], FlagMode.ADD, ["$status-done"], unchanged_since=known)
    assert stored == StoreResult((2,), (1,))
    assert "$status-hold" in anna.facts(1).flags  # type: ignore[union-attr]


@pytest.mark.parametrize("flag", ["\\Flagged", "$status-done", "$assignee-anna", "\\Seen"])
async def test_of_two_at_once_one_fails(world: World, flag: str) -> None:
    """Also of two sessions of one person, and on the way to a slow provider."""
    await three(world)
    views = [(await world.open("anna"))[0] for _ in range(2)]
    known = views[0].highest_modseq
    stores = [view.store([1], FlagMode.ADD, [flag], unchanged_since=known) for view in views]
    results = await asyncio.gather(*stores)
    assert sorted(len(result.modified) for result in results) == [0, 1]


async def test_a_store_under_way_upstream_counts_as_a_change(world: World) -> None:
    view = await three(world)
    known = view.highest_modseq
    world.upstream.hold = asyncio.Event()
    first = asyncio.create_task(view.store([1, 2], FlagMode.ADD, ["\\Flagged"]))
    await world.upstream.held()
    second = await view.store([1, 3], FlagMode.ADD, ["$status-hold"], unchanged_since=known)
    assert second == StoreResult((3,), (1,))
    world.upstream.hold.set()
    assert (await first).changed == (1, 2)
    assert not world.room.flags_under_way


async def test_what_came_in_by_the_synchronisation_meanwhile_is_our_own_doing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watcher may tell of the provider's new flags before the provider's answer is taken in."""
    view = await three(world)
    known = view.highest_modseq
    store = world.upstream.store_flags

    async def told_by_the_watcher(*args: object) -> object:
        rows = await store(*args)  # type: ignore[arg-type]
        await world.synced()
        return rows

    monkeypatch.setattr(world.upstream, "store_flags", told_by_the_watcher)
    flags = ["\\Flagged", "\\Seen", "$status-done"]
    stored = await view.store([1], FlagMode.ADD, flags, unchanged_since=known)
    assert stored == StoreResult((1,), ())
    assert set(view.facts(1).flags) == set(flags)  # type: ignore[union-attr]


async def test_a_status_a_colleague_gives_while_upstream_is_asked(world: World) -> None:
    """What upstream has done stands; what is ours alone is left to the colleague."""
    anna = await three(world)
    ben, _ = await world.open("ben")
    known = anna.highest_modseq
    world.upstream.hold = asyncio.Event()
    flags = ["\\Flagged", "$status-done"]
    asked = asyncio.create_task(anna.store([1], FlagMode.ADD, flags, unchanged_since=known))
    await world.upstream.held()
    await ben.store([1], FlagMode.ADD, ["$status-hold"])
    world.upstream.hold.set()
    assert (await asked).modified == (1,)
    assert set(anna.facts(1).flags) == {"\\Flagged", "$status-hold"}  # type: ignore[union-attr]


async def test_a_failed_store_holds_nothing_back(world: World) -> None:
    view = await three(world)
    known = view.highest_modseq
    world.upstream.refuses = {"INBOX"}
    with pytest.raises(UpstreamRefused):
        await view.store([1], FlagMode.ADD, ["\\Flagged"], unchanged_since=known)
    world.upstream.refuses = set()
    stored = await view.store([1], FlagMode.ADD, ["\\Flagged"], unchanged_since=known)
    assert stored.changed == (1,)


async def test_grants_and_first_wins_hold_all_the_same(world: World) -> None:
    anna = await three(world)
    known = anna.highest_modseq
    rita, _ = await world.open("rita")
    with pytest.raises(NotPermitted):
        await rita.store([1], FlagMode.ADD, ["\\Flagged"], unchanged_since=0)
    with pytest.raises(NotPermitted):
        await rita.store([1], FlagMode.ADD, ["$status-done"], unchanged_since=known)
    await anna.store([1], FlagMode.ADD, ["$assignee-anna"])
    ben, _ = await world.open("ben")
    with pytest.raises(AlreadyTaken):
        now = ben.highest_modseq
        await ben.store([1], FlagMode.ADD, ["$assignee-ben"], unchanged_since=now)
    person = await world.enter("ben")
    examined = await person.open("INBOX", read_only=True, observer=Watcher())
    with pytest.raises(ReadOnly):
        await examined.store([2], FlagMode.ADD, ["\\Flagged"], unchanged_since=known)


async def test_what_was_left_alone_is_on_record(world: World) -> None:
    view = await three(world)
    known = view.highest_modseq
    await view.store([1], FlagMode.ADD, ["\\Flagged"])
    await view.store([1, 2], FlagMode.ADD, ["$status-done"], unchanged_since=known)
    (refused,) = await world.log(outcome="refused")
    assert refused.record.action == "status"
    assert refused.record.message_id == "m1@x"
    assert refused.record.detail == {"flags": ["$status-done"], "why": "changed-since"}
