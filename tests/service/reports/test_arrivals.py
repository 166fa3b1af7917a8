"""When mails came in, by the hour of the mailbox's zone; real ones, not those in turns alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from proxyd.domain.policy import Policy
from proxyd.service.reports.arrivals import by_hour
from tests.service.conftest import World, mail

KATHMANDU = "Asia/Kathmandu"  # a quarter of an hour beside the others


def us(hour: int, minute: int) -> int:
    at = datetime(2026, 10, 1, hour, minute, tzinfo=ZoneInfo(KATHMANDU))
    return round(at.timestamp()) * 1_000_000


async def test_each_mail_that_came_counts_once_whatever_became_of_it(world: World) -> None:
    world.clock.now = us(9, 59)
    world.upstream.deliver(mail("a@x"))
    await world.synced()
    world.clock.now = us(10, 0)
    world.upstream.deliver(mail("b@x"))
    world.upstream.deliver(mail("b@x"))  # twice, as mailing lists do
    world.upstream.deliver(mail("ours@x", sender="support@example.test"))
    await world.synced()
    inbox = world.upstream.folders["INBOX"]
    await world.upstream.expunge("INBOX", inbox.uidvalidity, [1])
    await world.synced()
    mailbox = replace(world.mailbox, policy=Policy(zone=KATHMANDU))

    def asked(tx) -> list[int]:  # type: ignore[no-untyped-def]
        return by_hour(tx, mailbox, us(0, 0), us(23, 0))

    hours = await world.database.read(asked)
    assert (hours[9], hours[10], sum(hours)) == (1, 1, 2)
    assert (
        sum(await world.database.read(lambda tx: by_hour(tx, mailbox, us(10, 0), us(11, 0)))) == 1
    )
