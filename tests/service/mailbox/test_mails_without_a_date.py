"""A mail that the provider has no date of waits since its Date, or since it was seen first."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from proxyd.domain.internal_date import NO_DATE
from proxyd.domain.search import ReceivedSince
from tests.service.conftest import World, mail
from tests.service.fake_upstream import FakeFolder
from tests.service.mailbox.test_deadlines import at, overdue, ruled, us

EPOCHS = [NO_DATE, "01-Jan-1970 09:00:00 +0900", "01-Jan-0001 00:00:00 +0000"]


def written(message_id: str, when: str, **more: str) -> bytes:
    return mail(message_id, **more).replace(b"\n\n", b"\nDate: %b\n\n" % when.encode(), 1)


def undated(world: World, raw: bytes, folder: str, told: str = NO_DATE) -> int:
    box = world.upstream.folders.setdefault(folder, FakeFolder(60))
    uid = world.upstream.deliver(raw, folder)
    box.mails[uid].date = told
    return uid


async def found(world: World) -> None:
    """The folder is read for the first time."""
    await world.sync.list_anew()
    await world.synced()


def date_of(world: World, message_id: str) -> str:
    return world.room.state.by_message_id[message_id][-1].internal_date


def waits(world: World, message_id: str) -> int | None:
    return world.room.state.threads[message_id].clock.waits_us


@pytest.mark.parametrize("told", EPOCHS)
async def test_that_was_there_before_us_waits_since_its_date(world: World, told: str) -> None:
    await ruled(world, reply_goal="4h", office_hours="Mon-Fri 9:00-18:00")
    await at(world, "2026-07-14 10:00")
    undated(world, written("m1@x", "Tue, 14 Jul 2026 09:30:00 +0900"), "Work", told)
    await found(world)
    assert waits(world, "m1@x") == us("2026-07-14 09:30")
    assert overdue(world) == []
    await at(world, "2026-07-14 13:30")
    assert overdue(world) == ["m1@x"]


@pytest.mark.parametrize("sent", ["", "Fri, 14 Jul 2062 09:30:00 +0900", "1 Jan 1980 00:00:00 GMT"])
async def test_whose_date_is_none_waits_since_it_was_seen(world: World, sent: str) -> None:
    await ruled(world, reply_goal="4h", office_hours="Mon-Fri 9:00-18:00")
    await at(world, "2026-07-14 10:00")
    undated(world, written("m1@x", sent) if sent else mail("m1@x"), "Work")
    await found(world)
    assert date_of(world, "m1@x") == "14-Jul-2026 01:00:00 +0000"
    assert waits(world, "m1@x") == us("2026-07-14 10:00")
    await at(world, "2026-07-14 11:00")
    await world.restart()
    assert date_of(world, "m1@x") == "14-Jul-2026 01:00:00 +0000", "nobody is told another one"
    assert waits(world, "m1@x") == us("2026-07-14 10:00")


async def test_it_is_found_and_copied_by_that_date(world: World) -> None:
    await at(world, "2026-07-14 10:00")
    undated(world, mail("m1@x"), "INBOX")
    await world.synced()
    view, _ = await world.open("anna")
    assert await view.search(ReceivedSince(date(2026, 7, 14))) == [1]
    assert await view.search(ReceivedSince(date(2026, 7, 15))) == []
    await at(world, "2026-07-15 10:00")
    await view.copy([1], "Archive")
    one, other = world.room.state.by_message_id["m1@x"]
    assert one.internal_date == other.internal_date
    assert other.origin == one.id, "RFC 8474 §5.1: the same mail"


async def test_an_answer_that_nobody_knows_the_time_of_has_answered_nothing(world: World) -> None:
    """In doubt, open."""
    undated(world, written("m1@x", "Tue, 14 Jul 2020 09:30:00 +0900"), "Work")
    us_, box = "support@example.test", FakeFolder(61, frozenset({"\\sent"}))
    world.upstream.folders["Old sent"] = box
    undated(world, mail("a1@us", sender=us_, answers="m1@x"), "Old sent")
    await found(world)
    assert date_of(world, "a1@us") == NO_DATE
    assert world.room.state.threads["m1@x"].status == "open"
    undated(
        world,
        written("a2@us", "Tue, 14 Jul 2020 10:30:00 +0900", sender=us_, answers="m1@x"),
        "More sent",
    )
    world.upstream.folders["More sent"].attributes = frozenset({"\\sent"})
    await found(world)
    assert world.room.state.threads["m1@x"].status == "done"


async def test_what_an_earlier_version_took_in_is_looked_at_again(world: World) -> None:
    await at(world, "2026-07-14 10:00")
    undated(world, mail("m1@x"), "Work")
    await found(world)
    await world.stop()
    since_1970 = text("UPDATE conversations SET waits_us = 0")
    await world.database.write(lambda tx: tx.connection.execute(since_1970) and None)
    await world.start()
    assert waits(world, "m1@x") == us("2026-07-14 10:00")
