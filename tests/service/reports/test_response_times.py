"""How quickly we answer: the same as plain SQL says, and of which days."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from dataclasses import astuple, replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from proxyd.domain.errors import BadInput, NotFound
from proxyd.domain.policy import Policy
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.turns import EndedTurn, Outcome
from proxyd.domain.types import Origin
from proxyd.domain.workflow import SHIPPED
from proxyd.service.actor import Actor
from proxyd.service.reports.response_times import OUTSIDE, Grouping, ResponseTimes
from proxyd.store.database import Database
from proxyd.store.schema import turns
from proxyd.store.secrets import Keys
from tests.bench.response_times import (
    FROM_US,
    HOUR_US,
    LABELS,
    PEOPLE,
    SUPPORT,
    TO_US,
    YEAR,
    asked_plainly,
    fill,
    waiting_plainly,
)
from tests.conftest import FakeClock
from tests.service.reports.work import put_work

ADMIN = Actor("root@cli", Origin("cli"))
TOKYO = ZoneInfo("Asia/Tokyo")


def us(*moment: int, tz=TOKYO) -> int:
    return round(datetime(*moment, tzinfo=tz).timestamp()) * 1_000_000


def ended(at_us: int, hours: float = 1, office: float | None = None, **more) -> EndedTurn:
    facts = {
        "conversation": 1,
        "since_us": at_us - round(hours * HOUR_US),
        "ended_us": at_us,
        "office_us": round((hours if office is None else office) * HOUR_US),
        "goal_us": 4 * HOUR_US,
        "outcome": Outcome.ANSWERED,
        "account_id": 1,
        "name": "Person 1",
    }
    return EndedTurn(**(facts | more))


def reports(database: Database, clock: FakeClock) -> ResponseTimes:
    return ResponseTimes(database, SHIPPED, clock)


# Times that fall together, and others: of both, percentiles must be right.
TIMES = st.one_of(st.integers(0, 5).map(lambda hours: hours * HOUR_US), st.integers(0, 10**12))
TURNS = st.builds(
    lambda at_us, wall, office, goal, outcome, person, named: EndedTurn(
        1, at_us - wall, at_us, min(wall, office), goal, outcome, person or None, named * "Né (x)"
    ),
    st.integers(FROM_US - HOUR_US, TO_US + HOUR_US),
    TIMES,
    TIMES,
    st.sampled_from([0, HOUR_US, 4 * HOUR_US]),
    st.sampled_from(list(Outcome)),
    st.integers(0, PEOPLE),
    st.integers(0, 1),
)


def test_the_same_as_plain_sql(
    tmp_path: Path, new_database: Path, keys: Keys, clock: FakeClock
) -> None:
    file = shutil.copy(new_database, tmp_path / "proxyd.db")
    database = Database(file, keys=keys, clock=clock)
    with asyncio.Runner() as runner, closing(sqlite3.connect(file)) as plainly:
        runner.run(database.open())
        runner.run(fill(database, []))
        runner.run(database.write(lambda tx: tx.accounts.remove(PEOPLE)))

        def put(tx, some: list[EndedTurn]) -> None:
            tx.connection.execute(delete(turns))
            gone = [one for one in some if one.account_id == PEOPLE]
            tx.turns.add(1, [one for one in some if one not in gone])
            tx.turns.add(1, [replace(one, account_id=None) for one in gone])

        @settings(max_examples=60)
        @given(st.lists(TURNS, max_size=40))
        def compare(some: list[EndedTurn]) -> None:
            runner.run(database.write(lambda tx: put(tx, some)))
            for grouping in LABELS:
                asked = {"grouping": grouping, "since": YEAR[0], "until": YEAR[1]}
                report = runner.run(reports(database, clock).report(by=ADMIN, **asked))
                found = {label: tuple(rest) for label, *rest in asked_plainly(plainly, grouping)}
                told = report.groups if grouping else {"": report.total}
                told = told if found else {}
                assert {name: astuple(one) for name, one in told.items()} == found

        compare()
        runner.run(database.close())


async def test_days_and_hours_are_those_of_the_mailbox(
    database: Database, clock: FakeClock
) -> None:
    first = us(2026, 10, 1, 0)
    last = us(2026, 10, 31, 23, 59)
    await fill(database, [ended(first - 1), ended(first), ended(last), ended(last + 60_000_000)])
    asked = {"since": date(2026, 10, 1), "until": date(2026, 10, 31)}
    report = await reports(database, clock).report(by=ADMIN, grouping=Grouping.HOUR, **asked)
    assert report.total.answered == 2 and report.zone == "Asia/Tokyo"
    assert list(report.groups) == ["22:00", "23:00"], "the hour in which it came"
    weeks = await reports(database, clock).report(by=ADMIN, grouping=Grouping.WEEK, **asked)
    assert list(weeks.groups) == ["2026-W40", "2026-W44"]


async def test_of_mailboxes_in_two_zones_each_has_its_own_hours(
    database: Database, clock: FakeClock
) -> None:
    noon = us(2026, 7, 1, 12, tz=UTC)
    await fill(database, [ended(noon, 0)])

    def another(tx) -> None:
        berlin = replace(SUPPORT, name="berlin", policy=Policy(zone="Europe/Berlin"))
        tx.turns.add(tx.mailboxes.add(berlin, b"sealed").id, [ended(noon, 0)])

    await database.write(another)
    clock.now = noon
    both = await reports(database, clock).report(by=ADMIN, grouping=Grouping.HOUR)
    assert list(both.groups) == ["14:00", "21:00"] and both.zone == ""
    one = await reports(database, clock).report(by=ADMIN, mailbox="berlin")
    assert one.total.answered == 1 and one.zone == "Europe/Berlin"


async def test_twelve_weeks_where_nothing_is_said(database: Database, clock: FakeClock) -> None:
    clock.now = us(2026, 11, 29, 10)
    await fill(database, [ended(us(2026, 9, 5, 23)), ended(us(2026, 9, 6, 0)), ended(clock.now)])
    report = await reports(database, clock).report(by=ADMIN)
    assert (report.period.since, report.period.until) == (date(2026, 9, 6), date(2026, 11, 29))
    assert report.total.answered == 2
    upto = await reports(database, clock).report(by=ADMIN, until=date(2026, 9, 5))
    assert (upto.period.since, upto.total.answered) == (date(2026, 6, 13), 1)


async def test_who_is_gone_keeps_the_name_and_who_was_never_here_is_outside(
    database: Database, clock: FakeClock
) -> None:
    clock.now = us(2026, 11, 29, 10)
    webmail = ended(clock.now, account_id=None, name="")
    await fill(database, [ended(clock.now), ended(clock.now, account_id=2, name="佐藤"), webmail])
    await database.write(lambda tx: tx.accounts.remove(2))
    report = await reports(database, clock).report(by=ADMIN, grouping=Grouping.PERSON)
    assert list(report.groups) == ["person1", "佐藤 (removed)", OUTSIDE]


async def test_the_goal_is_of_office_time_and_four_hours_are_on_the_wall(
    database: Database, clock: FakeClock
) -> None:
    clock.now = us(2026, 11, 29, 10)
    over_a_night = ended(clock.now, hours=16, office=1)
    late = ended(clock.now, hours=5, office=5)
    without_goal = ended(clock.now, hours=4, office=4, goal_us=0)
    call = ended(clock.now, outcome=Outcome.FINISHED)
    await fill(database, [over_a_night, late, without_goal, call])
    total = (await reports(database, clock).report(by=ADMIN)).total
    assert (total.answered, total.finished) == (3, 1)
    assert (total.within_goal, total.with_goal, total.within_4h) == (1, 2, 1)
    assert (total.median_us, total.median_office_us) == (5 * HOUR_US, 4 * HOUR_US)


async def test_who_waits_now(database: Database, clock: FakeClock, tmp_path: Path) -> None:
    await fill(database, [])
    await put_work(database, "open", waits_us=1, overdue=True)
    await put_work(database, "checking", waits_us=1)
    await put_work(database, "open")
    await put_work(database, "open", waits_us=1, mails=False)
    report = await reports(database, clock).report(by=ADMIN)
    assert (report.waiting, report.overdue) == (2, 1)
    with closing(sqlite3.connect(tmp_path / "proxyd.db")) as plainly:
        assert waiting_plainly(plainly) == (2, 1)
    assert report.total.answered == 0 and report.total.median_us is None


async def test_what_can_not_be_asked(database: Database, clock: FakeClock) -> None:
    clock.now = us(2026, 11, 29, 10)
    await fill(database, [])
    ask = reports(database, clock).report
    with pytest.raises(NotFound):
        await ask(by=ADMIN, mailbox="other")
    for days in (
        {"since": date(2026, 11, 2), "until": date(2026, 11, 1)},
        {"since": date(2026, 11, 30)},
    ):
        with pytest.raises(BadInput) as wrong:
            await ask(by=ADMIN, **days)
        assert wrong.value.what == "--since"
    one_day = date(2026, 11, 1)
    await ask(by=ADMIN, since=one_day, until=one_day, grouping=Grouping.WEEK)
    asked = await database.read(lambda tx: tx.log.search(LogQuery(action="audit")))
    assert asked[0].record.detail == {"did": "response-times", "mailbox": "other"}
    assert asked[-1].record.detail == {
        "did": "response-times",
        "grouped": "week",
        "since": "2026-11-01",
        "until": "2026-11-01",
    }
