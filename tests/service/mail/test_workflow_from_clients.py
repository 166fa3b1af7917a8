"""Status and assignee as people set them: by keyword, by folder, at once (docs/design.md §3)."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.domain.errors import AlreadyTaken, CannotDo, NotPermitted, UnknownStatus
from proxyd.domain.types import Right
from proxyd.service.api.changing import FlagMode
from tests.service.conftest import World, mail


def ours(flags: tuple[str, ...]) -> set[str]:
    return {flag for flag in flags if flag.startswith("$")}


async def test_new_mail_is_open_and_nobodys(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    facts = view.facts(1)
    assert facts is not None
    assert ours(facts.flags) == {"$status-open"}
    for name in ("Status/Open", "Status/Unassigned"):
        virtual, _ = await world.open("anna", name)
        assert list(virtual.uids()) == [1]


async def test_status_keyword_replaces_the_other_on_the_whole_conversation(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    world.upstream.deliver(mail("m2@x", answers="m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    other, told = await world.open("ben", "Status/Open")
    changed = await view.store([1], FlagMode.ADD, ["$STATUS-Done"])
    assert changed.changed == (1, 2)
    assert [ours(view.facts(uid).flags) for uid in (1, 2)] == [{"$status-done"}] * 2  # type: ignore[union-attr]
    assert told.told == [("gone", [1, 2])]
    assert list(other.uids()) == []
    done, _ = await world.open("ben", "Status/Done")
    assert list(done.uids()) == [1, 2]


async def test_removing_the_status_means_open_and_unknown_words_are_refused(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$status-hold"])
    await view.store([1], FlagMode.REMOVE, ["$status-hold"])
    assert ours(view.facts(1).flags) == {"$status-open"}  # type: ignore[union-attr]
    with pytest.raises(UnknownStatus):
        await view.store([1], FlagMode.ADD, ["$status-finished"])
    with pytest.raises(UnknownStatus):
        await view.store([1], FlagMode.ADD, ["$assignee-nobody"])
    with pytest.raises(UnknownStatus):  # a reader cannot answer, so nothing can be assigned to her
        await view.store([1], FlagMode.ADD, ["$assignee-rita"])
    with pytest.raises(CannotDo):
        await view.store([1], FlagMode.ADD, ["$status-hold", "$status-done"])
    assert ours(view.facts(1).flags) == {"$status-open"}  # type: ignore[union-attr]


async def test_replacing_all_flags_loses_no_status(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$status-checking", "$assignee-anna"])
    await view.store([1], FlagMode.REPLACE, ["\\Flagged"])
    flags = view.facts(1).flags  # type: ignore[union-attr]
    assert ours(flags) == {"$status-checking", "$assignee-anna"}
    assert "\\Flagged" in flags
    assert world.upstream.folders["INBOX"].mails[1].flags == {"\\Flagged"}


async def test_first_wins_and_the_loser_learns_who(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    results = await asyncio.gather(
        anna.store([1], FlagMode.ADD, ["$assignee-anna"]),
        ben.store([1], FlagMode.ADD, ["$assignee-ben"]),
        return_exceptions=True,
    )
    lost = [r for r in results if isinstance(r, AlreadyTaken)]
    assert len(lost) == 1
    assert lost[0].name == "Anna Sato"
    assert ours(ben.facts(1).flags) == {"$status-open", "$assignee-anna"}  # type: ignore[union-attr]


async def test_reassigning_is_for_the_assignee_and_for_managers(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    mara, _ = await world.open("mara")
    await anna.store([1], FlagMode.ADD, ["$assignee-anna"])
    with pytest.raises(NotPermitted):
        await ben.store([1], FlagMode.REMOVE, ["$assignee-anna"])
    await anna.store([1], FlagMode.ADD, ["$assignee-ben"])
    await mara.store([1], FlagMode.ADD, ["$assignee-mara"])
    assert ours(ben.facts(1).flags) == {"$status-open", "$assignee-mara"}  # type: ignore[union-attr]


async def test_move_into_done_leaves_the_mail_where_it_is(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, told = await world.open("anna")
    result = await view.move([1], "Status/Done")
    assert told.told == [("gone", [1]), ("arrived", [2])]
    assert result.pairs == ((1, 1),)
    assert list(view.uids()) == [2]
    assert set(world.upstream.folders["INBOX"].mails) == {1}
    assert world.upstream.calls["move"] == 0


async def test_move_from_open_to_mine_claims(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, told = await world.open("anna", "Status/Unassigned")
    await view.move([1], "Status/Mine")
    assert told.told == [("gone", [1])]
    ben, _ = await world.open("ben")
    with pytest.raises(AlreadyTaken):
        await ben.copy([1], "Status/Mine")
    mine, _ = await world.open("anna", "Status/Mine")
    people, _ = await world.open("ben", "Status/Assigned to/Anna Sato")
    assert (mine.uidvalidity, list(mine.uids())) == (people.uidvalidity, list(people.uids()))


async def test_a_reader_changes_nothing_but_her_own_seen(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    rita, _ = await world.open("rita")
    await rita.store([1], FlagMode.ADD, ["\\Seen"])
    assert "\\Seen" in rita.facts(1).flags  # type: ignore[union-attr]
    anna, _ = await world.open("anna")
    assert "\\Seen" not in anna.facts(1).flags  # type: ignore[union-attr]
    for flags in (["\\Flagged"], ["$status-done"], ["$label1"]):
        with pytest.raises(NotPermitted):
            await rita.store([1], FlagMode.ADD, flags)
    for target in ("Archive", "Status/Done"):
        with pytest.raises(NotPermitted):
            await rita.move([1], target)
    with pytest.raises(NotPermitted):
        await rita.copy([1], "Trash")


async def test_customer_writes_again_and_opens_a_done_conversation(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$status-done", "$assignee-anna"])
    automatic = mail("auto@x", answers="m1@x")
    world.upstream.deliver(automatic.replace(b"\n\n", b"\nAuto-Submitted: auto-replied\n\n", 1))
    await world.synced()
    assert ours(view.facts(1).flags) == {"$status-done", "$assignee-anna"}  # type: ignore[union-attr]
    world.upstream.deliver(mail("m2@x", answers="m1@x"))
    await world.synced()
    assert ours(view.facts(1).flags) == {"$status-open", "$assignee-anna"}  # type: ignore[union-attr]


async def test_everything_survives_a_restart(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    world.upstream.deliver(mail("m2@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$status-hold", "$assignee-anna", "\\Seen"])
    await view.move([2], "Status/Done")
    before = (view.uidvalidity, view.uidnext, [(u, view.facts(u)) for u in view.uids()])
    await world.restart()
    view, _ = await world.open("anna")
    assert (view.uidvalidity, view.uidnext, [(u, view.facts(u)) for u in view.uids()]) == before


async def test_uids_survive_an_upstream_uidvalidity_change(world: World) -> None:
    for number in range(3):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    view, told = await world.open("anna")
    await view.store([2], FlagMode.ADD, ["$status-done"])
    box = world.upstream.folders["INBOX"]
    kept = [box.mails[uid] for uid in (2, 3)]
    box.uidvalidity, box.mails, box.uidnext = 99, {1: kept[1], 2: kept[0]}, 3
    told.told.clear()
    await world.synced()
    assert told.told == [("gone", [1])]
    assert list(view.uids()) == [2, 3]
    assert ours(view.facts(2).flags) == {"$status-done"}  # type: ignore[union-attr]
    rows = [row async for batch in view.fetch([2], [b"BODY.PEEK[]"], "copy") for row in batch]  # type: ignore[arg-type]
    assert b"Text of m1@x" in rows[0].values[b"BODY[]"]  # type: ignore[operator]


async def test_the_winner_is_named_with_the_login_where_two_have_the_same_name(
    world: World,
) -> None:
    await world.hire("anna2", "Anna Sato", Right.RESPOND)
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    await anna.store([1], FlagMode.ADD, ["$assignee-anna"])
    with pytest.raises(AlreadyTaken) as caught:
        await ben.store([1], FlagMode.ADD, ["$assignee-ben"])
    assert caught.value.name == "Anna Sato (anna)"
