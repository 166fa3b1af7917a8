"""A company's own closed days, from a file (proxyd/calendars/own_days.py, events.py)."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.calendars.found import MOST_DAYS
from proxyd.calendars.own_days import FILE_OCTETS, read_days
from proxyd.domain.errors import BadInput

YEAR = 2026
WINTER = {date(2026, 12, 29) + timedelta(n): "Winter holidays" for n in range(6)}


def days(text: str | bytes) -> dict[date, str]:
    return read_days(text if isinstance(text, bytes) else text.encode(), YEAR).days


def ics(*events: str) -> str:
    """Each: its lines, without BEGIN and END."""
    bodies = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{bodies}END:VCALENDAR\n"
    return text.replace("\n", "\r\n")


def event(*lines: str, start: str = "20261229", name: str = "Winter holidays") -> str:
    return "\n".join([f"DTSTART;VALUE=DATE:{start}", f"SUMMARY:{name}", *lines])


# ---------------------------------------------------------------- lines


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-12-29..2027-01-03 Winter holidays", WINTER),
        ("2026-12-29 .. 2027-01-03  Winter holidays", WINTER),
        ("# ours\n\n  2026-05-01\tMay day \r\n", {date(2026, 5, 1): "May day"}),
        ("2026-05-01", {date(2026, 5, 1): ""}),
        ("2026-05-01 夏季休業 #1", {date(2026, 5, 1): "夏季休業 #1"}),
        ("2026-05-01 a\n2026-05-01 b", {date(2026, 5, 1): "a"}),
        ("2026-05-01 \x1b[31mred", {date(2026, 5, 1): "[31mred"}),
    ],
)
def test_one_a_line(text, found):
    assert days(text) == found


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp932"])
def test_as_a_japanese_program_writes_it(charset):
    for text in ("2026-08-13 夏季休業", ics(event(start="20260813", name="夏季休業"))):
        assert days(text.encode(charset)) == {date(2026, 8, 13): "夏季休業"}


@pytest.mark.parametrize(
    ("text", "what", "problem"),
    [
        ("2026-05-01 a\nMay day 2026-05-01", "line 2", "begins with no date"),
        ("# x\n\n2026-02-30 x", "line 3", "'2026-02-30' is no date"),
        ("2026-05-01..May", "line 1", "'May' is no date"),
        ("2026-05-01..", "line 1", "begins with no date"),
        ("2027-01-03..2026-12-29", "line 1", "2026-12-29 is before 2027-01-03"),
        ("2026-05-01..9999-12-31", "line 1", "more than 5,000 closed days"),
        ("２０２６-05-01", "line 1", "begins with no date"),
        ("", "the file", "no closed day"),
        ("# nothing\n", "the file", "no closed day"),
        (b"\xff\xfe2\x000\x00", "the file", "neither in UTF-8 nor in Shift_JIS"),
        (b"#" * (FILE_OCTETS + 1), "the file", "longer than 1 MB"),
    ],
)
def test_a_broken_file_is_told_with_its_line_and_what_to_write(text, what, problem):
    with pytest.raises(BadInput) as caught:
        days(text)
    assert caught.value.what == what
    assert problem in caught.value.problem
    assert caught.value.instead


# ---------------------------------------------------------------- events


@pytest.mark.parametrize(
    "lines",
    [
        ["DTEND;VALUE=DATE:20270104"],
        ["DURATION:P6D"],
        ["RRULE:FREQ=DAILY;COUNT=6"],
        ["RRULE:FREQ=DAILY;UNTIL=20270103"],
        ["RRULE:FREQ=DAILY;UNTIL=20270103T150000Z"],
        ["RDATE;VALUE=DATE:20261230,20261231,20270101", "RDATE;VALUE=DATE:20270102,20270103"],
    ],
)
def test_several_days(lines):
    assert days(ics(event(*lines))) == WINTER


@pytest.mark.parametrize("end", ["", "DTEND;VALUE=DATE:20261229", "DTEND;VALUE=DATE:20261201"])
def test_a_day_is_one_whatever_its_end(end):
    assert list(days(ics(event(*filter(None, [end]))))) == [date(2026, 12, 29)]


def test_every_year_from_the_last_one_to_the_tenth_ahead():
    found = days(ics(event("DTEND;VALUE=DATE:20000504", "RRULE:FREQ=YEARLY", start="20000502")))
    years = [2000, *range(YEAR - 1, YEAR + 11)]
    assert list(found) == [date(year, 5, day) for year in years for day in (2, 3)]


def test_every_week_but_some():
    rule = "RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=4"
    out = "EXDATE;VALUE=DATE:20260617\nEXDATE:20260624T000000"
    assert list(days(ics(event(rule, out, start="20260610")))) == [
        date(2026, 6, 10),
        date(2026, 7, 1),
    ]


def test_one_of_them_moved():
    series = event("UID:a", "RRULE:FREQ=YEARLY;COUNT=3", start="20260502", name="Founder's day")
    moved = event("UID:a", "RECURRENCE-ID;VALUE=DATE:20270502", start="20270503", name="moved")
    for events in ([series, moved], [moved, series]):
        found = days(ics(*events))
        assert found == {
            date(2026, 5, 2): "Founder's day",
            date(2027, 5, 3): "moved",
            date(2028, 5, 2): "Founder's day",
        }


def test_what_was_called_off():
    text = ics(event("STATUS:CANCELLED", start="20260501"), event(start="20260502"))
    assert list(days(text)) == [date(2026, 5, 2)]


def test_from_midnight_to_midnight_it_lasts_whole_days():
    """As Exchange writes some of them."""
    zone = ";TZID=Tokyo Standard Time:"
    closed = f"DTSTART{zone}20260501T000000\nDTEND{zone}20260503T000000\nSUMMARY:Closed"
    assert list(days(ics(closed))) == [date(2026, 5, 1), date(2026, 5, 2)]


def test_what_is_at_a_time_of_day_is_passed_over_and_named():
    meeting = "DTSTART:20260501T090000Z\nSUMMARY:Meeting"
    nameless = "DTSTART;TZID=Asia/Tokyo:20260501T090000"
    found = read_days(ics(meeting, nameless, event(start="20260502")).encode(), YEAR)
    assert list(found.days) == [date(2026, 5, 2)]
    assert found.passed_over == [
        "the event 'Meeting' is at a time of day",
        "an event without a name is at a time of day",
    ]
    with pytest.raises(BadInput, match="no closed day"):
        days(ics(meeting))


@pytest.mark.parametrize(
    ("text", "what", "problem"),
    [
        (ics(event(start="2026129", name="Bad")), "the event 'Bad'", "DTSTART can't be read"),
        (ics("SUMMARY:Bad"), "the event 'Bad'", "DTSTART"),
        (ics("DTSTART:nonsense"), "an event without a name", "DTSTART can't be read"),
        (ics(event("DTEND;VALUE=DATE:x")), "the event 'Winter holidays'", "DTEND can't be read"),
        (ics(event("RRULE:FREQ=BLA")), "the event 'Winter holidays'", "RRULE can't be read"),
        (ics(event("RRULE:FREQ=HOURLY")), "the event 'Winter holidays'", "several times a day"),
        (ics(event("RRULE:BYDAY=MO")), "the event 'Winter holidays'", "repeat"),
        (
            ics(event("RRULE:FREQ=YEARLY;INTERVAL=0")),
            "the event 'Winter holidays'",
            "after no time",
        ),
        (ics(event("EXDATE;VALUE=DATE:x")), "the event 'Winter holidays'", "EXDATE can't be read"),
        (ics(event("DURATION:P9999999D")), "the event 'Winter holidays'", "never ends"),
        (ics(event("DTEND;VALUE=DATE:99990101")), "the event 'Winter holidays'", "5,000"),
        ("BEGIN:VCALENDAR\r\n", "the file", "cut off"),
        (ics(event())[:-40] + "\r\n", "the file", "cut off"),
        ("BEGIN:VCALENDAR\r\nnonsense\r\nEND:VCALENDAR\r\n", "the file", "no calendar"),
        ("BEGIN:x\r\n" * 2_000 + "END:x\r\n" * 2_000, "the file", "cut off"),
        (ics(), "the file", "no closed day"),
    ],
)
def test_a_broken_calendar_is_told_with_its_event(text, what, problem):
    with pytest.raises(BadInput) as caught:
        days(text)
    assert caught.value.what == what
    assert problem in caught.value.problem
    assert caught.value.instead


def test_so_many_days_are_a_slip():
    weekly = [event("RRULE:FREQ=DAILY", start=f"{year}0101") for year in (2010, 2011)]
    assert len(days(ics(*weekly))) <= MOST_DAYS
    with pytest.raises(BadInput, match="5,000"):
        days("\n".join(f"{year}-01-01..{year}-12-31" for year in range(2000, 2014)))


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused(octets):
    for text in (octets, ics("DTSTART;VALUE=DATE:20260101\nX").encode().replace(b"X", octets)):
        with contextlib.suppress(BadInput):
            assert read_days(text, YEAR).days


PARTS = st.sampled_from(
    ["DTSTART;VALUE=DATE:20260101", "DTSTART:20260101T000000", "DTEND;VALUE=DATE:20260103",
     "DTEND:20260103T000000Z", "RRULE:FREQ=YEARLY", "RRULE:FREQ=DAILY;INTERVAL=-1",
     "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20270101",
     "RRULE:FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", "RDATE:20260202T000000", "EXDATE:20260202",
     "RDATE;VALUE=PERIOD:20260202T000000/PT1H", "DURATION:PT1H", "DURATION:-P1D", "DTSTART:",
     "RECURRENCE-ID:20260101T000000Z", "UID:a", "SUMMARY:x", "STATUS:CANCELLED", "RRULE:",
     "RECURRENCE-ID;RANGE=THISANDFUTURE:20260101", "RRULE:FREQ=YEARLY;UNTIL=x", "DTEND;X=:1",
     "DTSTART;VALUE=DATE:20260101,20260102", "SUMMARY;LANGUAGE=ja:y"]
)  # fmt: skip


@given(st.lists(st.lists(PARTS, max_size=6), max_size=3))
def test_any_events_are_read_or_refused(events):
    with contextlib.suppress(BadInput):
        assert days(ics(*map("\n".join, events)))
