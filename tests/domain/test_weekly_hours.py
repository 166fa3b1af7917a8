"""Office hours as people write them (domain/weekly_hours.py)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.weekly_hours import DAY_MINUTES, MOST_A_DAY, WeeklyHours, parse

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORK = ((9 * 60, 18 * 60),)
NIGHT = ((22 * 60, 30 * 60),)


def week(**days: tuple[tuple[int, int], ...]) -> WeeklyHours:
    return WeeklyHours(tuple(days.get(day, ()) for day in DAYS))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Mon-Fri 09:00-18:00", week(**dict.fromkeys(DAYS[:5], WORK))),
        ("mon  9:00 - 18:00 ;; ", week(mon=WORK)),
        ("Mon - Tue 09:00-18:00", week(mon=WORK, tue=WORK)),
        ("Sat-Mon 09:00-18:00", week(sat=WORK, sun=WORK, mon=WORK)),
        ("Sun 22:00-06:00", week(sun=NIGHT)),
        ("Mon 13:00-18:00, 09:00-12:00", week(mon=((540, 720), (780, 1080)))),
        ("Mon 09:00-12:00; Mon 12:00-18:00", week(mon=((540, 720), (720, 1080)))),
        ("Mon 00:00-24:00", week(mon=((0, DAY_MINUTES),))),
        ("Mon 00:00-00:00", week(mon=((0, DAY_MINUTES),))),
        ("Mon 09:00-09:00", week(mon=((540, 540 + DAY_MINUTES),))),
        ("Mon-Sun 22:00-22:00", week(**dict.fromkeys(DAYS, ((1320, 1320 + DAY_MINUTES),)))),
        (" Always ", WeeklyHours(None)),
    ],
)
def test_what_may_be_written(text, hours):
    assert parse(text) == hours
    assert parse(str(hours)) == hours


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "nobody would ever be there"),
        (" ; ", "nobody would ever be there"),
        ("Mon", "'Mon' is no day with its hours"),
        ("09:00-18:00", "'09:00-18:00' is no day with its hours"),
        ("Mon-Fri", "'Mon-Fri' is no day with its hours"),
        ("Mon-Fry 09:00-18:00", "'Fry' is no day"),
        ("Monday 09:00-18:00", "'Monday' is no day"),
        ("Mon- 09:00-18:00", "'Mon- 09:00-18:00' is no day with its hours"),
        ("Mon 9-18", "'9-18' is no time"),
        ("Mon 09:00-18:00,", "'' is no time"),
        ("Mon ٠٩:٠٠-18:00", "is no day with its hours"),
        ("Mon 09:0٠-18:00", "is no time"),
        ("Mon 09:00-18:60", "'09:00-18:60' is no time of the day"),
        ("Mon 24:00-25:00", "is no time of the day"),
        ("Mon 09:00-24:01", "is no time of the day"),
        ("Mon 09:00-12:00, 11:59-13:00", "the hours of Mon overlap"),
        ("Mon 09:00-18:00; Mon-Fri 09:00-18:00", "the hours of Mon overlap"),
        ("Mon 22:00-06:00; Tue 05:00-09:00", "the hours of Tue overlap"),
        ("Sun 22:00-06:00; Mon 05:00-09:00", "the hours of Mon overlap"),
        ("Mon 00:00-24:00; Sun 22:00-00:01", "the hours of Mon overlap"),
    ],
)
def test_what_may_not_is_told_with_what_to_write(text, problem):
    with pytest.raises(ValueError) as caught:
        parse(text)
    assert problem in str(caught.value)
    assert "write hours such as Mon-Fri 09:00-12:00" in str(caught.value)


def test_so_many_openings_a_day_are_a_slip():
    """What is kept is bounded, also where a long week is written short."""
    hours = [f"{n // 60:02}:{n % 60:02}-{n // 60:02}:{n % 60 + 1:02}" for n in range(0, 60, 4)]
    assert parse(f"Mon-Sun {', '.join(hours[:MOST_A_DAY])}")
    with pytest.raises(ValueError, match="opens more than 12 times"):
        parse(f"Mon-Sun {', '.join(hours[: MOST_A_DAY + 1])}")


@st.composite
def weeks(draw: st.DrawFn) -> WeeklyHours:
    """Hours that are apart: cut from the minutes of a week, none longer than a day."""
    cuts = sorted(draw(st.sets(st.integers(0, 7 * DAY_MINUTES - 1), min_size=2, max_size=14)))
    days: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        day, opens = divmod(start, DAY_MINUTES)
        days[day].append((opens, min(opens + end - start, opens + DAY_MINUTES)))
    return WeeklyHours(tuple(map(tuple, days)))


@given(weeks())
def test_what_is_shown_is_read_back(hours):
    assert parse(str(hours)) == hours


@given(st.text("MonFri 0123456789:-,;always", max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        hours = parse(text)
    except ValueError:
        return
    assert parse(str(hours)) == hours
