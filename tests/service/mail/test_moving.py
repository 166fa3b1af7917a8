"""COPY, MOVE, APPEND and EXPUNGE between real folders, and the one Sent copy."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.domain.errors import CannotDo, NoSuchView, UpstreamRefused, UpstreamUnavailable
from proxyd.domain.outbox import Sending
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.reading import Reading
from tests.patience import PATIENCE_S
from tests.service.conftest import World, appended, mail


async def test_move_to_a_real_folder_keeps_own_marks(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, told = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["\\Seen", "$status-checking"])
    told.told.clear()
    result = await view.move([1], "Archive")
    assert told.told == [("gone", [1])]
    archive, _ = await world.open("anna", "Archive")
    assert result.pairs == ((1, archive.uids()[0]),)
    assert result.uidvalidity == archive.uidvalidity
    facts = archive.facts(archive.uids()[0])
    assert facts is not None
    assert set(facts.flags) == {"\\Seen", "$status-checking"}
    ben, _ = await world.open("ben", "Archive")
    assert "\\Seen" not in ben.facts(ben.uids()[0]).flags  # type: ignore[union-attr]


async def test_trash_leaves_the_virtual_folders(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, told = await world.open("anna", "Status/Open")
    await view.move([1], "Trash")
    assert told.told == [("gone", [1])]
    assert len(world.upstream.folders["Trash"].mails) == 1
    assert world.upstream.folders["INBOX"].mails == {}


@pytest.mark.parametrize("into", ["Status/Open", "Status/Done", "Status/Mine"])
@pytest.mark.parametrize("how", ["copy", "move"])
async def test_what_lies_in_trash_goes_into_no_virtual_folder(
    world: World, into: str, how: str
) -> None:
    """An OK would say that it is there, and it would be shown nowhere but in Trash."""
    world.upstream.deliver(mail("m1@x"), "Trash")
    await world.synced()
    view, told = await world.open("anna", "Trash")
    before = view.facts(1)
    with pytest.raises(CannotDo) as refused:
        await getattr(view, how)([1], into)
    assert (refused.value.reason, refused.value.facts) == ("not-shown", {"folder": "Trash"})
    assert told.told == [] and view.facts(1) == before


async def test_out_of_trash_it_is_back(world: World) -> None:
    world.upstream.deliver(mail("m1@x"), "Trash")
    await world.synced()
    trash, _ = await world.open("anna", "Trash")
    await trash.move([1], "INBOX")
    opened, _ = await world.open("anna", "Status/Open")
    assert len(opened.uids()) == 1


async def test_a_copy_in_trash_of_what_is_in_a_folder_of_work_is_that_mail(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    world.upstream.deliver(mail("m1@x"), "Trash")
    await world.synced()
    trash, _ = await world.open("anna", "Trash")
    await trash.copy([1], "Status/Done")
    done, _ = await world.open("anna", "Status/Done")
    assert len(done.uids()) == 1


async def test_archive_from_a_virtual_folder_comes_in_again_under_a_new_uid(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, told = await world.open("anna", "Status/Open")
    await view.move([1], "Archive")
    assert sorted(told.told) == [("arrived", [2]), ("gone", [1])]
    assert list(view.uids()) == [2]


async def test_move_of_500_into_done_at_once(world: World) -> None:
    for number in range(500):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    view, told = await world.open("ben", "Status/Open")
    assert len(view.uids()) == 500
    before = world.upstream.calls.total()
    result = await view.move(list(view.uids()), "Status/Done")
    assert len(result.pairs) == 500
    assert told.told == [("gone", list(range(1, 501)))]
    assert world.upstream.calls.total() == before, "the workflow needs no round trip upstream"
    inbox, _ = await world.open("ben")
    assert len(inbox.uids()) == 500


async def test_append_gets_a_uid_of_ours(world: World) -> None:
    person = await world.enter("anna")
    result = await appended(person, "Drafts", mail("d1@x"), "\\Draft")
    view, _ = await world.open("anna", "Drafts")
    assert result == (view.uidvalidity, view.uids()[0])
    with pytest.raises(NoSuchView):
        await appended(person, "Nowhere", mail("d3@x"))


async def test_expunge_takes_only_what_is_marked(world: World) -> None:
    for number in (1, 2, 3):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    view, told = await world.open("anna")
    await view.store([1, 3], FlagMode.ADD, ["\\Deleted"])
    told.told.clear()
    await view.expunge([1, 2])
    assert told.told == [("gone", [1])]
    assert sorted(world.upstream.folders["INBOX"].mails) == [2, 3]


async def test_the_clients_copy_in_sent_is_folded_into_ours(world: World) -> None:
    message = mail("reply@x", answers="m1@x", sender="support@example.test")
    sending = Sending(
        world.mailbox.id, None, "anna", None, "reply@x", "d", "support@example.test", ("c@e",), 1,
        message=message,
    )  # fmt: skip
    number = await world.database.write(lambda tx: tx.outbox.begin(sending))
    await world.database.write(lambda tx: tx.outbox.relayed(number))
    person = await world.enter("anna")
    waiting = asyncio.create_task(appended(person, "Sent", message, "\\Seen"))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await world.conversations.file_sent([("reply@x", b"X-Proxyd-Sent-By: anna\r\n" + message)])
    await world.database.write(lambda tx: tx.outbox.filed(number))
    result = await asyncio.wait_for(waiting, PATIENCE_S)
    again = await appended(person, "Sent", message, "\\Seen")
    assert result == again
    sent = world.upstream.folders["Sent"].mails
    assert len(sent) == 1
    assert b"X-Proxyd-Sent-By: anna" in next(iter(sent.values())).raw


async def test_an_answer_from_the_providers_webmail_counts(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    reply = mail("webmail@x", answers="m1@x", sender="support@example.test")
    world.upstream.deliver(reply, "Sent")
    await world.synced()
    view, _ = await world.open("anna")
    assert "$status-done" in view.facts(1).flags  # type: ignore[union-attr]
    facts = world.conversations.find(["m1@x"], ["c@example.com"])
    assert facts is not None
    assert [(a.name, a.message_id) for a in facts.answers] == [("", "webmail@x")]


async def test_a_mail_that_refers_to_two_conversations_joins_them(world: World) -> None:
    world.upstream.deliver(mail("a@x"))
    world.upstream.deliver(mail("b@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([2], FlagMode.ADD, ["$status-done", "$assignee-anna"])
    both = mail("c@x").replace(b"Message-ID", b"References: <a@x> <b@x>\nMessage-ID")
    world.upstream.deliver(both)
    await world.synced()
    flags = [set(view.facts(uid).flags) for uid in view.uids()]  # type: ignore[union-attr]
    assert flags == [{"$status-open", "$assignee-anna"}] * 3
    assert len(world.room.state.conversations) == 1
    await world.restart()
    view, _ = await world.open("anna")
    flags = [set(view.facts(uid).flags) for uid in view.uids()]  # type: ignore[union-attr]
    assert flags == [{"$status-open", "$assignee-anna"}] * 3


async def test_when_upstream_is_gone_lists_and_status_still_work(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    world.upstream.down = True
    assert view.facts(1) is not None
    await view.store([1], FlagMode.ADD, ["$status-hold"])
    assert "$status-hold" in view.facts(1).flags  # type: ignore[union-attr]
    await view.store([1], FlagMode.ADD, ["\\Flagged"])
    with pytest.raises(UpstreamUnavailable):
        async for _ in view.fetch([1], [b"BODY.PEEK[]"], Reading.COPY):
            pass
    assert "\\Flagged" in view.facts(1).flags  # type: ignore[union-attr]


async def test_keywords_upstream_cannot_keep_are_kept_here(world: World) -> None:
    world.upstream.keywords = False
    world.upstream.folders["Plain"] = type(world.upstream.folders["INBOX"])(50)
    await world.sync.list_anew()
    world.upstream.deliver(mail("m1@x"), "Plain")
    await world.synced()
    view, _ = await world.open("anna", "Plain")
    await view.store([1], FlagMode.ADD, ["$label1", "\\Flagged"])
    assert world.upstream.folders["Plain"].mails[1].flags == {"\\Flagged"}
    await world.restart()
    view, _ = await world.open("anna", "Plain")
    assert {"$label1", "\\Flagged"} <= set(view.facts(1).flags)  # type: ignore[union-attr]


async def test_folders_come_and_go(world: World) -> None:
    person = await world.enter("mara")
    await person.create("Projects/2026")
    names = {view.name for view in person.views()}
    assert {"Projects", "Projects/2026"} <= names
    await person.rename("Projects/2026", "Old")
    assert "Old" in {view.name for view in person.views()}
    _, told = await world.open("mara", "Old")
    await person.delete("Old")
    assert told.told == [("lost", [])]
    for bad in ("INBOX", "Status/Done"):
        with pytest.raises(CannotDo):
            await person.delete(bad)
    with pytest.raises(CannotDo):
        await person.create("Status/Mine/deeper")


async def test_moving_some_to_where_they_are_and_some_from_elsewhere(world: World) -> None:
    """Out of a virtual folder into INBOX: the client believes that all of them have left."""
    world.upstream.deliver(mail("in@x"))
    await world.synced()
    world.upstream.deliver(mail("arch@x"), "Archive")
    await world.synced()
    view, told = await world.open("anna", "Status/Unassigned")
    result = await view.move([1, 2], "INBOX")
    inbox, _ = await world.open("anna")
    assert result.uidvalidity == inbox.uidvalidity
    assert result.pairs == ((1, 2), (2, 3))
    assert list(inbox.uids()) == [2, 3]
    assert sorted(uid for what, uids in told.told if what == "gone" for uid in uids) == [1, 2]
    assert len(view.uids()) == 2
    moves = [r.record.message_id for r in await world.log(action="move")]
    assert sorted(moves) == ["arch@x", "in@x"]


async def test_a_copy_into_a_virtual_folder_where_it_is_names_its_uid(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, told = await world.open("anna")
    result = await view.copy([1], "Status/Open")
    assert result.pairs == ((1, 1),)
    assert told.told == []
    assert (await view.copy([1], "Status/Done")).pairs == ((1, 1),)
    assert told.told == [("changed", [1])]


async def test_a_move_from_done_to_done_gives_a_new_uid(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, told = await world.open("anna", "Status/Open")
    result = await view.move([1], "Status/Open")
    assert result.pairs == ((1, 2),)
    assert told.told == [("gone", [1]), ("arrived", [2])]


async def test_a_sent_mail_dropped_on_done_settles_its_conversation(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    world.upstream.deliver(mail("r@x", answers="m1@x", sender="support@example.test"), "Sent")
    await world.synced()
    sent, _ = await world.open("anna", "Sent")
    result = await sent.move([1], "Status/On hold")
    assert result.pairs == ()
    assert list(sent.uids()) == [2]
    assert world.room.state.threads["m1@x"].status == "hold"


async def test_a_move_that_happened_is_recorded_although_the_line_broke_then(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, told = await world.open("anna")
    headers = world.upstream.scan_headers

    async def broken(*args: object) -> None:
        raise UpstreamUnavailable("the line is cut")

    monkeypatch.setattr(world.upstream, "scan_headers", broken)
    assert (await view.move([1], "Archive")).pairs == ()
    assert told.told == [("gone", [1])]
    assert [r.record.outcome for r in await world.log(action="move")] == ["ok"]
    monkeypatch.setattr(world.upstream, "scan_headers", headers)
    await world.synced()
    archive, _ = await world.open("anna", "Archive")
    assert list(archive.uids()) == [1]


@pytest.mark.parametrize("has_id", [True, False])
async def test_without_uidplus_the_copies_are_found_by_what_they_are(
    world: World, monkeypatch: pytest.MonkeyPatch, has_id: bool
) -> None:
    raw = mail("m1@x") if has_id else mail("m1@x").replace(b"Message-ID: <m1@x>\n", b"")
    world.upstream.deliver(raw)
    await world.synced()
    move, append = world.upstream.move, world.upstream.append

    async def silent_move(*args: object) -> None:
        world.upstream.deliver(mail("other@x"), "Archive")  # somebody else's, in between
        await move(*args)  # type: ignore[arg-type]

    async def silent_append(*args: object, **options: object) -> None:
        await append(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(world.upstream, "move", silent_move)
    monkeypatch.setattr(world.upstream, "append", silent_append)
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["\\Seen"])
    result = await view.move([1], "Archive")
    archive, _ = await world.open("anna", "Archive")
    ((source, now),) = result.pairs
    assert source == 1
    assert "\\Seen" in archive.facts(now).flags  # type: ignore[union-attr]
    person = await world.enter("anna")
    _, kept = await appended(person, "Drafts", mail("d@x"))
    drafts, _ = await world.open("anna", "Drafts")
    assert [kept] == list(drafts.uids())


async def test_without_uidplus_into_a_folder_that_was_never_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    person = await world.enter("anna")
    await person.create("New")
    copy, scan = world.upstream.copy, world.upstream.scan_headers
    asked: list[int] = []

    async def silent_copy(*args: object) -> None:
        await copy(*args)  # type: ignore[arg-type]

    async def scanned(name: str, uidvalidity: int, uids: list[int], fields: object) -> object:
        asked.extend(uids)
        return await scan(name, uidvalidity, uids, fields)  # type: ignore[arg-type]

    monkeypatch.setattr(world.upstream, "copy", silent_copy)
    monkeypatch.setattr(world.upstream, "scan_headers", scanned)
    view, _ = await world.open("anna")
    result = await view.copy([1], "New")
    assert len(result.pairs) == 1
    assert min(asked) == 1  # 0 is no UID, and a server says so


async def test_what_a_colleague_removes_while_we_move_it(world: World) -> None:
    for number in (1, 2):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    view, _ = await world.open("anna")
    world.upstream.hold = asyncio.Event()
    moving = asyncio.create_task(view.move([1, 2], "Archive"))
    await world.upstream.held()
    del world.upstream.folders["INBOX"].mails[1]
    first = world.room.state.by_message_id["m1@x"]
    await world.room.change(lambda change: change.remove_all(first))
    world.upstream.hold.set()
    result = await moving
    assert result.pairs == ((2, 1),)
    assert list(view.uids()) == []


@pytest.mark.parametrize("gone", [(1,), (1, 2)])
async def test_the_provider_moves_nothing_where_others_have_removed_some(
    world: World, gone: tuple[int, ...]
) -> None:
    for number in (1, 2):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    world.upstream.copies_all_or_none = True
    view, _ = await world.open("anna")
    for uid in gone:
        del world.upstream.folders["INBOX"].mails[uid]
    moved = await view.move([1, 2], "Archive")
    assert moved.gone == gone
    assert moved.pairs == (((2, 1),) if gone == (1,) else ())
    told = [(r.record.message_id, r.record.outcome) for r in await world.log(action="move")]
    assert sorted(told) == [("m1@x", "failed"), ("m2@x", "ok" if gone == (1,) else "failed")]


async def test_a_provider_that_moves_nothing_although_all_is_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked once more only where there is something to leave out."""
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    asked: list[object] = []

    async def move(*words: object) -> None:
        asked.append(words)
        raise UpstreamRefused("Some of the messages no longer exist", "EXPUNGEISSUED")

    monkeypatch.setattr(world.upstream, "move", move)
    with pytest.raises(UpstreamRefused):
        await view.move([1], "Archive")
    assert len(asked) == 1


async def test_keywords_given_with_append_are_kept_here_where_upstream_can_not(
    world: World,
) -> None:
    world.upstream.keywords = False
    world.upstream.folders["Plain"] = type(world.upstream.folders["INBOX"])(50)
    await world.sync.list_anew()
    await world.synced()
    person = await world.enter("anna")
    flags = ["\\Flagged", "$label1", "$status-done"]
    _, kept = await appended(person, "Plain", mail("a@x"), *flags)
    view, _ = await world.open("anna", "Plain")
    shown = set(view.facts(kept).flags)  # type: ignore[union-attr]
    assert shown == {"\\Flagged", "$label1", "$status-done"}
    assert world.upstream.folders["Plain"].mails[1].flags == {"\\Flagged"}
