"""Times as people type and read them: in the zone of the machine they sit at."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from proxyd.domain.errors import BadInput

_AGO = re.compile(r"([0-9]{1,6})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def coming_time(option: str, text: str, now: datetime) -> int:
    """A date, or a date with time, that is still to come, in microseconds. Raises BadInput."""
    example = (now + timedelta(days=7)).strftime("%Y-%m-%d")
    instead = f'write a day or moment that is still to come: {example}, or "{example} 13:00"'
    try:
        at_us = _moment_us(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError, OSError):
        raise BadInput(option, f"{text!r} is not a date", instead) from None
    if at_us <= _moment_us(now):
        raise BadInput(option, f"{text!r} is past", instead)
    return at_us


def _moment_us(moment: datetime) -> int:
    """Without a zone: as this machine's clock shows it."""
    moment = moment if moment.tzinfo is not None else moment.astimezone()
    return (moment - _EPOCH) // _MICROSECOND


def parsed_time(option: str, text: str, now: datetime) -> int:
    """A date, a date with time, or how long ago (7d), in microseconds. Raises BadInput."""
    text = text.strip()
    try:
        if ago := _AGO.fullmatch(text):
            return _moment_us(now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}))
        return _moment_us(datetime.fromisoformat(text))
    except (ValueError, OverflowError, OSError):
        raise BadInput(
            option,
            f"{text!r} is not a time",
            'write 2026-01-31, "2026-01-31 17:00", or how long ago: 90m, 12h, 7d',
        ) from None


def local_time(at_us: int) -> str:
    """To the second, with the zone's offset: it may be read elsewhere."""
    moment = (_EPOCH + timedelta(microseconds=at_us)).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S%z")


def stamp(at_us: int) -> str:
    """For a file's name."""
    return (_EPOCH + timedelta(microseconds=at_us)).strftime("%Y%m%dT%H%M%SZ")
