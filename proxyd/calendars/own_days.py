"""A company's own closed days, as they stand in a file: one a line, or an .ics.

A line is ``2026-05-01 May day`` or ``2026-12-29..2027-01-03 Winter holidays``; what follows a # at
its start is a comment. UTF-8, or Shift_JIS as Japanese programs write it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from datetime import date

from proxyd.calendars.events import read_events
from proxyd.calendars.found import FoundDays
from proxyd.domain.errors import BadInput

FILE_OCTETS = 1_000_000  # of 5,000 days that are an event each
_RANGE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:\s*\.\.\s*(\S+))?(?:\s+(.*))?")
_HOW = "write a line such as 2026-05-01 May day, or 2026-12-29..2027-01-03 Winter holidays"


def read_days(octets: bytes, this_year: int) -> FoundDays:
    """Raises BadInput: its ``what`` is the line or the event."""
    if len(octets) > FILE_OCTETS:
        raise BadInput("the file", "it is longer than 1 MB", "write the closed days alone")
    text = _decoded(octets)
    found = FoundDays()
    if text.lstrip()[:6].upper() == "BEGIN:":
        read_events(text, this_year, found)
    else:
        _read_lines(text.splitlines(), found)
    if not found.days:
        raise BadInput("the file", "there is no closed day in it", _HOW)
    return found


def _decoded(octets: bytes) -> str:
    for charset in ("utf-8-sig", "cp932"):
        with contextlib.suppress(UnicodeDecodeError):
            text = octets.decode(charset)
            if "\0" not in text:  # as in UTF-16
                return text
    raise BadInput("the file", "it is neither in UTF-8 nor in Shift_JIS", "save it as UTF-8")


def _read_lines(lines: Iterable[str], found: FoundDays) -> None:
    for number, line in enumerate(map(str.strip, lines), 1):
        if line and not line.startswith("#"):
            found.where = f"line {number}"
            match = _RANGE.fullmatch(line)
            if match is None:
                raise BadInput(found.where, f"{line[:60]!r} begins with no date", _HOW)
            first = _date(found.where, match[1])
            last = _date(found.where, match[2]) if match[2] else first
            if last < first:
                raise BadInput(found.where, f"{last} is before {first}", _HOW)
            found.add(first, (last - first).days + 1, match[3] or "")


def _date(where: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(where, f"{text[:60]!r} is no date", _HOW) from None
