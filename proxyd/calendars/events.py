"""The events of an .ics file (RFC 5545) that last whole days.

What repeats is followed from last year's beginning to the end of the tenth year ahead. Events with
times of day, which an export of somebody's calendar is full of, are no closed days: they are passed
over, and named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from proxyd.calendars.found import FoundDays
from proxyd.domain.errors import BadInput

if TYPE_CHECKING:
    from icalendar import Component, vRecur

YEARS_AHEAD = 10
_EXPORT = "export the calendar anew, or write the days one a line"
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
_READ = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")


def read_events(text: str, this_year: int, found: FoundDays) -> None:
    """Raises BadInput."""
    first, last = date(this_year - 1, 1, 1), date(this_year + YEARS_AHEAD, 12, 31)
    events = _events(text)
    elsewhere: defaultdict[str, set[date]] = defaultdict(set)  # by UID: those moved by themselves
    for event in events:
        if "RECURRENCE-ID" in event:
            _require_readable(event)
            elsewhere[str(event.get("UID"))].update(_days(event, "RECURRENCE-ID"))
    for event in events:
        found.where = _called(event)
        _require_readable(event)
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        start = _at(event, "DTSTART")
        if isinstance(start, datetime) and _lasts_whole_days(event, start):
            start = start.date()
        if isinstance(start, datetime):
            found.passed_over.append(f"{found.where} is at a time of day")
            continue
        moved = set() if "RECURRENCE-ID" in event else elsewhere[str(event.get("UID"))]
        starts = {start, *_days(event, "RDATE")}
        for rule in _several(event, "RRULE"):
            starts.update(_repeated(rule, start, first, last, found.where))
        count = _length(event, start)
        for one in sorted(starts - set(_days(event, "EXDATE")) - moved):
            found.add(one, count, str(event.get("SUMMARY", "")))


def _events(text: str) -> list[Component]:
    from icalendar import Calendar  # noqa: PLC0415 - longer to load than a command may take

    if not text.rstrip().upper().endswith("END:VCALENDAR"):
        raise BadInput("the file", "it is no calendar, or is cut off", _EXPORT)
    try:
        calendars = Calendar.from_ical(text, multiple=True)
        return [event for calendar in calendars for event in calendar.walk("VEVENT")]
    except (ValueError, KeyError, IndexError, RecursionError) as error:
        raise BadInput("the file", f"it is no calendar ({str(error)[:100]})", _EXPORT) from None


def _called(event: Component) -> str:
    name = " ".join(str(event.get("SUMMARY", "")).split())[:60]
    return f"the event {name!r}" if name else "an event without a name"


def _require_readable(event: Component) -> None:
    where = _called(event)
    for name, problem in event.errors:
        if name in _READ:
            raise BadInput(where, f"its {name} can't be read ({str(problem)[:100]})", _EXPORT)
    if not isinstance(_at(event, "DTSTART"), date):
        raise BadInput(where, "it has no day on which it begins (DTSTART)", _EXPORT)


def _at(event: Component, name: str) -> Any:
    """What a property says once; None where it is not there."""
    return getattr(event.get(name), "dt", None)


def _several(event: Component, name: str) -> list[Any]:
    """Of a property that may stand there once, more often, or not."""
    found = event.get(name, [])
    return found if isinstance(found, list) else [found]


def _days(event: Component, name: str) -> Iterator[date]:
    """All-day events have days here too; some programs write midnight instead."""
    for one in _several(event, name):
        for value in getattr(one, "dts", [one]):
            at = value.dt[0] if isinstance(value.dt, tuple) else value.dt
            yield at.date() if isinstance(at, datetime) else at


def _lasts_whole_days(event: Component, start: datetime) -> bool:
    """From midnight to midnight, as Exchange writes some of them."""
    end = _at(event, "DTEND")
    if not isinstance(end, datetime):
        return False
    midnight = time(0)
    return start.time() == end.time() == midnight and end.date() > start.date()


def _length(event: Component, start: date) -> int:
    """In days; the end is the first one after."""
    end, duration = _at(event, "DTEND"), _at(event, "DURATION")
    if isinstance(end, date):
        duration = (end.date() if isinstance(end, datetime) else end) - start
    return max(1, duration.days) if isinstance(duration, timedelta) else 1


def _repeated(rule: vRecur, start: date, first: date, last: date, where: str) -> Iterator[date]:
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - as above

    if str(rule.get("FREQ", [""])[0]).upper() not in _FREQUENCIES:
        raise BadInput(where, "it repeats several times a day", _EXPORT)
    if any(int(step) < 1 for step in rule.get("INTERVAL", [])):  # dateutil would go on for ever
        raise BadInput(where, "it repeats after no time", _EXPORT)
    end = last
    for until in rule.get("UNTIL", []):
        end = min(end, until.date() if isinstance(until, datetime) else until)
    written: str = rule.to_ical().decode()  # type: ignore[no-untyped-call]  # theirs has no types
    # A day has no zone, and dateutil wants one on both sides or on none.
    words = ";".join(part for part in written.split(";") if not part.upper().startswith("UNTIL="))
    try:
        for at in rrulestr(words, dtstart=datetime(start.year, start.month, start.day)):
            if at.date() > end:
                break
            if at.date() >= first:
                yield at.date()
    except (ValueError, OverflowError, TypeError) as error:
        problem = f"how it repeats can't be read ({str(error)[:100]})"
        raise BadInput(where, problem, _EXPORT) from None
