"""Until when: which day is meant, and when the office opens on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.hold_until import MOST_DAYS, day_meant, until
from proxyd.domain.office_hours import OfficeHours
from proxyd.domain.weekly_hours import parse

TOKYO = ZoneInfo("Asia/Tokyo")
OFFICE = OfficeHours(parse("Mon-Fri 09:00-18:00"), TOKYO)
THURSDAY = date(2026, 3, 5)


def at(day: date, hour: int = 12, tz: ZoneInfo = TOKYO) -> int:
    local = datetime(day.year, day.month, day.day, hour, tzinfo=tz)
    return round(local.timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("tomorrow", date(2026, 3, 6)),
        ("明日", date(2026, 3, 6)),
        ("Friday", date(2026, 3, 6)),
        ("mon", date(2026, 3, 9)),
        ("月曜日", date(2026, 3, 9)),
        ("月曜", date(2026, 3, 9)),
        ("月", date(2026, 3, 9)),
        ("Thursday", date(2026, 3, 12)),  # today is meant by nobody
        ("1d", date(2026, 3, 6)),
        ("３ｄ", date(2026, 3, 8)),
        ("2w", date(2026, 3, 19)),
        (" 2026-12-24 ", date(2026, 12, 24)),
    ],
)
def test_a_word_means_a_day_after_today(word: str, day: date) -> None:
    assert day_meant(word)(THURSDAY) == day


def test_it_comes_back_when_the_office_opens() -> None:
    assert until("tomorrow", at(THURSDAY), OFFICE) == at(date(2026, 3, 6), 9)
    assert until("saturday", at(THURSDAY), OFFICE) == at(date(2026, 3, 9), 9)
    holiday = OfficeHours(OFFICE.weekly, TOKYO, lambda day: day == date(2026, 3, 9))
    assert until("monday", at(THURSDAY), holiday) == at(date(2026, 3, 10), 9)


def test_today_is_the_offices() -> None:
    late = at(THURSDAY, 23, ZoneInfo("UTC"))  # Friday in Tokyo
    assert until("tomorrow", late, OFFICE) == at(date(2026, 3, 9), 9)


def test_an_office_that_never_opens_has_the_days_beginning() -> None:
    never = OfficeHours(OFFICE.weekly, TOKYO, lambda _: True)
    assert until("2d", at(THURSDAY), never) == at(date(2026, 3, 7), 0)


def test_a_day_without_closing_begins_at_midnight() -> None:
    always = OfficeHours(parse("always"), ZoneInfo("Europe/Berlin"))
    now = at(date(2026, 3, 28), 12, ZoneInfo("Europe/Berlin"))  # the clocks change in that night
    assert until("2d", now, always) == at(date(2026, 3, 30), 0, ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    "word",
    ["", "soon", "0d", "-1d", "3", "d", "9999d", "731d", "2026-02-30", "2026-03-05", "2020-01-01",
     "20261224", "9999-12-31", "today", "3 d ays"],
)  # fmt: skip
def test_nonsense_is_refused_with_what_may_be_written(word: str) -> None:
    with pytest.raises(ValueError, match="write tomorrow, a weekday, 3d, 2w or a date"):
        until(word, at(THURSDAY), OFFICE)


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{1,4}[dw]", fullmatch=True))
def test_it_is_ahead_or_refused(word: str) -> None:
    now = at(THURSDAY)
    try:
        found = until(word, now, OFFICE)
    except ValueError:
        return
    day = datetime.fromtimestamp(found / 1e6, UTC).astimezone(TOKYO).date()
    assert THURSDAY < day <= THURSDAY + timedelta(MOST_DAYS + 4)
    assert found == OFFICE.opening_us(found)
