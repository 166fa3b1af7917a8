"""The loops: rounds, the watched INBOX, the set of folders, and trouble of every kind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from proxyd.domain.errors import StoreUnavailable, UpstreamUnavailable
from proxyd.service.api.changing import FlagMode
from proxyd.service.mailbox import condition, retrying
from proxyd.service.mailbox import sync as sync_module
from tests.patience import PATIENCE_S
from tests.service.conftest import World, mail
from tests.service.fake_upstream import FakeFolder


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.01)


async def test_a_new_mail_is_there_as_soon_as_upstream_tells(world: World) -> None:
    view, told = await world.open("anna", "Status/Open")
    world.upstream.deliver(mail("m1@x"))
    await until(lambda: bool(told.told))
    assert told.told == [("arrived", [1])]
    assert list(view.uids()) == [1]


async def test_inbox_is_followed_while_a_big_archive_is_read_for_the_first_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.upstream.folders["Old"] = FakeFolder(60)
    world.upstream.deliver(mail("old@x"), "Old")
    reading, go_on = asyncio.Event(), asyncio.Event()
    scan = world.upstream.scan_flags

    async def slow(folder: str, uidvalidity: int, **how: int) -> object:
        if folder == "Old":
            reading.set()
            await go_on.wait()
        return await scan(folder, uidvalidity, **how)

    monkeypatch.setattr(world.upstream, "scan_flags", slow)
    await world.sync.list_anew()
    round_ = asyncio.create_task(world.synced())
    await reading.wait()
    view, told = await world.open("anna")
    world.upstream.deliver(mail("m1@x"))
    await until(lambda: bool(told.told))
    assert list(view.uids()) == [1]
    go_on.set()
    await round_


async def test_a_folder_that_may_not_be_read_keeps_nothing_else_from_us(world: World) -> None:
    world.upstream.folders["Boss"] = FakeFolder(60)
    world.upstream.folders["Zoo"] = FakeFolder(61)
    world.upstream.refuses.add("Boss")
    world.upstream.deliver(mail("z@x"), "Zoo")
    await world.restart()
    view, _ = await world.open("anna", "Zoo")
    assert list(view.uids()) == [1]
    assert world.room.line_up


async def test_a_list_without_inbox_is_not_believed(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, told = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["\\Seen"])
    told.told.clear()
    world.upstream.hidden |= set(world.upstream.folders)
    await world.sync.list_anew()
    world.upstream.hidden.clear()
    await world.sync.list_anew()
    assert told.told == []
    assert "\\Seen" in view.facts(1).flags  # type: ignore[union-attr]


async def test_trouble_with_the_database_does_not_hammer_the_provider(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(work: object) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(world.database, "write", full)
    world.upstream.calls.clear()
    world.upstream.deliver(mail("m1@x"))
    for _ in range(20):
        world.upstream.tell("INBOX")
        await asyncio.sleep(0.01)
    assert world.upstream.calls["scan_headers"] == 1
    monkeypatch.undo()
    view, _ = await world.open("anna")
    await until(lambda: list(view.uids()) == [1])


async def test_a_refresh_waits_no_longer_than_it_says(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_module, "REFRESH_WAIT_S", 0.05)
    monkeypatch.setattr(sync_module, "FRESH_S", 0.0)
    view, _ = await world.open("anna")
    world.upstream.calls.clear()
    world.upstream.hold = asyncio.Event()
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(view.refresh() for _ in range(50)))
    assert world.upstream.calls["status"] == 1, "fifty who ask share one question"
    world.upstream.hold.set()


async def test_who_comes_later_does_not_wait_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_module, "REFRESH_WAIT_S", 0.05)
    monkeypatch.setattr(sync_module, "FRESH_S", 0.0)
    view, _ = await world.open("anna")
    world.upstream.hold = asyncio.Event()
    await view.refresh()
    monkeypatch.setattr(sync_module, "REFRESH_WAIT_S", 0.0)  # whatever is left of it
    await view.refresh()  # its wait is over; anew it would be for ever, since nobody answers
    world.upstream.hold.set()


async def test_nobody_waits_for_what_is_listened_to(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But the folder is looked at all the same; and news that was heard of is waited for."""
    monkeypatch.setattr(sync_module, "REFRESH_WAIT_S", 2 * PATIENCE_S)
    monkeypatch.setattr(sync_module, "FRESH_S", 0.0)
    view, _ = await world.open("anna")
    world.sync._line(True, "")
    world.upstream.calls.clear()
    world.upstream.hold = hold = asyncio.Event()
    async with asyncio.timeout(PATIENCE_S):
        await view.refresh()
    await until(lambda: world.upstream.calls["status"] == 1)
    world.upstream.deliver(mail("m1@x"))
    waits = asyncio.create_task(view.refresh())
    await asyncio.sleep(0.05)
    assert not waits.done()
    hold.set()
    await waits
    assert list(view.uids()) == [1]


async def test_when_the_line_is_down_nobody_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_module, "REFRESH_WAIT_S", 2 * PATIENCE_S)
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    world.sync._line(False, "cut")
    world.upstream.hold = asyncio.Event()
    async with asyncio.timeout(PATIENCE_S):
        view, _ = await world.open("anna")
    assert list(view.uids()) == [1]
    world.upstream.hold.set()


async def test_a_line_that_comes_back_calls_for_a_round(world: World) -> None:
    world.sync._line(False, "cut")
    world.upstream.deliver(mail("a@x"), "Archive")
    world.sync._line(True, "")
    await until(lambda: bool(world.room.state.by_message_id))


# ------------------------------------------------------------------ folders


async def test_a_rename_keeps_uids_and_own_marks_whatever_lists_are_on_their_way(
    world: World,
) -> None:
    mara = await world.enter("mara")
    await mara.create("Projects")
    world.upstream.deliver(mail("p@x"), "Projects")
    await world.synced()
    view, told = await world.open("mara", "Projects")
    await view.store([1], FlagMode.ADD, ["\\Seen"])
    told.told.clear()

    listing = world.upstream.list_folders
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(unreadable: list[str]) -> object:
        listed = await listing(unreadable)
        asked.set()
        await answer.wait()
        return listed

    world.upstream.list_folders = slow  # type: ignore[method-assign,assignment]
    old_list = asyncio.create_task(world.sync.list_anew())
    await asked.wait()
    renaming = asyncio.create_task(mara.rename("Projects", "Old"))
    await asyncio.sleep(0.02)
    answer.set()
    await asyncio.gather(old_list, renaming)
    assert told.told == []
    again, _ = await world.open("mara", "Old")
    assert again.uidvalidity == view.uidvalidity
    assert "\\Seen" in again.facts(1).flags  # type: ignore[union-attr]


async def test_a_rename_to_the_name_of_a_folder_that_went_unnoticed(world: World) -> None:
    mara = await world.enter("mara")
    await mara.create("One")
    del world.upstream.folders["Archive"]
    tree = mara.tree()
    one, archive = tree.find("One"), tree.find("Archive")
    assert one is not None
    assert one.folder is not None
    assert archive is not None
    await world.sync.rename(one.folder, "Archive")
    now = mara.tree().find("Archive")
    assert now is not None
    assert now.folder is one.folder


async def test_a_folder_deleted_above_others_is_empty_and_new_when_made_again(
    world: World,
) -> None:
    world.upstream.folders["A"] = FakeFolder(60)
    world.upstream.folders["A/B"] = FakeFolder(61)
    world.upstream.deliver(mail("a@x"), "A")
    await world.sync.list_anew()
    await world.synced()
    view, told = await world.open("anna", "A")
    unassigned, _ = await world.open("anna", "Status/Unassigned")
    assert list(unassigned.uids()) == [1]
    world.upstream.folders["A"] = FakeFolder(0, frozenset({"\\noselect"}))
    await world.sync.list_anew()
    assert told.told == [("lost", [])]
    assert list(unassigned.uids()) == []
    world.upstream.folders["A"] = FakeFolder(62)
    await world.sync.list_anew()
    again, _ = await world.open("anna", "A")
    assert again.uidvalidity > view.uidvalidity


async def test_a_folder_that_becomes_junk_is_no_work_any_more(world: World) -> None:
    world.upstream.folders["Ads"] = FakeFolder(60)
    world.upstream.deliver(mail("a@x"), "Ads")
    await world.sync.list_anew()
    await world.synced()
    _, told = await world.open("anna", "Status/Unassigned")
    world.upstream.folders["Ads"].attributes = frozenset({"\\junk"})
    await world.sync.list_anew()
    assert told.told == [("gone", [1])]
    world.upstream.folders["Ads"].attributes = frozenset()
    await world.sync.list_anew()
    assert told.told == [("gone", [1]), ("arrived", [2])]


# ------------------------------------------------------------------ restarts


async def test_a_first_reading_that_was_cut_off_is_taken_up_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proxyd.service.mailbox.folder_sync.HEADER_BATCH", 10)
    world.upstream.folders["Old"] = FakeFolder(60)
    for number in range(25):
        world.upstream.deliver(mail(f"o{number}@x"), "Old")
    headers = world.upstream.scan_headers

    def dying(calls: int) -> Callable[..., Awaitable[object]]:
        left = iter(range(calls))

        async def scan(*args: object) -> object:
            if next(left, None) is None:
                raise UpstreamUnavailable("the line is cut")
            return await headers(*args)  # type: ignore[arg-type]

        return scan

    monkeypatch.setattr(world.upstream, "scan_headers", dying(1))
    await world.sync.list_anew()
    await world.synced()
    view, _ = await world.open("anna", "Old")
    assert list(view.uids()) == list(range(1, 11))
    monkeypatch.setattr(world.upstream, "scan_headers", headers)
    await world.restart()
    view, _ = await world.open("anna", "Old")
    assert list(view.uids()) == list(range(1, 26))
    arrivals = await world.log(action="arrive")
    assert arrivals == [], "what was there before us is no news"


async def test_a_provider_that_has_never_answered_is_an_alarm_once(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(retrying, "RETRY_FIRST_S", 0.01)
    caplog.set_level("INFO", logger=condition.__name__)
    sales = await world.second(answers=False)
    await until(lambda: sales.upstream.calls["list"] > 2)
    said = [r for r in caplog.records if "mailbox sales" in r.getMessage()]
    assert [(r.levelname, r.getMessage()) for r in said] == [
        ("ERROR", "upstream of mailbox sales is down: the line is cut")
    ]
    sales.upstream.down = False
    await sales.sync.first_round_done.wait()
    told = "upstream of mailbox sales is up after 0 s, and is owed 0 changes of flags"
    assert told in caplog.messages


async def test_what_could_not_be_told_is_looked_at_again_without_being_called(world: World) -> None:
    """The provider tells of a change once; a look that it falls into may have been no good."""
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    inbox = world.room.state.folder_named("INBOX")
    assert inbox is not None
    message = inbox.by_uid[1]
    with world.room.flags_under_way.storing([message]):
        world.upstream.folders["INBOX"].mails[1].flags.add("outside")
        world.upstream.tell("INBOX")
        await asyncio.sleep(0.1)
        assert "outside" not in message.flags
    async with asyncio.timeout(PATIENCE_S):
        while "outside" not in message.flags:
            await asyncio.sleep(0.01)
