"""An open view: reading marks and records, searching records, closing ends it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain import search as s
from proxyd.domain.errors import NotPermitted, UpstreamRefused
from proxyd.domain.types import SeenMode
from proxyd.service.api.changing import FlagMode, StoreResult
from proxyd.service.api.open_view import OpenView
from proxyd.service.api.reading import Reading
from tests.service.conftest import Watcher, World, mail


async def texts(view: OpenView, uids: list[int], how: Reading = Reading.OPEN) -> list[int]:
    return [row.uid async for rows in view.fetch(uids, [b"BODY.PEEK[]"], how) for row in rows]


def share_seen(world: World) -> None:
    world.room.mailbox = replace(world.room.mailbox, seen=SeenMode.SHARED)


async def test_opening_marks_for_oneself_and_syncing_does_not(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    anna, told = await world.open("anna")
    ben, _ = await world.open("ben")
    assert await texts(anna, [1], Reading.COPY) == [1]
    assert "\\Seen" not in anna.facts(1).flags  # type: ignore[union-attr]
    assert await texts(anna, [1, 99]) == [1]
    assert told.told == [("changed", [1])]
    assert "\\Seen" in anna.facts(1).flags  # type: ignore[union-attr]
    assert "\\Seen" not in ben.facts(1).flags  # type: ignore[union-attr]
    assert world.upstream.folders["INBOX"].mails[1].flags == set()


async def test_a_shared_seen_is_set_upstream_by_who_may_and_stops_no_reader(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_seen(world)
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    rita, _ = await world.open("rita")
    assert await texts(rita, [1]) == [1]
    assert world.upstream.folders["INBOX"].mails[1].flags == set()
    anna, _ = await world.open("anna")
    assert await texts(anna, [1]) == [1]
    assert world.upstream.folders["INBOX"].mails[1].flags == {"\\Seen"}
    assert "\\Seen" in rita.facts(1).flags  # type: ignore[union-attr]
    await anna.store([1], FlagMode.REMOVE, ["\\Seen"])

    async def read_only(*args: object) -> None:
        raise UpstreamRefused("read-only", "READ-ONLY")

    monkeypatch.setattr(world.upstream, "store_flags", read_only)
    assert await texts(anna, [1]) == [1]


async def test_a_change_of_the_seen_setting_shows_at_once(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    anna, _ = await world.open("anna")
    await anna.store([1], FlagMode.ADD, ["\\Seen"])
    share_seen(world)
    assert "\\Seen" not in anna.facts(1).flags  # type: ignore[union-attr]


async def test_every_search_is_recorded_also_one_that_asks_nobody(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    assert await view.search(s.HasFlag("$STATUS-open")) == [1]
    assert await view.search(s.Provider(b'TEXT "m1@x"')) == [1]
    entries = [r.record for r in await world.log(action="search")]
    assert [entry.detail for entry in entries] == [{"keys": []}, {"keys": ['TEXT "m1@x"']}]


async def test_a_virtual_folder_is_read_folder_by_folder(world: World) -> None:
    for number in range(6):
        folder = ("INBOX", "Archive")[number % 2]
        world.upstream.deliver(mail(f"m{number}@x"), folder)
        await world.synced()
    view, _ = await world.open("anna", "Status/Unassigned")
    world.upstream.calls.clear()
    assert sorted(await texts(view, [1, 2, 3, 4, 5, 6], Reading.LIST)) == [1, 2, 3, 4, 5, 6]
    assert world.upstream.calls["fetch"] == 2


async def test_uids_are_a_snapshot(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    before = view.uids()
    await view.move([1], "Trash")
    assert (list(before), list(view.uids())) == ([1], [])


async def test_a_closed_view_hears_nothing_more(world: World) -> None:
    view, told = await world.open("anna")
    view.close()
    view.close()
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    assert told.told == []


async def test_keywords_are_ours_and_those_in_use(world: World) -> None:
    world.upstream.deliver(mail("m1@x"), flags=["$Label1", "\\Flagged"])
    await world.synced()
    view, _ = await world.open("anna")
    assert set(view.keywords) == {
        "$status-open", "$status-checking", "$status-hold", "$status-done",
        "$replying", "$overdue", "$assignee-anna", "$assignee-ben", "$assignee-mara", "$Label1",
    }  # fmt: skip


async def test_a_view_whose_folder_went_holds_nothing_and_breaks_nothing(world: World) -> None:
    world.upstream.deliver(mail("m1@x"), "Archive")
    await world.synced()
    person = await world.enter("anna")
    told = Watcher()
    view = await person.open("Archive", read_only=False, observer=told)
    del world.upstream.folders["Archive"]
    await world.sync.list_anew()
    assert told.told == [("lost", [])]
    assert (list(view.uids()), view.facts(1), await texts(view, [1])) == ([], None, [])
    assert await view.store([1], FlagMode.ADD, ["\\Seen"]) == StoreResult(())
    assert (await view.move([1], "INBOX")).pairs == ()
    await view.expunge(None)
    await view.refresh()


async def test_who_only_reads_keeps_an_own_seen_and_nothing_else(world: World) -> None:
    world.upstream.deliver(mail("m1@x"), flags=["\\Deleted"])
    world.upstream.deliver(mail("m2@x"))
    await world.synced()
    rita, _ = await world.open("rita")
    anna, _ = await world.open("anna")
    assert (anna.may_change, anna.may_mark_seen) == (True, True)
    assert (rita.may_change, rita.may_mark_seen) == (False, True)
    await rita.store([1], FlagMode.ADD, ["\\Seen"])
    for refused in (rita.expunge(None), rita.expunge([1]), rita.move([1], "Archive")):
        with pytest.raises(NotPermitted):
            await refused
    await rita.expunge([2])  # is not marked: nothing to refuse
    share_seen(world)
    assert (rita.may_change, rita.may_mark_seen) == (False, False)
    assert (anna.may_change, anna.may_mark_seen) == (True, True)
