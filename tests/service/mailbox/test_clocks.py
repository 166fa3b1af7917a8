"""What was answered before and what after is told by our own clock, not by the provider's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxyd.domain.guard import answer_in_the_way
from proxyd.domain.internal_date import internal_date_us
from tests.service.conftest import World, mail
from tests.service.fake_upstream import FakeFolder
from tests.service.mailbox.test_who_belongs_together import IDA, US, send, told

MINUTES = 60.0


def dated(world: World, raw: bytes, seconds: float, folder: str = "INBOX") -> None:
    """Delivered now, by a clock that is ahead by so many seconds."""
    uid = world.upstream.deliver(raw, folder)
    at = datetime.fromtimestamp(world.clock() / 1e6 + seconds, UTC)
    world.upstream.folders[folder].mails[uid].date = at.strftime("%d-%b-%Y %H:%M:%S +0000")


def stopped(world: World, about: str) -> bool:
    """Whether Ben's answer would be, because of somebody else's."""
    facts = world.conversations.find([about], [IDA])
    ben = world.team.by_login("ben")
    assert facts is not None and ben is not None
    return answer_in_the_way(ben.id, [about], facts.answers, facts.arrived) is not None


@pytest.mark.parametrize("ahead", [-2 * MINUTES, 0.0, 2 * MINUTES])
@pytest.mark.parametrize("restarts", [False, True])
async def test_an_answer_through_us(world: World, ahead: float, restarts: bool) -> None:
    dated(world, mail("m1@x", sender=IDA), ahead)
    await world.synced()
    world.clock.advance(seconds=30)
    await send(world, "a1@us", "m1@x", IDA)
    if restarts:
        await world.restart()
    assert stopped(world, "m1@x")
    world.clock.advance(seconds=30)
    dated(world, mail("m2@x", sender=IDA, answers="a1@us"), ahead)
    await world.synced()
    assert not stopped(world, "m2@x"), "she wrote again after it"


@pytest.mark.parametrize("ahead", [-2 * MINUTES, 0.0, 2 * MINUTES])
async def test_an_answer_in_webmail(world: World, ahead: float) -> None:
    dated(world, mail("m1@x", sender=IDA), ahead)
    await world.synced()
    world.clock.advance(seconds=30)
    answer = told(mail("a1@us", answers="m1@x", sender=US), to=IDA)
    dated(world, answer, ahead, "Sent")
    await world.synced()
    assert stopped(world, "m1@x")
    world.clock.advance(seconds=30)
    dated(world, mail("m2@x", sender=IDA, answers="a1@us"), ahead)
    await world.synced()
    assert not stopped(world, "m2@x")


async def test_what_happened_at_the_provider_while_we_were_away(world: World) -> None:
    """Asked, answered, asked again: all of it is seen at once, folder by folder."""
    dated(world, mail("m1@x", sender=IDA), -300)
    dated(world, told(mail("a1@us", answers="m1@x", sender=US), to=IDA), -200, "Sent")
    dated(world, mail("m2@x", sender=IDA, answers="m1@x"), -100)
    await world.synced()
    assert stopped(world, "m1@x")
    assert not stopped(world, "m2@x")


@pytest.mark.parametrize("ahead", [0.0, 2 * MINUTES])
async def test_what_was_there_before_us_came_before_now(world: World, ahead: float) -> None:
    world.upstream.folders["Orders"] = FakeFolder(7)
    dated(world, mail("m1@x", sender=IDA), ahead, "Orders")
    await world.sync.list_anew()
    await world.synced()
    world.clock.advance(seconds=30)
    await send(world, "a1@us", "m1@x", IDA)
    assert stopped(world, "m1@x")


async def test_moved_in_webmail_it_came_when_it_came(world: World) -> None:
    raw = mail("m1@x", sender=IDA)
    uid = world.upstream.deliver(raw)
    await world.synced()
    world.clock.advance(seconds=30)
    await send(world, "a1@us", "m1@x", IDA)
    world.clock.advance(seconds=30)
    del world.upstream.folders["INBOX"].mails[uid]
    world.upstream.tell("INBOX")
    await world.synced()
    world.upstream.deliver(raw, "Archive")
    await world.synced()
    assert stopped(world, "m1@x")


async def test_another_mail_of_the_same_id_came_later(world: World) -> None:
    world.upstream.deliver(mail("m1@x", sender=IDA, subject="parcel one"))
    await world.synced()
    world.clock.advance(seconds=30)
    await send(world, "a1@us", "m1@x", IDA)
    world.clock.advance(seconds=30)
    world.upstream.deliver(mail("m1@x", sender=IDA, subject="parcel two"))
    await world.synced()
    assert not stopped(world, "m1@x")


async def test_each_date_of_a_long_conversation_is_read_once(world: World) -> None:
    """Many answers given past us are compared with many mails: counted are the dates read."""
    dated(world, mail("m0@x"), 0)
    for number in range(1, 60):
        dated(world, mail(f"m{number}@x", answers=f"m{number - 1}@x"), number)
    await world.synced()
    for number in range(60):
        answer = mail(f"a{number}@us", answers=f"m{number}@x", sender=US)
        dated(world, answer, 100 + number, "Sent")
    internal_date_us.cache_clear()
    await world.synced()
    assert len(world.room.state.threads["m0@x"].answers) == 60
    assert internal_date_us.cache_info().misses <= 121
