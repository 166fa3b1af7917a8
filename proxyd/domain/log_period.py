"""From when to when a question to the access log asks. Pure: the moment and the zone come in.

A question without a beginning asks for the last week: what people look for was lately, and an
answer over years takes longer to read than to find.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from proxyd.domain.log_question import BadQuestion, LogQuestion, Slip

DEFAULT_DAYS: Final = 7
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_UNITS: Final = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}


@dataclass(frozen=True, slots=True)
class AskedPeriod:
    """In microseconds since the epoch. ``until_us`` is not part of it."""

    since_us: int
    until_us: int


def period_of(question: LogQuestion, now_us: int, zone: tzinfo) -> AskedPeriod:
    """A time without an offset is one of ``zone``. Raises BadQuestion."""
    now = _EPOCH + timedelta(microseconds=now_us)
    until = _moment("until", question.until, now, zone) if question.until else now
    if question.since:
        since = _moment("since", question.since, now, zone)
    else:
        since = max(until - timedelta(days=DEFAULT_DAYS), _EPOCH)
    if since >= until:
        raise BadQuestion(Slip.ORDER, "since", question.since)
    return AskedPeriod((since - _EPOCH) // _MICROSECOND, (until - _EPOCH) // _MICROSECOND)


def _moment(key: str, text: str, now: datetime, zone: tzinfo) -> datetime:
    if text[-1] in _UNITS:
        ago = int(text[:-1]) * _UNITS[text[-1]]
        return now - ago if ago < now - _EPOCH else _EPOCH
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return max(moment.astimezone(UTC), _EPOCH)
    except (ValueError, OverflowError):
        raise BadQuestion(Slip.TIME, key, text) from None
