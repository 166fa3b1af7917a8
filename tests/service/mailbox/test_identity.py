"""Two mails of one Message-ID: which they are, their Date tells too."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from proxyd.service.api.changing import FlagMode
from tests.service.conftest import World, mail
from tests.service.fake_upstream import FakeFolder
from tests.service.mailbox.test_who_belongs_together import IDA, deliver, send, status, told

MONDAY, TUESDAY = "Date: Mon, 13 Jul 2026 09:00:00 +0900", "Date: Tue, 14 Jul 2026 09:00:00 +0900"
# The same instant, as a gateway may write it.
GATEWAY = "Date: Mon, 13 Jul 2026 00:00:00 GMT"
BROKEN = "Date: the day before yesterday"


def dated(line: str, *lines: str) -> bytes:
    return told(mail("m1@x", sender=IDA), *lines, *([line] if line else []))


async def answered_once(world: World, line: str) -> None:
    await deliver(world, dated(line))
    await send(world, "a1@us", "m1@x", IDA)
    assert status(world, "m1@x") == "done"


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_message_id_used_again_on_another_day_is_news(
    world: World, *, restarts: bool
) -> None:
    """A program that gives the same id to all that one customer writes, under one subject."""
    await answered_once(world, MONDAY)
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["\\Seen"])
    if restarts:
        await world.restart()
    world.clock.advance(seconds=60)
    await deliver(world, dated(TUESDAY))
    assert status(world, "m1@x") == "open"
    assert len(await world.log(action="arrive")) == 2
    first, second = world.room.state.by_message_id["m1@x"]
    anna = world.team.by_login("anna")
    assert anna is not None
    assert first.own_seen(anna.id) and not second.own_seen(anna.id), "nobody has read it"
    assert not second.origin
    facts = world.conversations.find(["m1@x"], [IDA])
    assert facts is not None
    assert facts.arrived["m1@x"] > facts.answers[-1].at_us, "nobody is stopped"
    await send(world, "a2@us", "m1@x", IDA, by="ben")
    assert status(world, "m1@x") == "done"
    # Each of the two, delivered or moved once more, is one of them still.
    for line in (MONDAY, TUESDAY):
        await deliver(world, dated(line, "Received: from b.example"))
        await deliver(world, dated(line), "Archive")
    assert status(world, "m1@x") == "done"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (MONDAY, MONDAY),
        (MONDAY, GATEWAY),
        ("", ""),
        (BROKEN, BROKEN),
        ("", TUESDAY),  # nobody knows
        (BROKEN, TUESDAY),
        (TUESDAY, ""),
    ],
)
async def test_delivered_twice_it_keeps_its_date(world: World, first: str, second: str) -> None:
    await answered_once(world, first)
    await deliver(world, dated(second, "Received: from b.example"))
    assert status(world, "m1@x") == "done"
    assert len(await world.log(action="arrive")) == 1


@pytest.mark.parametrize("by_us", [False, True])
async def test_of_two_with_one_message_id_each_may_be_moved(world: World, *, by_us: bool) -> None:
    await answered_once(world, MONDAY)
    await deliver(world, dated(TUESDAY))
    await send(world, "a2@us", "m1@x", IDA)
    view, _ = await world.open("anna")
    await view.store([1, 2], FlagMode.ADD, ["\\Seen"])
    for uid in (1, 2):
        if by_us:
            await view.move([uid], "Archive")
        else:  # in webmail
            moved = world.upstream.folders["INBOX"].mails.pop(uid)
            world.upstream.tell("INBOX")
            await world.synced()
            await deliver(world, moved.raw, "Archive")
        await world.synced()
    assert status(world, "m1@x") == "done"
    assert len(await world.log(action="arrive")) == 2
    assert len(world.room.state.by_message_id["m1@x"]) == 2


async def test_of_an_earlier_version_no_date_is_known(world: World) -> None:
    await answered_once(world, MONDAY)
    await world.stop()
    with closing(sqlite3.connect(world.database.file)) as connection, connection:
        connection.execute("UPDATE messages SET sent_us = NULL")
    await world.start()
    for line in (MONDAY, TUESDAY):
        await deliver(world, dated(line), "Archive")
        assert status(world, "m1@x") == "done"


async def test_what_was_there_before_us_under_one_message_id(world: World) -> None:
    await answered_once(world, MONDAY)
    orders = world.upstream.folders["Orders"] = FakeFolder(77)
    uid = world.upstream.deliver(dated(TUESDAY), "Orders")
    orders.mails[uid].date = "20-Jul-2026 02:44:25 +0900"  # after the answer
    await world.sync.list_anew()
    await world.synced()
    assert status(world, "m1@x") == "open"
