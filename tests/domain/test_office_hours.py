"""Office time (domain/office_hours.py): against a model that looks at the wall each minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.office_hours import HORIZON_DAYS, OfficeHours
from proxyd.domain.weekly_hours import DAY_MINUTES, WeeklyHours, parse
from tests.domain.test_weekly_hours import weeks

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
BERLIN, NEW_YORK, TOKYO = map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Asia/Tokyo"))
WORK = parse("Mon-Fri 09:00-18:00")
NIGHTS = parse("Mon-Sun 22:00-06:00")


def us(at: datetime) -> int:
    return round(at.timestamp()) * 1_000_000


def wall(text: str, tz: tzinfo, *, fold: int = 0) -> int:
    """``2026-10-25 02:30``: the instant at which a clock there shows it."""
    return us(datetime.fromisoformat(text).replace(tzinfo=tz, fold=fold))


def shown(at_us: int | None, tz: tzinfo) -> str:
    assert at_us is not None
    return f"{datetime.fromtimestamp(at_us // 1_000_000, tz):%Y-%m-%d %H:%M}"


def office(hours: WeeklyHours | str, tz: tzinfo, *closed: str) -> OfficeHours:
    weekly = parse(hours) if isinstance(hours, str) else hours
    days = {date.fromisoformat(day) for day in closed}
    return OfficeHours(weekly, tz, days.__contains__)


# ---------------------------------------------------------------- a few days, as people see them


@pytest.mark.parametrize(
    ("hours", "tz", "since", "hours_of_work", "due"),
    [
        # Monday to Friday
        (WORK, BERLIN, "2026-06-03 10:00", 4, "2026-06-03 14:00"),
        (WORK, BERLIN, "2026-06-03 16:00", 4, "2026-06-04 11:00"),
        (WORK, BERLIN, "2026-06-03 14:00", 4, "2026-06-03 18:00"),
        (WORK, BERLIN, "2026-06-05 17:00", 4, "2026-06-08 12:00"),  # over a weekend
        (WORK, BERLIN, "2026-06-06 12:00", 4, "2026-06-08 13:00"),
        ("Mon-Fri 09:00-12:00, 13:00-18:00", TOKYO, "2026-06-03 10:00", 4, "2026-06-03 15:00"),
        # year's end
        (WORK, TOKYO, "2026-12-31 17:00", 4, "2027-01-01 12:00"),
        # the clocks change on a Sunday: by the wall nothing does
        (WORK, BERLIN, "2026-03-27 17:00", 4, "2026-03-30 12:00"),
        (WORK, NEW_YORK, "2026-10-30 17:00", 4, "2026-11-02 12:00"),
        # night shifts
        (NIGHTS, TOKYO, "2026-06-03 23:00", 4, "2026-06-04 03:00"),
        (NIGHTS, TOKYO, "2026-06-04 05:00", 4, "2026-06-05 01:00"),
        ("Sun 22:00-06:00", TOKYO, "2026-06-08 05:00", 4, "2026-06-15 01:00"),
        # a night an hour shorter, and one an hour longer
        (NIGHTS, BERLIN, "2026-03-28 22:00", 7, "2026-03-29 06:00"),
        (NIGHTS, BERLIN, "2026-10-24 22:00", 9, "2026-10-25 06:00"),
        (NIGHTS, NEW_YORK, "2026-03-07 22:00", 7, "2026-03-08 06:00"),
        (NIGHTS, NEW_YORK, "2026-10-31 22:00", 9, "2026-11-01 06:00"),
        # always
        ("always", BERLIN, "2026-03-28 22:00", 9, "2026-03-29 08:00"),
        ("Mon-Sun 00:00-24:00", BERLIN, "2026-10-24 22:00", 9, "2026-10-25 06:00"),
    ],
)
def test_when_it_is_due(hours, tz, since, hours_of_work, due):
    at = office(hours, tz)
    since_us = wall(since, tz)
    assert shown(at.due_us(since_us, hours_of_work * HOUR_US), tz) == due
    assert at.passed_us(since_us, wall(due, tz)) == hours_of_work * HOUR_US


def test_a_closed_day_does_not_count():
    at = office(WORK, TOKYO, "2026-12-31", "2027-01-01")
    assert shown(at.due_us(wall("2026-12-30 17:00", TOKYO), 4 * HOUR_US), TOKYO) == (
        "2027-01-04 12:00"
    )


def test_a_night_shift_that_began_before_a_closed_day_goes_on():
    at = office(NIGHTS, TOKYO, "2026-06-04")
    since = wall("2026-06-03 23:00", TOKYO)
    assert shown(at.due_us(since, 7 * HOUR_US), TOKYO) == "2026-06-04 06:00"
    assert shown(at.due_us(since, 7 * HOUR_US + 1), TOKYO) == "2026-06-05 22:00"
    assert shown(at.opening_us(wall("2026-06-04 12:00", TOKYO)), TOKYO) == "2026-06-05 22:00"


@pytest.mark.parametrize(
    ("hours", "opens", "minutes"),
    [
        ("Sun 02:15-02:45", "", 0),  # the wall shows none of it
        ("Sun 01:30-02:30", "2026-03-29 01:30", 30),
        ("Sun 02:30-04:00", "2026-03-29 03:00", 60),
        ("Sun 02:45-03:15", "2026-03-29 03:00", 15),
        ("Sun 01:00-02:30, 02:45-04:00", "2026-03-29 01:00", 120),
    ],
)
def test_hours_within_the_hour_that_is_left_out(hours, opens, minutes):
    """In Berlin 03:00 comes after 01:59."""
    at = office(hours, BERLIN)
    start, end = wall("2026-03-29 00:00", BERLIN), wall("2026-03-30 00:00", BERLIN)
    assert at.passed_us(start, end) == minutes * MINUTE_US
    opening = at.opening_us(start)
    assert opening is not None
    assert (shown(opening, BERLIN) if opening < end else "") == opens


def test_hours_within_the_hour_that_comes_twice():
    """What opens and closes in it does so when the wall shows it first."""
    at = office("Sun 02:15-02:45", BERLIN)
    midnight = wall("2026-10-25 00:00", BERLIN)
    assert next(at.spans(midnight)) == (
        wall("2026-10-25 02:15", BERLIN),
        wall("2026-10-25 02:45", BERLIN),
    )
    assert at.passed_us(wall("2026-10-25 02:15", BERLIN, fold=1), midnight + 24 * HOUR_US) == 0
    two_hours = office("Sun 02:00-03:00", BERLIN)
    assert two_hours.passed_us(midnight, midnight + 24 * HOUR_US) == 2 * HOUR_US


def test_a_day_that_a_country_left_out():
    """Samoa went from 2011-12-29 to 2011-12-31."""
    apia = ZoneInfo("Pacific/Apia")
    at = office("Mon-Sun 09:00-18:00", apia)
    due = at.due_us(wall("2011-12-29 17:00", apia), 2 * HOUR_US)
    assert shown(due, apia) == "2011-12-31 10:00"


def test_an_instant_may_lie_between_two_seconds():
    at = office(WORK, TOKYO)
    midnight = wall("2026-06-08 00:00", TOKYO)  # a Monday
    assert at.day_of(midnight) == date(2026, 6, 8)
    assert at.day_of(midnight - 1) == date(2026, 6, 7)
    since = wall("2026-06-08 10:00", TOKYO) + 1
    assert at.due_us(since, 1) == since + 1


def test_no_time_at_all_has_passed_at_once():
    at = office(WORK, TOKYO)
    saturday = wall("2026-06-06 12:00", TOKYO)
    assert at.due_us(saturday, 0) == saturday
    assert at.passed_us(saturday, saturday) == 0
    assert at.passed_us(saturday, saturday - 7 * 24 * HOUR_US) == 0


# ---------------------------------------------------------------- long times


def test_what_waits_for_years_has_waited_so_long():
    at = office("Mon 09:00-10:00", TOKYO)
    since = wall("2018-01-01 00:00", TOKYO)
    assert at.passed_us(since, since + 521 * 7 * 24 * HOUR_US) == 521 * HOUR_US
    assert at.due_us(since, 521 * HOUR_US) == wall("2027-12-20 10:00", TOKYO)
    always = office("always", TOKYO)
    assert always.passed_us(since, since + 4000 * 24 * HOUR_US) == 4000 * 24 * HOUR_US
    assert always.due_us(since, 4000 * 24 * HOUR_US) == since + 4000 * 24 * HOUR_US


def test_an_office_that_is_closed_for_good():
    since = wall("2026-06-08 00:00", TOKYO)
    last = date(2026, 6, 10)
    at = OfficeHours(WORK, TOKYO, lambda day: day > last)
    assert at.due_us(since, 27 * HOUR_US) == wall("2026-06-10 18:00", TOKYO)
    assert at.due_us(since, 27 * HOUR_US + 1) is None
    assert at.opening_us(wall("2026-06-10 18:00", TOKYO)) is None
    assert at.passed_us(since, since + 4000 * 24 * HOUR_US) == 27 * HOUR_US


def test_one_that_is_closed_long_opens_again():
    since = wall("2026-06-08 00:00", TOKYO)
    opens = date(2026, 6, 8) + timedelta(days=HORIZON_DAYS)
    at = OfficeHours(parse("Mon-Sun 09:00-18:00"), TOKYO, lambda day: day < opens - timedelta(1))
    opening = at.opening_us(since)
    assert opening is not None and at.day_of(opening) == opens - timedelta(1)


def test_a_day_is_looked_up_once():
    """Each conversation of a mailbox asks at its start."""
    asked: list[date] = []

    def closed(day: date) -> bool:
        asked.append(day)
        return False

    at = OfficeHours(WORK, TOKYO, closed)
    since = wall("2026-06-08 12:00", TOKYO)
    for number in range(1000):
        at.due_us(since + number, 4 * HOUR_US)
    assert len(asked) == len(set(asked)) <= 3


# ---------------------------------------------------------------- properties


ZONES = (BERLIN, NEW_YORK, TOKYO, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Sao_Paulo"))
# Around the changes of clocks, the year's end, and a weekend like any other.
STARTS = ("2026-03-28", "2026-10-24", "2026-03-07", "2026-10-31", "2026-12-30", "2026-06-05",
          "2026-04-04", "2026-10-03", "2018-11-03", "2018-02-17")  # fmt: skip
SPAN_MINUTES = 3 * DAY_MINUTES


@st.composite
def offices(draw: st.DrawFn) -> tuple[OfficeHours, int]:
    """An office, and an instant near something that matters."""
    tz = draw(st.sampled_from(ZONES))
    first = date.fromisoformat(draw(st.sampled_from(STARTS)))
    shut = {first + timedelta(days) for days in draw(st.sets(st.integers(-1, 3), max_size=2))}
    hours = draw(st.one_of(weeks(), st.sampled_from((WORK, NIGHTS, parse("always")))))
    closed = OfficeHours(hours, tz, shut.__contains__)
    return closed, us(datetime(first.year, first.month, first.day, tzinfo=tz))


def open_minutes(at: OfficeHours, start_us: int) -> list[bool]:
    """Of the minutes from then on: whether the office is open, told from the wall alone.

    A time has come once the wall has shown it, or a later one.
    """
    if at.weekly.days is None:
        return [True] * SPAN_MINUTES
    first = datetime.fromtimestamp(start_us // 1_000_000, UTC) - timedelta(days=2)
    seen, told = datetime.min, []
    shifts = []
    local = first.astimezone(at.tz).date()
    for number in range(-2, 9):
        day = local + timedelta(number)
        if not at.closed(day):
            midnight = datetime(day.year, day.month, day.day)
            for opens, closes in at.weekly.days[day.weekday()]:
                shift = (midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes))
                shifts.append(shift)
    for minute in range(2 * DAY_MINUTES + SPAN_MINUTES):
        now = (first + timedelta(minutes=minute)).astimezone(at.tz).replace(tzinfo=None)
        seen = max(seen, now)
        if minute >= 2 * DAY_MINUTES:
            told.append(any(opens <= seen < closes for opens, closes in shifts))
    return told


@given(offices(), st.integers(0, SPAN_MINUTES), st.integers(0, SPAN_MINUTES))
def test_as_the_wall_says(found, one, other):
    at, start = found
    told = open_minutes(at, start)
    begin, end = sorted((one, other))
    passed = at.passed_us(start + begin * MINUTE_US, start + end * MINUTE_US)
    assert passed == sum(told[begin:end]) * MINUTE_US
    opening = at.opening_us(start + begin * MINUTE_US)
    first = next((n for n in range(begin, SPAN_MINUTES) if told[n]), None)
    if first is not None:
        assert opening == start + first * MINUTE_US
    elif opening is not None:
        assert opening >= start + SPAN_MINUTES * MINUTE_US


instants = st.integers(0, 30 * 24 * HOUR_US)


@given(offices(), st.tuples(instants, instants, instants))
def test_time_adds_up_and_never_goes_back(found, several):
    at, start = found
    first, middle, last = (start + offset for offset in sorted(several))
    before, after = at.passed_us(first, middle), at.passed_us(middle, last)
    assert before + after == at.passed_us(first, last)
    assert 0 <= before <= middle - first


@given(offices(), instants, instants)
def test_due_is_the_first_instant_at_which_so_much_has_passed(found, since, later):
    at, start = found
    since += start
    passed = at.passed_us(since, since + later)
    due = at.due_us(since, passed)
    assert due is not None and due <= since + later
    assert at.passed_us(since, due) == passed
    assert due == since or at.passed_us(since, due - 1) == passed - 1


@given(offices(), instants)
def test_the_spans_are_in_their_order_and_apart(found, since):
    at, start = found
    last = start + since
    for opens, closes in islice(at.spans(last), 20):
        assert last <= opens < closes
        last = closes
