"""One folder: who is newer, we or what we saw; UIDs that change upstream; what goes along."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.domain.errors import CannotDo, UpstreamRefused
from proxyd.domain.permanent_flags import PermanentFlags
from proxyd.service.api.changing import FlagMode
from proxyd.service.mailbox import folder_sync
from tests.service.conftest import World, mail
from tests.service.fake_upstream import FakeFolder


async def test_what_a_client_sets_while_we_look_is_newer_than_what_we_saw(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, told = await world.open("anna")
    scan = world.upstream.scan_flags
    seen, go_on = asyncio.Event(), asyncio.Event()

    async def slow(folder: str, uidvalidity: int, **how: int) -> object:
        rows = await scan(folder, uidvalidity, **how)
        if folder == "INBOX":
            seen.set()
            await go_on.wait()
        return rows

    monkeypatch.setattr(world.upstream, "scan_flags", slow)
    looking = asyncio.create_task(world.synced())
    await seen.wait()
    await view.store([1], FlagMode.ADD, ["\\Flagged"])
    go_on.set()
    await looking
    assert told.told == [("changed", [1])], "no flag may come and go and come"
    assert "\\Flagged" in view.facts(1).flags  # type: ignore[union-attr]


async def held_look(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, ...]:
    """The next look at INBOX has (first) seen upstream and waits for (second) with its rows."""
    scan = world.upstream.scan_flags
    seen, go_on = asyncio.Event(), asyncio.Event()

    async def slow(folder: str, uidvalidity: int, **how: int) -> object:
        rows = await scan(folder, uidvalidity, **how)
        if folder == "INBOX":
            seen.set()
            await go_on.wait()
        return rows

    monkeypatch.setattr(world.upstream, "scan_flags", slow)
    return seen, go_on


async def test_a_flag_that_was_gone_for_a_moment_and_is_stored_anew_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.upstream.deliver(mail("m1@x"), flags=["\\Flagged"])
    await world.synced()
    view, told = await world.open("anna")
    seen, go_on = await held_look(world, monkeypatch)
    upstream = world.upstream.folders["INBOX"].mails[1]
    upstream.flags.clear()  # somebody with webmail
    looking = asyncio.create_task(world.synced())
    await seen.wait()
    # Neither of them changes what we know, and both change what upstream has.
    await view.store([1], FlagMode.ADD, ["\\Flagged"])
    assert upstream.flags == {"\\Flagged"}, "a flag that is named goes to upstream in any case"
    go_on.set()
    await looking
    assert "\\Flagged" in view.facts(1).flags  # type: ignore[union-attr]
    assert told.told == []
    assert world.upstream.calls["scan_flags"] > 1, "looked at again"


async def test_what_was_stored_before_the_look_is_no_newer_than_what_we_saw(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["\\Flagged"])
    world.upstream.folders["INBOX"].mails[1].flags.clear()
    await world.synced()
    assert "\\Flagged" not in view.facts(1).flags  # type: ignore[union-attr]


async def test_flags_set_elsewhere_are_taken_in(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, told = await world.open("anna")
    world.upstream.folders["INBOX"].mails[1].flags |= {"\\Flagged", "$status-done"}
    await world.synced()
    assert told.told == [("changed", [1])]
    flags = view.facts(1).flags  # type: ignore[union-attr]
    assert set(flags) == {"\\Flagged", "$status-open"}, "the workflow's words are ours alone"


async def test_new_mail_is_news_although_upstream_numbers_anew(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$status-done"])
    box = world.upstream.folders["INBOX"]
    box.uidvalidity, box.mails, box.uidnext = 99, {7: box.mails[1]}, 8
    world.upstream.deliver(mail("m2@x", answers="m1@x"))
    await world.synced()
    assert list(view.uids()) == [1, 2]
    assert "$status-open" in view.facts(1).flags  # type: ignore[union-attr]
    (arrival,) = [r.record for r in await world.log(action="arrive", message_id="m2@x")]
    assert arrival.detail == {"from": "done", "to": "open"}


async def test_a_folder_deleted_and_made_again_between_two_looks(world: World) -> None:
    world.upstream.folders["P"] = FakeFolder(60)
    world.upstream.deliver(mail("old@x"), "P")
    await world.sync.list_anew()
    await world.synced()
    view, told = await world.open("anna", "P")
    world.upstream.folders["P"] = FakeFolder(61)
    world.upstream.deliver(mail("new@x"), "P")
    await world.synced()
    assert told.told == [("gone", [1]), ("arrived", [2])]
    assert list(view.uids()) == [2]


async def test_a_move_to_a_folder_never_read_takes_status_and_own_marks_along(
    world: World,
) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    mara = await world.enter("mara")
    view, _ = await world.open("mara")
    await view.store([1], FlagMode.ADD, ["\\Seen", "$status-done"])
    await mara.create("Projects")
    result = await view.move([1], "Projects")
    projects, _ = await world.open("mara", "Projects")
    assert result.pairs == ((1, 1),)
    assert set(projects.facts(1).flags) == {"\\Seen", "$status-done"}  # type: ignore[union-attr]


@pytest.mark.parametrize("later", ["asked at once", "a later round", "after a restart"])
async def test_a_folder_refused_once_is_asked_again_for_keywords(
    world: World, monkeypatch: pytest.MonkeyPatch, later: str
) -> None:
    """A NO of one moment is not for ever: what is kept here goes with us."""
    asked = world.upstream.permanent_flags

    async def refused(folder: str) -> PermanentFlags:
        raise UpstreamRefused("not now")

    if later == "a later round":
        monkeypatch.setattr(folder_sync, "REFUSED_S", 0.0)
    monkeypatch.setattr(world.upstream, "permanent_flags", refused)
    world.upstream.folders["Work"] = FakeFolder(60)
    world.upstream.deliver(mail("t@x"), "Work")
    await world.sync.list_anew()
    await world.synced()
    folder = world.room.state.folder_named("Work")
    assert folder is not None
    assert not folder.keywords
    monkeypatch.setattr(world.upstream, "permanent_flags", asked)
    if later == "asked at once":
        assert await world.sync.keeps_keywords(folder)
        return
    if later == "a later round":
        await world.sync.sync_folder(folder)
    else:
        await world.restart()
        await world.synced()
    folder = world.room.state.folder_named("Work")
    assert folder is not None
    assert folder.keywords
    view, _ = await world.open("anna", "Work")
    await view.store([1], FlagMode.ADD, ["$mine"])
    assert "$mine" in world.upstream.folders["Work"].mails[1].flags


async def test_a_folder_that_can_only_be_read_keeps_no_keywords(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read_only(folder: str) -> PermanentFlags:
        raise UpstreamRefused("read-only", "READ-ONLY")

    monkeypatch.setattr(world.upstream, "permanent_flags", read_only)
    world.upstream.folders["Theirs"] = FakeFolder(60)
    world.upstream.deliver(mail("t@x"), "Theirs")
    await world.sync.list_anew()
    await world.synced()
    view, _ = await world.open("anna", "Theirs")
    assert list(view.uids()) == [1]


async def test_rights_that_come_are_asked_for_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 4314: which flags a folder keeps is as of today."""
    world.upstream.lacks["Archive"] |= {"\\Flagged", "\\*"}
    folder = world.room.state.folder_named("Archive")
    assert folder is not None
    await world.sync.learn_kept(folder)
    assert (folder.keywords, folder.unkept) == (False, {"\\Flagged"})
    await world.restart()
    await world.synced()
    folder = world.room.state.folder_named("Archive")
    assert folder is not None
    assert folder.unkept == {"\\Flagged"}
    await world.sync.sync_folder(folder)
    asked = world.upstream.calls["permanent_flags"]
    await world.sync.sync_folder(folder)
    assert world.upstream.calls["permanent_flags"] == asked  # not all the time
    world.upstream.lacks.clear()
    monkeypatch.setattr(folder_sync, "REFUSED_S", 0.0)
    await world.sync.learn_kept(folder)
    assert (folder.keywords, folder.unkept) == (True, frozenset())


async def test_a_right_that_went_is_noticed_by_what_is_left_out(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    assert "\\Flagged" in view.kept_flags
    world.upstream.lacks["INBOX"] |= {"\\Flagged"}
    with pytest.raises(CannotDo):
        await view.store([1], FlagMode.ADD, ["\\Flagged"])
    await world.synced()
    assert "\\Flagged" not in view.kept_flags
    asked = world.upstream.calls["permanent_flags"]
    with pytest.raises(CannotDo):
        await view.store([1], FlagMode.ADD, ["\\Flagged"])
    await world.synced()
    assert world.upstream.calls["permanent_flags"] == asked  # that was no surprise
