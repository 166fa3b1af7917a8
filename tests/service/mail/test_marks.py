"""EMAILID, THREADID, MAILBOXID (RFC 8474) and SAVEDATE (RFC 8514) of real and virtual folders."""

from __future__ import annotations

import re

import pytest

from proxyd.domain.types import Right
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from proxyd.service.api.rows import Marks
from tests.service.conftest import World, appended, mail
from tests.service.fake_upstream import Mail
from tests.service.modseq_checker import Numbers

OBJECT_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")  # RFC 8474 §7, objectid


def marks(view: OpenView, uid: int) -> Marks:
    found = view.marks(uid)
    assert found is not None
    assert OBJECT_ID.fullmatch(found.email_id)
    assert OBJECT_ID.fullmatch(found.thread_id)
    return found


async def test_a_mail_has_the_same_ids_in_every_view(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    world.upstream.deliver(mail("m2@x", answers="m1@x"))
    world.upstream.deliver(mail("m3@x"))
    await world.synced()
    inbox, _ = await world.open("anna")
    virtual, _ = await world.open("ben", "Status/Open")
    for uid in (1, 2, 3):
        one, other = marks(inbox, uid), marks(virtual, uid)
        assert (one.email_id, one.thread_id) == (other.email_id, other.thread_id)
    assert len({marks(inbox, uid).email_id for uid in (1, 2, 3)}) == 3
    assert marks(inbox, 1).thread_id == marks(inbox, 2).thread_id != marks(inbox, 3).thread_id
    assert (inbox.marks(9), inbox.modseq(9)) == (None, 0)


@pytest.mark.parametrize("moving", [True, False])
async def test_copies_and_moves_keep_the_email_id(world: World, *, moving: bool) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    before = marks(view, 1)
    done = await (view.move([1], "Archive") if moving else view.copy([1], "Archive"))
    ((_, uid),) = done.pairs
    archive, _ = await world.open("anna", "Archive")
    after = marks(archive, uid)
    assert (after.email_id, after.thread_id) == (before.email_id, before.thread_id)
    await world.restart()
    archive, _ = await world.open("anna", "Archive")
    assert marks(archive, uid) == after


async def test_a_move_in_webmail_keeps_it_too(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    before = marks(view, 1)
    await world.upstream.copy("INBOX", 1, [1], "Archive")
    await world.synced()
    archive, _ = await world.open("anna", "Archive")
    assert marks(archive, 1).email_id == before.email_id


async def test_what_only_looks_alike_has_an_id_of_its_own(world: World) -> None:
    """One mail delivered twice has other trace lines; one stored again has another date."""
    world.upstream.deliver(mail("m1@x"))
    world.upstream.deliver(mail("m1@x"))
    world.upstream.deliver(mail("m2@x"))
    await world.synced()
    box = world.upstream.folders["Archive"]
    raw = world.upstream.folders["INBOX"].mails[3].raw
    box.mails[1], box.uidnext = Mail(raw, set(), "18-Jul-2026 02:44:25 +0900"), 2
    await world.synced()
    inbox, _ = await world.open("anna")
    archive, _ = await world.open("anna", "Archive")
    ids = {marks(inbox, uid).email_id for uid in (1, 2, 3)} | {marks(archive, 1).email_id}
    assert len(ids) == 4


async def test_a_thread_id_once_told_stays_when_conversations_are_joined(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    world.upstream.deliver(mail("m2@x"))
    await world.synced()
    view, _ = await world.open("anna")
    numbers = Numbers()
    numbers.look(world.room)
    one, two = marks(view, 1).thread_id, marks(view, 2).thread_id
    both = mail("m3@x", answers="m1@x").replace(b"References: <m1@x>", b"References: <m1@x> <m2@x>")
    world.upstream.deliver(both)
    await world.synced()
    numbers.look(world.room)
    assert one != two
    assert [marks(view, uid).thread_id for uid in (1, 2, 3)] == [one, two, one]
    await world.restart()
    numbers.look(world.room)


async def test_a_folder_keeps_its_id_through_rename_and_gets_another_when_made_anew(
    world: World,
) -> None:
    mara = await world.enter("mara")
    await mara.create("Projects")
    before = (await mara.counts("Projects")).mailbox_id
    await mara.rename("Projects", "Things")
    assert (await mara.counts("Things")).mailbox_id == before
    view, _ = await world.open("mara", "Things")
    assert view.mailbox_id == before
    await mara.delete("Things")
    await mara.create("Things")
    assert (await mara.counts("Things")).mailbox_id != before


async def test_no_two_names_of_a_tree_have_the_same_id(world: World) -> None:
    sales = await world.second()
    await world.grant("anna", sales.mailbox, Right.RESPOND)
    anna = await world.enter("anna")
    names = [info.name for info in anna.views() if info.selectable]
    ids = [(await anna.counts(name)).mailbox_id for name in names]
    assert len(names) > 20
    assert len(set(ids)) == len(ids)
    assert all(OBJECT_ID.fullmatch(each) for each in ids)


async def test_counts_agree_with_the_view(world: World) -> None:
    for number in (1, 2, 3):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1, 2], FlagMode.ADD, ["\\Deleted"])
    anna = await world.enter("anna")
    counts = await anna.counts("INBOX")
    assert (counts.deleted, counts.messages) == (2, 3)
    assert counts.highest_modseq == view.highest_modseq
    assert counts.mailbox_id == view.mailbox_id
    assert counts.deleted_size == sum(view.facts(uid).size for uid in (1, 2))  # type: ignore[union-attr]


async def test_the_date_of_saving_is_that_of_the_view(world: World) -> None:
    person = await world.enter("anna")
    world.clock.advance(seconds=60)
    _, uid = await appended(person, "Drafts", mail("d@x"))
    drafts, _ = await world.open("anna", "Drafts")
    assert marks(drafts, uid).saved_us == world.clock.now
    saved = marks(drafts, uid).saved_us
    world.clock.advance(seconds=60)
    ((_, copy),) = (await drafts.copy([uid], "Archive")).pairs
    archive, _ = await world.open("anna", "Archive")
    assert marks(archive, copy).saved_us == world.clock.now
    assert marks(drafts, uid).saved_us == saved
    await world.restart()
    drafts, _ = await world.open("anna", "Drafts")
    assert marks(drafts, uid).saved_us == saved


async def test_of_what_was_there_before_us_nobody_knows(world: World) -> None:
    await world.stop()
    world.upstream.folders["Old"] = type(world.upstream.folders["INBOX"])(77)
    world.upstream.deliver(mail("m1@x"), "Old")
    await world.start()
    old, _ = await world.open("anna", "Old")
    assert marks(old, 1).saved_us is None
    world.clock.advance(seconds=5)
    world.upstream.deliver(mail("m2@x"), "Old")
    await world.synced()
    assert marks(old, 2).saved_us == world.clock.now
    virtual, _ = await world.open("anna", "Status/Open")
    found = {marks(virtual, uid).saved_us for uid in virtual.uids()}
    assert found == {None, world.clock.now}
