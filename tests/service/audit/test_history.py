"""Who did what with a conversation, also with those it has swallowed."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import NotFound
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Origin
from proxyd.service.actor import Actor
from proxyd.service.api.changing import FlagMode
from proxyd.service.audit.history import Histories
from tests.service.conftest import World, mail

REVIEWER = Actor("rei", Origin("cli"))


async def taken_and_done(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$assignee-anna"])
    await view.store([1], FlagMode.ADD, ["$status-done"])


async def test_from_the_mail_to_the_last_status(world: World) -> None:
    await taken_and_done(world)
    history = await Histories(world.database).of("<m1@x>", by=REVIEWER)
    assert history.present is not None
    assert (history.present.status, history.present.assignee) == ("done", "anna")
    assert [one.record.action for one in history.records] == ["arrive", "claim", "status"]
    by_number = await Histories(world.database).of(str(history.numbers[0]), by=REVIEWER)
    assert by_number.records == history.records


async def test_what_was_joined_keeps_its_history(world: World) -> None:
    await taken_and_done(world)
    world.upstream.deliver(mail("m2@x"))
    await world.synced()
    view, _ = await world.open("ben")
    await view.store([2], FlagMode.ADD, ["$status-hold"])
    swallowed = world.room.state.threads["m2@x"].id
    both = mail("m3@x", answers="m1@x").replace(b"References: ", b"References: <m2@x> ", 1)
    both = both if b"<m2@x>" in both else both.replace(b"<m1@x>", b"<m1@x> <m2@x>", 1)
    world.upstream.deliver(both)
    await world.synced()
    kept = world.room.state.threads["m1@x"].id
    assert world.room.state.threads["m2@x"].id == kept != swallowed
    for asked in (str(kept), str(swallowed), "m2@x", "m3@x"):
        history = await Histories(world.database).of(asked, by=REVIEWER)
        assert history.numbers == (kept, swallowed), asked
        did = [(one.record.actor, one.record.action) for one in history.records]
        assert ("ben", "status") in did and ("anna", "claim") in did


async def test_asking_is_recorded_also_where_there_is_nothing(world: World) -> None:
    for nothing in ("4711", "nobody@x", "9" * 40):
        with pytest.raises(NotFound):
            await Histories(world.database).of(nothing, by=REVIEWER)
    asked = await world.database.read(lambda tx: tx.log.search(LogQuery(action="audit")))
    assert [one.record.detail["asked"] for one in asked] == ["4711", "nobody@x", "9" * 40]


async def test_the_list(world: World) -> None:
    await taken_and_done(world)
    world.clock.advance(seconds=1)
    world.upstream.deliver(mail("m2@x"))
    await world.synced()
    histories = Histories(world.database)
    assert [one.status for one in await histories.all(by=REVIEWER, mailbox="support")] == [
        "open",
        "done",
    ]
    assert [one.assignee for one in await histories.all(by=REVIEWER, status="done")] == ["anna"]
    assert [one.status for one in await histories.all(by=REVIEWER, assignee="")] == ["open"]
    assert await histories.all(by=REVIEWER, assignee="ben") == []
    with pytest.raises(NotFound):
        await histories.all(by=REVIEWER, mailbox="other")
    world.upstream.folders["INBOX"].mails.clear()
    world.upstream.tell("INBOX")
    await world.synced()
    assert await histories.all(by=REVIEWER) == [], "nobody can do anything with what is not there"
    assert len(await histories.all(by=REVIEWER, empty=True)) == 2
    asked = [one.record for one in await world.log(action="audit")]
    assert {one.actor for one in asked} == {"rei"}
    assert [one.detail for one in asked] == [
        {"did": "conversations", **given}
        for given in (
            {"mailbox": "support"},
            {"status": "done"},
            {"assignee": ""},
            {"assignee": "ben"},
            {"mailbox": "other"},
            {},
            {},
        )
    ]
