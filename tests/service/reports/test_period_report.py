"""All of a period on one page: for whom, and that it is what the single reports say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from proxyd.domain.errors import BadInput, NotFound
from proxyd.domain.policy import Policy
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.turns import EndedTurn, Outcome
from proxyd.domain.types import Account, Origin, Right, Role
from proxyd.domain.workflow import SHIPPED
from proxyd.service.actor import Actor
from proxyd.service.reports.load import Loads
from proxyd.service.reports.period_report import PeriodReport, PeriodReports
from proxyd.service.reports.response_times import Grouping, ResponseTimes
from proxyd.store.database import Database
from tests.bench.response_times import SUPPORT
from tests.conftest import FakeClock
from tests.service.reports.work import put_work

BY = Actor("mara", Origin("web"))
HOUR_US = 3_600_000_000


@pytest.fixture
async def office(database: Database, clock: FakeClock) -> Database:
    def put(tx: Any) -> None:
        for name, goal in (("support", 240), ("sales", 60)):
            policy = Policy(zone="Asia/Tokyo", reply_goal_min=goal)
            tx.mailboxes.add(replace(SUPPORT, name=name, policy=policy), b"sealed")
        tx.accounts.add("anna", "Anna", "staff", "hash")
        tx.accounts.grant(1, 1, Right.RESPOND)
        for mailbox_id, hours in ((1, 2), (1, 4), (2, 9)):
            at = clock.now
            turn = EndedTurn(1, at - hours * HOUR_US, at, hours * HOUR_US, HOUR_US, *WHO)
            tx.turns.add(mailbox_id, [turn])

    await database.write(put)
    await put_work(database, "open", waits_us=5)
    await put_work(database, "open", mailbox_id=2, waits_us=5, overdue=True)
    return database


WHO = (Outcome.ANSWERED, 1, "Anna")


def person(role: Role = Role.STAFF, **grants: Right) -> Account:
    ids = {"support": 1, "sales": 2}
    return Account(
        9, "mara", "Mara", role, disabled=False, grants={ids[n]: r for n, r in grants.items()}
    )


async def asked(
    database: Database, clock: FakeClock, account: Account, **asks: Any
) -> PeriodReport:
    return await PeriodReports(database, SHIPPED, clock).of(account, by=BY, **asks)


async def test_it_says_what_the_single_reports_say(office: Database, clock: FakeClock) -> None:
    report = await asked(office, clock, person(support=Right.MANAGE), mailbox="support")
    times = ResponseTimes(office, SHIPPED, clock)
    for grouping, groups in ((Grouping.WEEK, report.weeks), (Grouping.PERSON, report.people)):
        single = await times.report(by=BY, mailbox="support", grouping=grouping)
        assert single.groups == groups and single.total == report.total
        assert (single.period, single.zone) == (report.period, report.zone) != (None, "")
    assert report.load == await Loads(office, SHIPPED, clock).report(by=BY, mailbox="support")
    assert (report.total.answered, report.waiting, report.overdue) == (2, 1, 0)
    assert report.goal_min == 240 and len(report.arrivals) == 24


@pytest.mark.parametrize(
    ("account", "mailbox", "answered"),
    [
        (person(Role.ADMIN), None, 3),
        (person(Role.ADMIN), "sales", 1),
        (person(support=Right.MANAGE), None, 2),
        (person(support=Right.MANAGE, sales=Right.RESPOND), None, 2),
        (person(support=Right.MANAGE, sales=Right.MANAGE), None, 3),
        (person(support=Right.MANAGE), "sales", None),
        (person(support=Right.RESPOND_WITH_APPROVAL), "support", None),
        (person(support=Right.RESPOND_WITH_APPROVAL), None, None),
        (person(), None, None),
        (person(Role.AUDITOR, support=Right.MANAGE), "support", None),
        (person(Role.ADMIN), "nonsense", None),
    ],
)
async def test_for_an_admin_and_for_who_manages_it(
    office: Database, clock: FakeClock, account: Account, mailbox: str | None, answered: int | None
) -> None:
    """And each question is a record before it is answered, also in vain."""
    if answered is None:
        with pytest.raises(NotFound):
            await asked(office, clock, account, mailbox=mailbox)
    else:
        report = await asked(office, clock, account, mailbox=mailbox)
        assert report.total.answered == answered
    records = await office.read(lambda tx: tx.log.search(LogQuery(action="audit")))
    named = {} if mailbox is None else {"mailbox": mailbox}
    assert [one.record.detail for one in records] == [{"did": "reports", **named}]


async def test_of_mailboxes_with_different_goals_there_is_none(
    office: Database, clock: FakeClock
) -> None:
    report = await asked(office, clock, person(Role.ADMIN))
    assert report.goal_min == 0 and report.mailbox is None
    assert [one.name for one in report.mailboxes] == ["sales", "support"]


async def test_a_period_that_ends_before_it_begins(office: Database, clock: FakeClock) -> None:
    days = {"since": date(2026, 10, 2), "until": date(2026, 10, 1)}
    with pytest.raises(BadInput):
        await asked(office, clock, person(Role.ADMIN), **days)


async def test_an_admin_without_a_mailbox_has_an_empty_one(
    database: Database, clock: FakeClock
) -> None:
    report = await asked(database, clock, person(Role.ADMIN))
    assert report.mailboxes == [] and report.total.answered == 0 and report.since_us is None
