"""Reports on a page and as a file: the same numbers, for who may see them."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import UTC, date
from urllib.parse import unquote

import pytest
from sqlalchemy import insert

from admin.web.reports.shown import HEADS, LEAST, NOTHING, person_lines, times_line
from proxyd.domain.response_times import summary_of
from proxyd.domain.turns import EndedTurn, Outcome, TurnTimes
from proxyd.domain.types import Account, Right, Role
from proxyd.service.reports.load import Absence, Load, LoadReport, PersonLoad
from proxyd.service.reports.period_report import PeriodReport
from proxyd.service.reports.response_times import OUTSIDE, Period
from proxyd.store.schema import thread_ids
from tests.admin.web.conftest import BY
from tests.service.reports.work import put_work

MINUTE_US = 60_000_000


@pytest.fixture
async def worked(company):
    """Six answers of Anna's today, one of Ben's, three mails that came."""
    now = company.clock.now
    anna, ben = [await company.account(login) for login in ("anna", "ben")]
    await put_work(company.database, "open", assignee_id=anna.id, waits_us=1, overdue=True)

    def put(tx):
        for person, minutes in ((anna, (10, 20, 30, 40, 50, 400)), (ben, (5,))):
            for each in minutes:
                us = each * MINUTE_US
                facts = (us, 240 * MINUTE_US, Outcome.ANSWERED, person.id, person.name)
                tx.turns.add(1, [EndedTurn(1, now - us, now, *facts)])
        for number in range(3):
            row = {"mailbox_id": 1, "message_id": f"{number}@x", "conversation_id": 1}
            tx.connection.execute(insert(thread_ids).values(**row, arrived=True, came_us=now))

    await company.database.write(put)
    return company


@pytest.fixture
async def ada(worked):
    browser = worked.browser()
    await browser.sign_in("ada")
    return browser


def tables(page: str) -> list[list[list[str]]]:
    """Cells of rows of tables, in words."""
    return [
        [cells(row) for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)]
        for table in re.findall(r"<table.*?</table>", page, re.DOTALL)
    ]


def cells(row: str) -> list[str]:
    found = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in found]


def in_file(answer) -> list[dict[str, str]]:
    text = answer.content.decode("utf-8")
    assert text.startswith("\ufeff"), "else Excel reads it in another character set"
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


async def test_page_and_file_say_the_same(ada, worked):
    page = (await ada.get("/reports")).text
    weeks, hours, people = tables(page)
    total = weeks[-1]
    assert total[:5] == ["All", "7", "30 min", "3 h 10 min", "86 %"]
    assert [row[1] for row in hours[1:] if row[1] != "0"] == ["3"]
    by_login = {row[0]: row[1:] for row in people[1:]}
    assert by_login["anna"][0] == "1" and by_login["anna"][3:] == ["6", "35 min", "83 %"]
    assert by_login["ben"][3:] == ["1", "5 min", NOTHING], "of one case there is no percentage"
    rows = in_file(await ada.get("/reports.csv"))
    assert list(rows[0]) == list(HEADS)
    (last,) = [row for row in rows if row["of"] == "total"]
    assert (last["answered"], last["median_office_minutes"]) == ("7", "30.0")
    assert (last["within_goal_percent"], last["arrived"], last["not_done_now"]) == (
        "85.71", "3", "1",
    )  # fmt: skip
    persons = {row["name"]: row for row in rows if row["of"] == "person"}
    assert persons["ben"]["within_goal_percent"] == "" and persons["anna"]["answered"] == "6"
    assert sum(int(row["arrived"]) for row in rows if row["of"] == "hour") == 3
    asked = [one.detail for one in await worked.records(action="audit")]
    assert asked == [{"did": "reports"}, {"did": "reports"}], "each asking is a record"


async def test_the_file_is_kept_and_not_shown(ada):
    answer = await ada.get("/reports.csv?mailbox=support&from=2026-10-01&to=2026-10-31")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    disposition = unquote(answer.headers["content-disposition"])
    assert disposition == ("attachment; filename*=UTF-8''proxyd-support-2026-10-01-2026-10-31.csv")
    assert answer.headers["cache-control"] == "no-store"


async def test_a_period_and_those_beside_it(ada):
    page = (await ada.get("/reports?mailbox=support&from=2026-10-01&to=2026-10-07")).text
    links = [html.unescape(one) for one in re.findall(r'<a href="(/reports[^"]*)" data-key', page)]
    assert links == [
        "/reports?mailbox=support&from=2026-09-24&to=2026-09-30",
        "/reports?mailbox=support&from=2026-10-08&to=2026-10-14",
        "/reports.csv?mailbox=support&from=2026-10-01&to=2026-10-07",
    ]
    assert "There is nothing to count" not in page, "there is work now"
    assert 'value="2026-10-01"' in page and 'value="2026-10-07"' in page


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("from=yesterday", "Write a day as 2026-10-31"),
        ("to=9999-12-31", "Write a day as 2026-10-31"),
        ("from=2026-10-02&to=2026-10-01", "The period ends before it begins"),
    ],
)
async def test_what_is_no_period_is_said_at_its_field(ada, query, problem):
    page = await ada.get(f"/reports?{query}")
    assert page.status_code == 422 and ada.problems() == [problem]


async def test_for_who_manages_and_nobody_else(worked):
    anna = worked.browser()
    page = (await anna.sign_in("anna")).text
    assert 'href="/reports"' not in page
    for path in ("/reports", "/reports.csv", "/reports?mailbox=support"):
        assert (await anna.get(path)).status_code == 404
    await worked.services.people.grant("anna", "support", Right.MANAGE, by=BY)
    page = (await anna.get("/")).text
    assert 'href="/reports"' in page
    assert (await anna.get("/reports?mailbox=support")).status_code == 200
    assert (await anna.get("/reports?mailbox=sales")).status_code == 404
    otto = worked.browser()
    await otto.sign_in("otto")
    assert (await otto.get("/reports")).status_code == 404


async def test_nothing_yet(company):
    ada = company.browser()
    await ada.sign_in("ada")
    page = (await ada.get("/reports")).text
    assert "There is nothing to count in this period" in page and "0 days so far" in page
    await company.database.write(lambda tx: tx.mailboxes.remove(1))
    assert "No mailbox yet." in (await ada.get("/reports")).text


async def test_a_long_report_is_no_more_than_thirty_kilobytes(ada, worked):
    def put(tx):
        for week in range(53):
            at = worked.clock.now - week * 7 * 86_400_000_000
            facts = (MINUTE_US, 1, Outcome.ANSWERED, 1, "Anna")
            tx.turns.add(1, [EndedTurn(1, at - MINUTE_US, at, *facts)])

    await worked.database.write(put)
    page = await ada.get("/reports?from=2024-06-01&to=2026-12-31")
    assert len(tables(page.text)[0]) > 53 and len(page.content) <= 30 * 1024


# ------------------------------------------------------------------ pure


def turn(minutes: int, goal: int = 0, outcome: str = Outcome.ANSWERED) -> TurnTimes:
    us = minutes * MINUTE_US
    return TurnTimes(1, 1, "", outcome, 0, us, us, goal * MINUTE_US)


@pytest.mark.parametrize(("cases", "shown"), [(LEAST - 1, NOTHING), (LEAST, "100%")])
def test_of_few_cases_there_is_no_percentage(cases, shown):
    line = times_line("ja", "W1", summary_of([turn(1, goal=5)] * cases))
    assert (line.within, line.within_4h) == (shown, shown)


NOBODYS = Load({}, 0, 0, None, 0)


def report(people, load) -> PeriodReport:
    day = date(2026, 10, 1)
    return PeriodReport(
        (), None, "", Period(day, day, UTC), [0] * 24, {}, people, summary_of([]),
        LoadReport(load, NOBODYS), 0, 0, 0, None,
    )  # fmt: skip


def test_people_by_login_with_who_is_gone_and_what_is_nobody_s_at_the_end():
    zoe, amy = (
        Account(number, login, login.title(), Role.STAFF, disabled=False, grants={})
        for number, login in enumerate(("zoe", "amy"))
    )
    load = [
        PersonLoad(zoe, Absence.AWAY, Load({"open": 4}, 1, 1, 1, 0)),
        PersonLoad(amy, Absence.NONE, NOBODYS),
        PersonLoad(None, Absence.NONE, Load({"open": 2}, 0, 0, None, 0)),
    ]
    answered = {name: summary_of([turn(3)]) for name in ("zoe", "Old Name (removed)", OUTSIDE)}
    lines = person_lines("en", report(answered, load))
    assert [(one.name, one.now, one.answered, one.share, one.absence) for one in lines] == [
        ("Old Name (removed)", 0, 1, 0, ""),
        ("amy", 0, 0, 0, ""),
        ("zoe", 4, 1, 100, "away"),
        ("nobody's", 2, 0, 50, ""),
        ("outside proxyd", 0, 1, 0, ""),
    ]


async def test_no_cell_is_a_formula(ada, worked):
    """Of a person who was removed, the name as it was."""
    at = worked.clock.now

    def put(tx):
        facts = (1, 0, Outcome.ANSWERED, None, "=HYPERLINK(1)")
        tx.turns.add(1, [EndedTurn(1, at - 1, at, *facts)])

    await worked.database.write(put)
    names = [row["name"] for row in in_file(await ada.get("/reports.csv"))]
    assert "'=HYPERLINK(1) (removed)" in names
