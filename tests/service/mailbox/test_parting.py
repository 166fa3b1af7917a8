"""Conversations that a person splits and joins: what stays so, and what never happens by it."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import BadInput
from proxyd.domain.types import Origin
from proxyd.service.api.changing import FlagMode
from proxyd.service.mailbox.by import By
from proxyd.service.mailbox.parting import PartingDone, join, split
from tests.service.conftest import World, mail

IDA, UWE, US = "ida@buyer.example", "uwe@other.example", "support@example.test"
BY = By("Root@cli", Origin("cli"))


def status(world: World, message_id: str) -> str:
    return world.room.state.threads[message_id].status


def answering(message_id: str, *refers: str, sender: str = IDA) -> bytes:
    """The nearest of ``refers`` is the last, as in References."""
    raw = mail(message_id, answers=refers[-1], sender=sender)
    named = " ".join(f"<{id_}>" for id_ in refers)
    return raw.replace(f"References: <{refers[-1]}>".encode(), f"References: {named}".encode())


async def deliver(world: World, *mails: bytes, folder: str = "INBOX") -> None:
    for raw in mails:
        world.upstream.deliver(raw, folder)
        await world.synced()


async def send(world: World, message_id: str, about: str, to: str) -> None:
    facts = world.conversations.find([about], [to])
    anna = world.team.by_login("anna")
    assert facts is not None and anna is not None
    await world.conversations.complete(
        facts.id, anna, message_id, [about], lambda tx: None, [], answers=facts.is_answer
    )
    sent = mail(message_id, answers=about, sender=US).replace(
        b"To: c@example.com", b"To: " + to.encode()
    )
    await deliver(world, sent, folder="Sent")


async def two_in_one(world: World) -> None:
    """Uwe has answered a mail that Ida forwarded to him."""
    await deliver(world, mail("i1@x", sender=IDA), answering("u1@x", "i1@x", sender=UWE))


def ids(world: World, message_id: str) -> set[str]:
    return {m.message_id for m in world.room.state.threads[message_id].messages}


async def test_a_branch_becomes_a_conversation(world: World) -> None:
    await two_in_one(world)
    await deliver(world, answering("u2@x", "i1@x", "u1@x", sender=UWE))
    old = world.room.state.threads["i1@x"].id
    done = await split(world.room, "u1@x", BY)
    assert (done.kept, done.mails) == (old, 2)
    assert ids(world, "i1@x") == {"i1@x"}
    assert ids(world, "u1@x") == {"u1@x", "u2@x"} == ids(world, "u2@x")
    assert status(world, "u1@x") == status(world, "i1@x") == "open"


async def test_what_a_client_has_open_says_so_at_once(world: World) -> None:
    await two_in_one(world)
    await send(world, "a1@us", "u1@x", UWE)
    view, watcher = await world.open("anna")
    opened, news = await world.open("anna", "Status/Open")
    done, _ = await world.open("anna", "Status/Done")
    modseq = view.highest_modseq
    await split(world.room, "u1@x", BY)
    assert ("changed", [1, 2]) in watcher.told
    assert news.told == [("arrived", [3])]
    assert (list(opened.uids()), len(done.uids())) == ([3], 1)
    assert view.highest_modseq > modseq
    shown = [view.marks(uid) for uid in (1, 2)]
    assert [mark and mark.modseq for mark in shown] == [view.highest_modseq] * 2
    facts = [view.facts(uid) for uid in (1, 2)]
    flags = [{f for f in one.flags if f.startswith("$status")} for one in facts if one]
    assert flags == [{"$status-open"}, {"$status-done"}]


async def test_a_reply_that_names_both_sides_joins_them_no_more(world: World) -> None:
    await two_in_one(world)
    await split(world.room, "u1@x", BY)
    await deliver(world, answering("u2@x", "i1@x", "u1@x", sender=UWE))
    assert ids(world, "u1@x") == {"u1@x", "u2@x"}
    await deliver(world, answering("i2@x", "u1@x", "i1@x", sender=IDA))
    assert ids(world, "i1@x") == {"i1@x", "i2@x"}
    assert status(world, "u1@x") == "open"


async def test_it_holds_after_a_restart_and_when_the_folder_is_numbered_anew(world: World) -> None:
    await two_in_one(world)
    await split(world.room, "u1@x", BY)
    await world.restart()
    box = world.upstream.folders["INBOX"]
    box.uidvalidity, box.mails, box.uidnext = 99, {8: box.mails[1], 7: box.mails[2]}, 9
    await world.synced()
    await deliver(world, answering("u2@x", "i1@x", "u1@x", sender=UWE))
    assert ids(world, "u1@x") == {"u1@x", "u2@x"}
    view, _ = await world.open("anna")
    await view.move([1], "Archive")
    await world.synced()
    assert ids(world, "i1@x") == {"i1@x"}


async def test_join_brings_it_back_and_takes_the_status_further_from_done(world: World) -> None:
    await two_in_one(world)
    done = await split(world.room, "u1@x", BY)
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$status-done"])
    back = await join(world.room, done.other, done.kept, BY)
    assert back == PartingDone(done.kept, done.other, 1)
    assert ids(world, "i1@x") == {"i1@x", "u1@x"} == ids(world, "u1@x")
    assert status(world, "i1@x") == "open"
    assert not world.room.state.parted
    await world.restart()
    assert not world.room.state.parted
    await deliver(world, answering("u2@x", "i1@x", "u1@x", sender=UWE))
    assert len(ids(world, "i1@x")) == 3


async def test_what_joins_one_of_them_stays_parted_from_the_other(world: World) -> None:
    await two_in_one(world)
    await split(world.room, "u1@x", BY)
    await deliver(world, mail("v1@x", sender=UWE), answering("v2@x", "v1@x", "u1@x", sender=UWE))
    assert ids(world, "v1@x") == {"u1@x", "v1@x", "v2@x"}
    await world.restart()
    await deliver(world, answering("v3@x", "i1@x", "v1@x", sender=UWE))
    assert ids(world, "i1@x") == {"i1@x"}


async def test_what_only_the_others_answer_has_finished_waits_again(world: World) -> None:
    await two_in_one(world)
    await send(world, "a1@us", "u1@x", UWE)
    assert status(world, "i1@x") == "done"
    await split(world.room, "u1@x", BY)
    assert (status(world, "i1@x"), status(world, "u1@x")) == ("open", "done")
    assert ids(world, "u1@x") == {"u1@x", "a1@us"}
    ida, uwe = world.conversations.find(["i1@x"], [IDA]), world.conversations.find(["u1@x"], [UWE])
    assert ida is not None and not ida.answers, "nobody is refused because of it"
    assert uwe is not None and len(uwe.answers) == 1
    await world.restart()
    uwe = world.conversations.find(["u1@x"], [UWE])
    assert uwe is not None and len(uwe.answers) == 1


async def test_what_a_person_has_finished_stays_so(world: World) -> None:
    await two_in_one(world)
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$status-done", "$assignee-ben"])
    await split(world.room, "u1@x", BY)
    assert (status(world, "i1@x"), status(world, "u1@x")) == ("done", "done")
    ben = world.team.by_login("ben")
    assert ben is not None
    assert world.room.state.threads["u1@x"].assignee == ben.id


async def test_whose_it_is_is_kept_whatever_else_is_written_of_it(world: World) -> None:
    """Also of the one that stays as it was: by a split, and where a mail joins it with another."""
    await two_in_one(world)
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$assignee-ben"])
    await split(world.room, "u1@x", BY)
    await deliver(world, mail("v1@x", sender=UWE), answering("v2@x", "v1@x", "u1@x", sender=UWE))
    await world.restart()
    ben = world.team.by_login("ben")
    assert ben is not None
    found = {c.assignee for c in world.room.state.conversations.values()}
    assert (len(world.room.state.conversations), found) == (2, {ben.id})


async def test_an_answer_on_its_way_goes_where_its_mail_is(world: World) -> None:
    await two_in_one(world)
    facts, anna = world.conversations.find(["u1@x"], [UWE]), world.team.by_login("anna")
    assert facts is not None and anna is not None
    await split(world.room, "u1@x", BY)
    await world.conversations.complete(
        facts.id, anna, "a1@us", ["u1@x", "i1@x"], lambda tx: None, [], answers=True
    )
    assert (status(world, "i1@x"), status(world, "u1@x")) == ("open", "done")


async def test_both_are_recorded_with_who_did_it(world: World) -> None:
    await two_in_one(world)
    done = await split(world.room, "u1@x", BY)
    await join(world.room, done.kept, done.other, BY)
    records = [one.record for one in await world.log(action="status")]
    told = [(r.actor, r.conversation, r.detail["by"], r.detail["other"]) for r in records]
    assert told == [
        ("root@cli", done.other, "split", done.kept),
        ("root@cli", done.kept, "split", done.other),
        ("root@cli", done.kept, "joined", done.other),
    ]


async def test_ids_that_clients_know_stay(world: World) -> None:
    """RFC 8474 §5.2: a THREADID that was told is never another one."""
    await two_in_one(world)
    before = [(m.thread, m.origin or m.id) for m in world.room.state.messages()]
    await split(world.room, "u1@x", BY)
    assert [(m.thread, m.origin or m.id) for m in world.room.state.messages()] == before
    await deliver(world, answering("u2@x", "i1@x", "u1@x", sender=UWE))
    (new,) = world.room.state.by_message_id["u2@x"]
    assert new.thread == world.room.state.threads["u1@x"].id


async def test_what_can_not_be_done_is_said(world: World) -> None:
    await two_in_one(world)
    await deliver(world, answering("u3@x", "unseen@x", "u1@x", sender=UWE))
    only = world.room.state.threads["i1@x"].id
    for wanted in ("nobody@x", "unseen@x", "i1@x"):
        with pytest.raises(BadInput):
            await split(world.room, wanted, BY)
    for pair in ((only, only), (only, 4711)):
        with pytest.raises(BadInput):
            await join(world.room, *pair, BY)
    assert len(await world.log(action="status")) == 0
