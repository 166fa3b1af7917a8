"""One snapshot for all who look, and the part of it that is for each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert

from proxyd.domain.turns import EndedTurn, Outcome
from proxyd.domain.types import Account, Right, Role
from proxyd.domain.workflow import SHIPPED
from proxyd.service.overview.overview import LogNow, Overview, Watched, part_for
from proxyd.service.overview.provider_now import Ailment, ProviderNow
from proxyd.store.database import Database
from proxyd.store.schema import thread_ids
from tests.bench.response_times import SUPPORT
from tests.conftest import FakeClock
from tests.service.reports.work import put_work

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US


class Office:
    """Two mailboxes whose providers tests decide on."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database, self.clock = database, clock
        self.providers: dict[int, ProviderNow] = {}
        self.alarms, self.log, self.reads = 0, LogNow(None), 0
        watched = Watched(lambda: self.providers, lambda: self.alarms, lambda: self.log)
        self.overview = Overview(database, SHIPPED, watched, clock)

    def provider(self, mailbox_id: int, changes: int, ailment: Ailment = Ailment.NONE) -> None:
        self.providers[mailbox_id] = ProviderNow(ailment, not ailment, 1, changes, 2, 3)

    async def opens(self) -> list[int]:
        return [one.open for one in (await self.overview.snapshot()).mailboxes]


@pytest.fixture
async def office(database: Database, clock: FakeClock) -> Office:
    def put(tx: Any) -> None:
        for name in ("support", "sales"):
            tx.mailboxes.add(replace(SUPPORT, name=name), b"sealed")

    await database.write(put)
    return Office(database, clock)


def person(role: Role = Role.STAFF, **grants: int) -> Account:
    ids = {"support": 1, "sales": 2}
    rights = {ids[name]: Right(right) for name, right in grants.items()}
    return Account(1, "anna", "Anna", role, disabled=False, grants=rights)


async def test_a_mailbox_is_counted_anew_where_it_has_changed_and_after_a_while(
    office: Office,
) -> None:
    office.provider(1, changes=1)
    office.provider(2, changes=1)
    assert await office.opens() == [0, 0]
    for mailbox_id in (1, 2):
        await put_work(office.database, "open", mailbox_id=mailbox_id)
    assert await office.opens() == [0, 0], "the same second"
    office.clock.advance(seconds=1)
    office.provider(2, changes=2)
    assert await office.opens() == [1, 0], "by name: only sales has changed"
    office.clock.advance(seconds=15)
    assert await office.opens() == [1, 1], "what time alone changes"


async def test_a_new_day_begins_at_nothing(office: Office) -> None:
    office.provider(1, changes=1)
    since = office.clock.now

    def put(tx: Any) -> None:
        facts = (7 * MINUTE_US, 0, Outcome.ANSWERED, None, "")
        tx.turns.add(1, [EndedTurn(1, since - HOUR_US, since, *facts)])
        tx.turns.add(1, [EndedTurn(1, since - HOUR_US, since, 1, 0, Outcome.FINISHED)])

    await office.database.write(put)
    seen = part_for(person(support=1), await office.overview.snapshot())
    assert (seen.answered, seen.median_us) == (1, 7 * MINUTE_US), "of office hours"
    office.clock.advance(seconds=86_400)
    seen = part_for(person(support=1), await office.overview.snapshot())
    assert (seen.answered, seen.median_us) == (0, None)


async def test_each_sees_the_sums_of_what_is_theirs(office: Office) -> None:
    office.alarms, office.log = 2, LogNow(5)
    now = office.clock.now
    await put_work(office.database, "open", waits_us=now - HOUR_US, overdue=True)
    await put_work(office.database, "hold")
    await put_work(office.database, "open", mailbox_id=2, waits_us=now - 2 * HOUR_US)

    def put(tx: Any) -> None:
        for mailbox_id, minutes in ((1, 10), (2, 30), (2, 50)):
            facts = (minutes * MINUTE_US, 0, Outcome.ANSWERED)
            tx.turns.add(mailbox_id, [EndedTurn(1, now - HOUR_US, now, *facts)])
        for number, mailbox_id in enumerate((1, 2, 2)):
            row = {"mailbox_id": mailbox_id, "message_id": f"{number}@x", "conversation_id": 1}
            tx.connection.execute(insert(thread_ids).values(**row, arrived=True, came_us=now))

    await office.database.write(put)
    snapshot = await office.overview.snapshot()
    told = {}
    for name, account in {
        "admin": person(Role.ADMIN),
        "sales": person(sales=Right.READ),
        "nothing": person(),
        "auditor": person(Role.AUDITOR, support=Right.MANAGE),
    }.items():
        seen = part_for(account, snapshot)
        told[name] = (
            [(one.mailbox.name, one.open, one.working, one.overdue) for one in seen.mailboxes],
            (seen.answered, seen.median_us, sum(seen.arrivals)),
            (seen.alarms, seen.log),
        )
    assert told == {
        "admin": (
            [("sales", 1, 0, 0), ("support", 1, 1, 1)],
            (3, 30 * MINUTE_US, 3),
            (2, LogNow(5)),
        ),
        "sales": ([("sales", 1, 0, 0)], (2, 40 * MINUTE_US, 2), (None, None)),
        "nothing": ([], (0, None, 0), (None, None)),
        "auditor": ([], (0, None, 0), (None, None)),
    }
    assert [one.oldest_us for one in snapshot.mailboxes] == [now - 2 * HOUR_US, now - HOUR_US]


async def test_a_mailbox_that_is_added_or_removed(office: Office) -> None:
    assert len(await office.opens()) == 2
    await office.database.write(lambda tx: tx.mailboxes.remove(1))
    office.clock.advance(seconds=1)
    (left,) = (await office.overview.snapshot()).mailboxes
    assert left.mailbox.name == "sales" and left.provider is None, "nobody serves it here"
