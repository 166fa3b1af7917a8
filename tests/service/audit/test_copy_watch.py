"""Who copies far more than usual is told of, once, and nobody is stopped (copy_watch.py)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import replace

import pytest

from proxyd.domain.copied_out import NEW_FOR_US
from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.policy import Policy
from proxyd.domain.types import Origin
from proxyd.service.api.reading import Reading
from proxyd.service.audit.copy_watch import CopyWatch, _Numbers
from proxyd.service.mailbox.shop import MailsTaken
from tests.patience import PATIENCE_S
from tests.service.conftest import World, mail

DAY_US = 86_400_000_000
THERE = 5_000
OUTLOOK = Origin("imap", "192.0.2.7", "Outlook 16.0", "s1")
UTC = Policy(zone="UTC")


class Office:
    """Anna's clients, and the watch over them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.box = replace(world.mailbox, policy=UTC)
        self.watch = CopyWatch(world.database, world.clock)

    async def copies(
        self,
        mails: Iterable[int],
        origin: Origin = OUTLOOK,
        *,
        login: str = "anna",
        view: int = 1,
        whole: bool = True,
    ) -> None:
        account = self.world.team.by_login(login)
        assert account is not None
        self.watch.note(MailsTaken(account, origin, self.box, view, list(mails), whole, THERE))
        await self.watch.count()

    async def usual_days(self, count: int, mails: int, login: str = "anna") -> None:
        """So many days of work, and the next morning."""
        for day in range(count):
            await self.copies(range(day * mails, (day + 1) * mails), login=login)
            self.world.clock.advance(us=DAY_US)
        self.world.clock.advance(us=NEW_FOR_US)

    async def told(self) -> list[dict[str, object]]:
        found = await self.world.log(action="alarm")
        return [{"who": one.record.actor, **one.record.detail} for one in found]


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


async def test_a_first_synchronisation_is_noted_once(office: Office) -> None:
    for start in range(0, 3_000, 500):
        await office.copies(range(start, start + 500))
    (noted,) = await office.told()
    assert (noted["who"], noted["what"], noted["usual"]) == ("anna", "first-synchronisation", 0)
    assert noted["mails"] == 1_000 and noted["limit"] == 500
    assert office.watch.alarms() == {} and office.watch.notices() == []


async def test_virtual_folders_are_synchronised_as_well(office: Office) -> None:
    """The same mail in four folders is one mail."""
    for view in range(4):
        await office.copies(range(400), view=view)
    assert await office.told() == []
    await office.copies(range(400, 501), view=1)
    assert [one["mails"] for one in await office.told()] == [501]


async def test_a_known_client_that_copies_far_more_raises_the_alarm(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.usual_days(8, 120)
    assert await office.told() == []
    with caplog.at_level(logging.WARNING):
        for start in range(0, 4_000, 100):
            await office.copies(range(start, start + 100))
    (alarm,) = await office.told()
    assert (alarm["who"], alarm["what"]) == ("anna", "copied-much")
    assert (alarm["usual"], alarm["limit"], alarm["mails"]) == (120, 600, 700)
    (record,) = await office.world.log(action="alarm")
    assert record.record.origin == OUTLOOK
    assert office.watch.alarms() == {"support": 1}
    (notice,) = office.watch.notices()
    assert notice.startswith("support: 1 of those who work here copied far more mail today")
    assert "anna" not in notice
    (line,) = [r.getMessage() for r in caplog.records]
    assert line.startswith("anna copies far more of support than usual: 700 mails today")
    office.world.clock.advance(us=DAY_US)
    assert office.watch.alarms() == {}, "the next day is another one"


async def test_days_with_an_alarm_teach_nothing(office: Office) -> None:
    await office.usual_days(6, 100)
    for day in range(3):
        await office.copies(range(2_000))
        office.world.clock.advance(us=DAY_US)
        assert len(await office.told()) == day + 1


async def test_the_same_mails_again_are_no_synchronisation(office: Office) -> None:
    await office.copies(range(400))
    assert await office.told() == []
    await office.copies(range(400))
    assert [one["what"] for one in await office.told()] == ["copied-much"]


async def test_parts_of_a_mail_are_one_mail(office: Office) -> None:
    for _ in range(5):
        await office.copies(range(400), whole=False)
    assert await office.told() == []


async def test_a_third_new_client_within_a_month_is_an_alarm(office: Office) -> None:
    for number in range(3):
        await office.copies(range(1_000), Origin("imap", f"192.0.2.{number}", "Mail"))
    assert [one["what"] for one in await office.told()] == [
        "first-synchronisation",
        "copied-much",
    ]


async def test_who_is_new_is_measured_by_colleagues(office: Office) -> None:
    await office.usual_days(6, 450, "ben")
    script = Origin("imap", "192.0.2.9", "")
    await office.copies(range(10), script)
    office.world.clock.advance(us=NEW_FOR_US + 1)
    await office.copies(range(2_200), script)
    assert await office.told() == [], "five times Ben's 450"
    await office.copies(range(2_200, 2_300), script)
    (alarm,) = await office.told()
    assert (alarm["usual"], alarm["limit"]) == (450, 2_250)


async def test_switched_off(office: Office) -> None:
    office.box = replace(office.box, policy=replace(UTC, copy_alarm_factor=0))
    await office.copies(range(4_000))
    await office.copies(range(4_000))
    assert await office.told() == []


async def test_after_a_restart_the_day_goes_on(office: Office) -> None:
    await office.usual_days(6, 100)
    await office.copies(range(450))
    office.watch = CopyWatch(office.world.database, office.world.clock)
    await office.copies(range(450, 600))
    assert len(await office.told()) == 1
    again = CopyWatch(office.world.database, office.world.clock)
    running = asyncio.create_task(again.run())
    async with asyncio.timeout(PATIENCE_S):
        while again.alarms() != {office.box.name: 1}:
            await asyncio.sleep(0.01)
    running.cancel()


async def test_what_can_not_be_counted_now_is_counted_later(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = office.world.database.write

    async def full(_work: object) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(office.world.database, "write", full)
    with pytest.raises(StoreUnavailable):
        await office.copies(range(300))
    monkeypatch.setattr(office.world.database, "write", write)
    await office.copies(range(300, 501))
    assert [one["mails"] for one in await office.told()] == [501]


async def test_of_a_person_removed_a_moment_ago_nothing_is_counted(office: Office) -> None:
    anna = office.world.team.by_login("anna")
    assert anna is not None
    await office.world.database.write(lambda tx: tx.accounts.remove(anna.id))
    await office.copies(range(4_000))
    assert await office.told() == []


async def test_reading_is_noted(world: World) -> None:
    """Of a FETCH: what takes text is, what takes header fields is not."""
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    noted: list[MailsTaken] = []
    world.room.shop = replace(world.room.shop, copied=noted.append)
    view, _ = await world.open("anna")
    for attributes, how in (
        ([b"BODY.PEEK[]"], Reading.COPY),
        ([b"BODY.PEEK[TEXT]"], Reading.OPEN),
        ([b"BODY.PEEK[HEADER]"], Reading.LIST),
    ):
        async for _rows in view.fetch([1], attributes, how):
            pass
    (message,) = world.room.state.messages()
    assert [(c.account.login, list(c.mails), c.whole) for c in noted] == [
        ("anna", [message.id], True),
        ("anna", [message.id], False),
    ]
    assert noted[0].there >= 1


def test_a_set_of_mails_takes_a_bit_each() -> None:
    numbers = _Numbers()
    assert numbers.add(range(100_000)) == (100_000, 0)
    assert numbers.add([5, 200_000, 5]) == (1, 2)
    assert sum(map(len, numbers._pages.values())) < 14_000


async def test_what_is_too_old_is_forgotten(office: Office) -> None:
    async def days() -> list[int]:
        return await office.world.database.read(lambda tx: tx.copied.own_days(1, "2000", "2100"))

    await office.copies(range(10))
    assert await days() == [10]
    office.world.clock.advance(us=100 * DAY_US)
    await office.copies(range(5))
    assert await days() == [5]
