"""IMAP's two dates: ``date-time`` (INTERNALDATE, APPEND) and ``date`` (SEARCH); RFC 9051 §9.

A date that no calendar has is refused here, so that nothing behind needs to ask.
"""

from __future__ import annotations

import re
from datetime import date

from proxyd.imapwire.errors import BadSyntax

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NUMBER = {name.encode("ascii").upper(): n for n, name in enumerate(MONTHS, 1)}

# date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
_DATE_TIME = re.compile(
    rb"( [0-9]|[0-9]{2})-([A-Za-z]{3})-([0-9]{4}) "
    rb"([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})"
)
# date-text = date-day "-" date-month "-" date-year ; date-day = 1*2DIGIT
_DATE = re.compile(rb"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})")


def parse_internaldate(raw: bytes) -> str:
    """The date-time in one spelling of 26 characters, ``17-Jul-1996 02:44:25 -0700``.

    ``raw`` with or without its double quotes. The leading day is zero-padded.
    """
    found = _DATE_TIME.fullmatch(_unquoted(raw))
    if found is None:
        raise BadSyntax("Invalid date-time")
    day = _calendar_day(found[1], found[2], found[3])
    hour, minute, second = int(found[4]), int(found[5]), int(found[6])
    # zone: RFC 5322 §3.3 knows ±9959, but an offset of a day or more is no place on earth.
    if hour > 23 or minute > 59 or second > 60 or int(found[8]) > 23 or int(found[9]) > 59:
        raise BadSyntax("Invalid date-time")
    second = min(second, 59)  # a leap second, which datetime can't hold
    zone = (found[7] + found[8] + found[9]).decode("ascii")
    month = MONTHS[day.month - 1]
    return f"{day.day:02}-{month}-{day.year:04} {hour:02}:{minute:02}:{second:02} {zone}"


def parse_date(raw: bytes) -> date:
    """``1-Feb-1994``, with or without double quotes."""
    found = _DATE.fullmatch(_unquoted(raw))
    if found is None:
        raise BadSyntax("Invalid date")
    return _calendar_day(found[1], found[2], found[3])


def encode_date(day: date) -> bytes:
    """Inverse of ``parse_date``: the date-text without quotes."""
    return f"{day.day}-{MONTHS[day.month - 1]}-{day.year:04}".encode("ascii")


def _unquoted(raw: bytes) -> bytes:
    if len(raw) >= 2 and raw.startswith(b'"') and raw.endswith(b'"'):
        return raw[1:-1]
    return raw


def _calendar_day(day: bytes, month: bytes, year: bytes) -> date:
    number = _MONTH_NUMBER.get(month.upper())
    if number is None:
        raise BadSyntax("Invalid month")
    try:
        return date(int(year), number, int(day))
    except ValueError:
        raise BadSyntax("No such day") from None
