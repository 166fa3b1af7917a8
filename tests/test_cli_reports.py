"""``proxyd report`` as it is typed: tables, CSV and JSON, and what can't be asked."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from proxyd.commands.installation import now_us, opened, settings_of
from proxyd.commands.times import local_time
from proxyd.domain.turns import EndedTurn, Outcome
from proxyd.store.database import Database
from tests.service.reports.work import put_work
from tests.test_cli import Command, Said, added, proxyd  # noqa: F401 - a fixture

MINUTE_US = 60_000_000


def put(tmp_path: Path, work: Callable[[Database], object]) -> None:
    async def run() -> None:
        async with opened(settings_of(tmp_path / "proxyd.toml")) as at:
            await work(at.store)  # type: ignore[misc]

    asyncio.run(run())


def answered(minutes: int, name: str = "Anna Sato", account_id: int | None = 1) -> EndedTurn:
    now = now_us()
    wall = minutes * MINUTE_US
    return EndedTurn(
        7, now - wall, now, wall // 2, 240 * MINUTE_US, Outcome.ANSWERED, account_id, name
    )


@pytest.fixture
def office(proxyd: Command, tmp_path: Path) -> Command:  # noqa: F811
    """Anna has answered three mails, somebody in webmail one; one was finished."""
    added(proxyd, "--zone", "Asia/Tokyo")
    proxyd("user", "add", "anna", "--name", "Anna Sato", "--grant", "support:respond")
    proxyd("user", "add", "ben", "--name", "=1+1", "--grant", "support:respond")
    now = now_us()
    ended = [
        *(answered(minutes) for minutes in (10, 56, 301)),
        answered(2, "", None),
        EndedTurn(8, now - 1, now, 1, 0, Outcome.FINISHED, None, "=2+2"),
    ]
    put(tmp_path, lambda store: store.write(lambda tx: tx.turns.add(1, ended)))
    return proxyd


def test_a_table(office: Command) -> None:
    lines = office("report", "response-times", "--by", "person").out.splitlines()
    assert lines[0].startswith("PERSON") and lines[0].endswith("NOT ANSWERED")
    assert [line.split("  ")[0] for line in lines[1:5]] == [
        "=2+2 (removed)",
        "anna",
        "(outside proxyd)",
        "(all)",
    ]
    anna = " ".join(lines[2].split())
    assert anna == "anna 3 56 min 4 h 12 min 28 min 2 h 06 min 100.00 % 66.67 % 0"
    assert " - " in lines[1], "nothing answered has no median"
    assert lines[5].endswith("Asia/Tokyo. Waiting now: 0, of them overdue: 0.")


def test_the_whole_in_one_line(office: Command, tmp_path: Path) -> None:
    put(tmp_path, lambda store: put_work(store, "open", waits_us=1, overdue=True))
    _, whole, beside = office("report", "response-times").out.splitlines()
    assert whole.split()[:2] == ["(all)", "4"]
    assert beside.endswith("Waiting now: 1, of them overdue: 1.")


def test_csv_for_a_spreadsheet(office: Command) -> None:
    said = office("report", "response-times", "--by", "person", "--format", "csv")
    assert said.out.startswith("\ufeffgroup,answered,median_minutes,")
    assert "Waiting now: 0" in said.err
    rows = list(csv.DictReader(io.StringIO(said.out.removeprefix("\ufeff"))))
    assert [row["group"] for row in rows] == [
        "'=2+2 (removed)",
        "anna",
        "(outside proxyd)",
        "(all)",
    ]
    assert (rows[0]["median_minutes"], rows[0]["finished"]) == ("", "1")
    assert (rows[1]["p90_minutes"], rows[1]["within_4h_percent"]) == ("252.0", "66.67")


def test_json_and_its_shape(office: Command) -> None:
    told = json.loads(office("report", "response-times", "--by", "hour", "--json").out)
    assert told["by"] == "hour" and told["zone"] == "Asia/Tokyo"
    assert (told["waiting"], told["overdue"]) == (0, 0)
    assert sum(group["answered"] for group in told["groups"]) == 4 == told["total"]["answered"]
    assert told["total"] == {
        "group": "(all)",
        "answered": 4,
        "median_minutes": 33.0,
        "p90_minutes": 227.5,
        "median_office_minutes": 16.5,
        "p90_office_minutes": 113.8,
        "within_goal_percent": 100.0,
        "within_4h_percent": 75.0,
        "finished": 1,
    }


def test_nothing_is_a_sentence(proxyd: Command) -> None:  # noqa: F811
    added(proxyd, "--zone", "Asia/Tokyo")
    days = ("--since", "2026-10-01", "--until", "2026-10-31")
    said = proxyd("report", "response-times", "--by", "week", *days)
    assert said == Said(
        0,
        "From 2026-10-01 to 2026-10-31, Asia/Tokyo: nothing was answered or finished. "
        "Waiting now: 0, of them overdue: 0.\n",
        "",
    )
    told = proxyd("report", "response-times", "--by", "week", "--format", "csv", *days)
    assert told.out.splitlines()[1:] == ["(all),0,,,,,,,0"]
    assert "nothing was answered" in told.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--since", "yesterday"), "--since: 'yesterday' is not a day; write it as 2026-10-31"),
        (("--until", "2026-02-30"), "--until: '2026-02-30' is not a day; write it as 2026-10-31"),
        (("--since", "0001-01-01"), "--since: '0001-01-01' is too far away; write a day of this"),
        (("--until", "9999-12-31"), "--until: '9999-12-31' is too far away; write a day of this"),
        (("--since", "9000-01-01"), "--since: 9000-01-01 is after today; today is 2"),
        (
            ("--since", "2026-10-02", "--until", "2026-10-01"),
            "--since: 2026-10-02 is after 2026-10-01; exchange them",
        ),
        (("--mailbox", "suport"), "there is no mailbox 'suport'; did you mean support?"),
    ],
)
def test_what_can_not_be_asked(
    proxyd: Command,  # noqa: F811
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    added(proxyd)
    said = proxyd("report", "response-times", *arguments)
    assert (said.code, said.out) == (2, "") and said.err.startswith(sentence), said


@pytest.mark.parametrize("zone", ["", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati"])
def test_the_first_and_the_last_day_that_can_be_written(
    proxyd: Command,  # noqa: F811
    zone: str,
) -> None:
    added(proxyd, "--zone", zone)
    said = proxyd("report", "response-times", "--since", "1970-01-01", "--until", "9998-12-31")
    assert said.code == 0 and said.out.startswith("From 1970-01-01 to 9998-12-31, "), said
    assert proxyd("report", "response-times", "--until", "1970-01-01").code == 0


def test_load(office: Command, tmp_path: Path) -> None:
    put(tmp_path, lambda store: put_work(store, "open", assignee_id=1, waits_us=1, overdue=True))
    put(tmp_path, lambda store: put_work(store, "hold", assignee_id=1, until_us=1))
    put(tmp_path, lambda store: put_work(store, "former"))
    office("user", "away", "ben", "--until", "9999-01-01")
    said = office("report", "load")
    assert " ".join(said.out.splitlines()[0].split()) == (
        "PERSON NAME NOT DONE OPEN CHECKING HOLD FORMER BACK BY DATE WAITING OVERDUE OLDEST"
    )
    told = json.loads(office("report", "load", "--mailbox", "support", "--json").out)
    anna, ben, nobody = told["people"]
    assert anna == {
        "person": "anna",
        "name": "Anna Sato",
        "absence": "",
        "conversations": 2,
        "status_open": 1,
        "status_checking": 0,
        "status_hold": 1,
        "status_former": 0,
        "returning": 1,
        "waiting": 1,
        "overdue": 1,
        "oldest": local_time(1),
    }
    assert (ben["conversations"], ben["oldest"]) == (0, None)
    assert ben["absence"].startswith("away until 9999-01-01 00:00:00")
    assert (nobody["person"], nobody["status_former"]) == ("(nobody)", 1)
    assert told["total"]["person"] == "(all)" and told["total"]["conversations"] == 3
    said = office("report", "load", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out.removeprefix("\ufeff"))))
    assert [row["person"] for row in rows] == ["anna", "ben", "(nobody)", "(all)"]
    assert rows[1]["name"] == "'=1+1" and list(rows[0]) == list(told["total"])
    assert office("report", "load", "--mailbox", "suport").code == 2


def test_asking_is_recorded(office: Command) -> None:
    office("report", "response-times", "--mailbox", "support", "--since", "2026-10-01")
    office("report", "load")
    found = office("audit", "search", "--action", "audit", "--json").out.splitlines()
    assert [json.loads(one)["detail"] for one in found[:2]] == [
        {"did": "response-times", "mailbox": "support", "since": "2026-10-01"},
        {"did": "load"},
    ]
