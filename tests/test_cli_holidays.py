"""``proxyd mailbox holidays`` and the policy's office hours as they are typed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from tests.test_cli import Command, added, proxyd  # noqa: F401 - a fixture

ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261229
DTEND;VALUE=DATE:20270104
SUMMARY:年末年始休業
END:VEVENT
BEGIN:VEVENT
DTSTART:20261221T180000
SUMMARY:忘年会
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def typed(proxyd: Command) -> Command:  # noqa: F811
    added(proxyd, "--zone", "Asia/Tokyo")
    return proxyd


def own(typed: Command, year: str = "2026") -> list[str]:
    said = typed("mailbox", "holidays", "support", "--year", year, "--json")
    return [row["day"] for row in json.loads(said.out) if row["of"] == "own"]


def test_of_a_country_and_of_a_file(typed: Command, tmp_path: Path) -> None:
    shown = typed("mailbox", "holidays", "support", "--year", "2026")
    assert shown.code == 0
    assert "2026-05-06  Wed" in shown.out and "元日" in shown.out and "JP" in shown.out
    (tmp_path / "days.ics").write_text(ICS, encoding="cp932")
    said = typed("mailbox", "holidays", "support", "days.ics")
    assert said.out == ("support has 6 closed days of its own, from 2026-12-29 to 2027-01-03.\n"), (
        said
    )
    assert said.err == "Passed over: the event '忘年会' is at a time of day\n"
    assert own(typed) == ["2026-12-29", "2026-12-30", "2026-12-31"]
    assert own(typed, "2027") == ["2027-01-01", "2027-01-02", "2027-01-03"]
    rows = json.loads(typed("mailbox", "holidays", "support", "--year", "2027", "--json").out)
    assert rows[0] == {"day": "2027-01-01", "weekday": "Fri", "name": "元日", "of": "JP"} or rows[
        0
    ] == {"day": "2027-01-01", "weekday": "Fri", "name": "年末年始休業", "of": "own"}
    found = typed("audit", "search", "--action", "admin", "--json").out
    assert '"mailbox holidays"' in found
    (tmp_path / "days.txt").write_text("# ours\n2026-05-01 May day\n")
    assert typed("mailbox", "holidays", "support", "days.txt").code == 0
    assert own(typed) == ["2026-05-01"]
    assert typed("mailbox", "holidays", "support", "--clear").out == (
        "support has no closed days of its own any more.\n"
    )
    assert own(typed) == []


def test_of_this_year_where_none_is_given(typed: Command) -> None:
    days = [row["day"] for row in json.loads(typed("mailbox", "holidays", "support", "--json").out)]
    assert days and {day[:4] for day in days} <= {str(date.today().year + n) for n in (0, 1)}


def test_a_broken_file_changes_nothing(typed: Command, tmp_path: Path) -> None:
    (tmp_path / "good").write_text("2026-05-01 May day\n")
    typed("mailbox", "holidays", "support", "good")
    (tmp_path / "bad").write_text("2026-05-02 x\nMay day\n")
    (tmp_path / "never").write_text("2026-01-01..2039-01-01 gone\n")
    for arguments, told in (
        (("bad",), "bad, line 2: 'May day' begins with no date; write a line such as"),
        (("missing",), "missing: it can't be read (No such file or directory); write the path"),
        ((".",), "it can't be read"),
        (("never",), "the office would be closed for the next 800 days; leave days"),
        (("good", "--clear"), "both FILE and --clear are given; give one of them"),
        (("--year", "0"), "year"),
    ):
        said = typed("mailbox", "holidays", "support", *arguments)
        assert said.code == 2 and told in said.err, said
    assert own(typed) == ["2026-05-01"]
    assert "did you mean support?" in typed("mailbox", "holidays", "suport").err


def test_office_hours_are_chosen(typed: Command) -> None:
    words = "mon-fri 9:00-12:00,13:00-18:00; Sat 10:00-14:00"
    assert typed("mailbox", "policy", "support", f"office-hours={words}").code == 0
    now = json.loads(typed("mailbox", "policy", "support", "--json").out)
    assert now["office-hours"] == "Mon-Fri 09:00-12:00, 13:00-18:00; Sat 10:00-14:00"


@pytest.mark.parametrize(
    ("choice", "remedy"),
    [
        ("office-hours=9-5", "write hours such as Mon-Fri 09:00-12:00"),
        ("office-hours=", "nobody would ever be there"),
        ("office-hours=Mon 09:00-12:00, 11:00-13:00", "the hours of Mon overlap"),
        ("holidays=Japan", "did you mean JP?"),
        ("holidays=de-by", "did you mean DE-BY?"),
        ("holidays=XX", "write auto, none, or a country such as JP or DE-BY"),
        ("reply-goal=soon", "write a time such as 4h or 90m, or off"),
    ],
)
def test_what_is_no_good_is_told_with_what_to_write(
    typed: Command, choice: str, remedy: str
) -> None:
    said = typed("mailbox", "policy", "support", choice)
    assert said.code == 2 and remedy in said.err, said
    assert json.loads(typed("mailbox", "policy", "support", "--json").out)["holidays"] == "auto"
