"""When a mail was sent, by its Date header (RFC 5256 §2.2, RFC 5322 §3.3 and §4.3).

Invariants: what is wrong with zone or time costs only that, and a date that is none is None (the
caller then takes INTERNALDATE).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from proxyd.mailtext.quoting import without_comments

# A date is some 40 characters; the rest of a longer one is not looked at.
MAX_DATE = 200

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
# date-time = [day-name ","] day month year [hour ":" minute [":" second] [zone]]
_DATE = re.compile(
    r"\s*(?:[a-z]+\s*,?\s*)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s-]+(\d{2,4})(?!\d)", re.IGNORECASE
)
_TIME = re.compile(r"\s+(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:\.\d+)?)?")
_ZONE = re.compile(r"\s*([+-])(\d{2})(\d{2})(?!\d)")
_ZONE_NAME = re.compile(r"\s*([a-z]{1,4})\b", re.IGNORECASE)
# obs-zone, hours from UTC. A military letter says nothing (RFC 5322 §4.3).
_NAMED = {"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sent_us(value: bytes) -> int | None:
    """Microseconds since the epoch."""
    found = _day(_readable(value))
    if found is None:
        return None
    day, text, at = found
    since = datetime(day.year, day.month, day.day, tzinfo=UTC) - _EPOCH
    return (since + _time_and_zone(text, at)) // timedelta(microseconds=1)


def sent_day(value: bytes) -> date | None:
    """The day as it is written, time and zone disregarded (RFC 9051 §6.4.4, SENTON)."""
    found = _day(_readable(value))
    return found[0] if found else None


def _readable(value: bytes) -> str:
    return without_comments(value[:MAX_DATE]).decode("latin-1")


def _day(text: str) -> tuple[date, str, int] | None:
    """The day, the text and where its time begins."""
    found = _DATE.match(text)
    month = _MONTHS.get(found[2].lower()) if found else None
    if found is None or month is None:
        return None
    try:
        return date(_year(found[3]), month, int(found[1])), text, found.end()
    except ValueError:
        return None


def _year(digits: str) -> int:
    """RFC 5322 §4.3 obs-year."""
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if len(digits) == 2 and year < 50 else 1900)


def _time_and_zone(text: str, at: int) -> timedelta:
    time = _TIME.match(text, at)
    if time is None:
        return timedelta()
    hour, minute, second = int(time[1]), int(time[2]), int(time[3] or 0)
    if hour > 23 or minute > 59 or second > 60:
        return timedelta()  # an invalid time is midnight
    return timedelta(hours=hour, minutes=minute, seconds=second) - _zone(text, time.end())


def _zone(text: str, at: int) -> timedelta:
    """East of UTC; an invalid zone is UTC."""
    number = _ZONE.match(text, at)
    if number is not None and int(number[2]) < 24 and int(number[3]) < 60:
        east = timedelta(hours=int(number[2]), minutes=int(number[3]))
        return -east if number[1] == "-" else east
    name = _ZONE_NAME.match(text, at)
    return timedelta(hours=_NAMED.get(name[1].upper(), 0)) if name else timedelta()
