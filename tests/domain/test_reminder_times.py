"""When a reminder is to be there: by the clock on the wall, on days on which the office opens."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from proxyd.domain.office_hours import OfficeHours
from proxyd.domain.reminder_times import ReminderTimes, closing_us, last_us, next_us, parse
from proxyd.domain.weekly_hours import parse as hours

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
HOLIDAY = date(2026, 11, 23)
WEEK = OfficeHours(hours("Mon-Fri 09:00-12:00, 13:00-18:00"), TOKYO, lambda day: day == HOLIDAY)
NIGHT = OfficeHours(hours("Mon-Fri 22:00-06:00"), TOKYO)
ALWAYS = OfficeHours(hours("always"), TOKYO, lambda day: day == HOLIDAY)


def us(text: str, tz: ZoneInfo = TOKYO) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=tz).timestamp() * 1_000_000)


def shown(at_us: int | None, tz: ZoneInfo = TOKYO) -> str:
    return f"{datetime.fromtimestamp(at_us / 1_000_000, tz):%d %H:%M}" if at_us else ""


# November 2026: the 20th is a Friday, the 23rd a holiday.
LAST = [
    ("opening", WEEK, "2026-11-20 09:00", "20 09:00"),
    ("opening", WEEK, "2026-11-20 08:59", ""),  # that of Thursday is over
    ("opening", WEEK, "2026-11-20 12:30", "20 09:00"),  # a break at noon is no closing
    ("opening", WEEK, "2026-11-20 17:59", "20 09:00"),
    ("opening", WEEK, "2026-11-20 18:00", ""),
    ("opening", WEEK, "2026-11-21 09:00", ""),  # Saturday
    ("opening", WEEK, "2026-11-23 09:00", ""),  # the holiday
    ("opening", WEEK, "2026-11-24 09:30", "24 09:00"),
    ("closing", WEEK, "2026-11-20 18:00", "20 18:00"),
    ("closing", WEEK, "2026-11-24 10:00", "20 18:00"),  # proxyd was down on Friday evening
    ("closing", WEEK, "2026-11-24 17:59", "20 18:00"),
    ("07:00", WEEK, "2026-11-20 09:05", "20 07:00"),
    ("09:00 16:30", WEEK, "2026-11-20 16:29", "20 09:00"),
    ("09:00 16:30", WEEK, "2026-11-20 16:30", "20 16:30"),
    ("off", WEEK, "2026-11-20 16:30", ""),
    ("opening", NIGHT, "2026-11-21 05:59", "20 22:00"),
    ("opening", NIGHT, "2026-11-21 06:00", ""),
    ("closing", NIGHT, "2026-11-21 06:00", "21 06:00"),
    ("opening", ALWAYS, "2026-11-23 14:00", "23 00:00"),
    ("09:00", ALWAYS, "2026-11-21 08:00", ""),
]


@pytest.mark.parametrize(("times", "office", "now", "at"), LAST)
def test_which_is_to_be_there(times: str, office: OfficeHours, now: str, at: str) -> None:
    assert shown(last_us(parse(times), office, us(now))) == at


@pytest.mark.parametrize(
    ("times", "office", "now", "at"),
    [
        ("opening", WEEK, "2026-11-20 08:59", "20 09:00"),
        ("opening", WEEK, "2026-11-20 09:00", "24 09:00"),
        ("closing", NIGHT, "2026-11-20 23:00", "21 06:00"),
        ("09:00 16:30", WEEK, "2026-11-20 09:00", "20 16:30"),
        ("off", WEEK, "2026-11-20 09:00", ""),
    ],
)
def test_which_comes_next(times: str, office: OfficeHours, now: str, at: str) -> None:
    assert shown(next_us(parse(times), office, us(now))) == at


@pytest.mark.parametrize(
    ("office", "now", "closes"),
    [
        (WEEK, "2026-11-20 07:00", "20 18:00"),
        (WEEK, "2026-11-20 12:30", "20 18:00"),
        (WEEK, "2026-11-20 18:00", ""),
        (NIGHT, "2026-11-21 01:00", "21 06:00"),
        (NIGHT, "2026-11-20 22:00", "21 06:00"),
        (ALWAYS, "2026-11-20 22:00", "21 00:00"),
    ],
)
def test_when_the_office_closes(office: OfficeHours, now: str, closes: str) -> None:
    assert shown(closing_us(office, us(now))) == closes


def test_the_clock_on_the_wall_counts_when_the_clocks_change() -> None:
    office = OfficeHours(hours("Mon-Sun 09:00-18:00"), BERLIN)
    for day in ("2026-10-24", "2026-10-25", "2026-10-26", "2026-03-29", "2027-01-01"):
        now = us(f"{day} 09:00", BERLIN)
        assert last_us(parse("opening"), office, now) == now
        assert last_us(parse("opening"), office, now - 1) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("opening", "opening"),
        (" Closing  opening ", "closing opening"),
        ("16:30 9:00", "09:00 16:30"),
        ("09:00 9:00", "09:00"),
        ("OFF", "off"),
    ],
)
def test_what_is_written_is_read_again(text: str, shown: str) -> None:
    assert str(parse(text)) == shown
    assert parse(shown) == parse(text)


@pytest.mark.parametrize("text", ["", "noon", "24:00", "9", "09:60", "off 09:00", "٠٩:00"])
def test_what_is_no_time_says_what_may_be_written(text: str) -> None:
    with pytest.raises(ValueError, match="write opening, closing, times such as 09:00 16:30, or"):
        parse(text)


def test_more_than_hourly_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 12 times a day"):
        parse(" ".join(f"{hour:02}:00" for hour in range(13)))


def test_never_is_no_time() -> None:
    assert not ReminderTimes(())
