"""At which instants a mailbox's reminder is to be there: ``opening``, ``closing``, ``09:00 16:30``.

Pure. Only on days on which the office opens; the times are those of the clock on the wall. An
office that never closes has days from midnight to midnight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from proxyd.domain.office_hours import OfficeHours
from proxyd.domain.weekly_hours import DAY_MINUTES, Span

OFF, OPENING, CLOSING = "off", "opening", "closing"
MOST = 12  # in a day: more often than hourly nobody reads it
# Holidays of two weeks; what was to be told before those is told by the next one.
LOOKED_AT_DAYS = 16
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_HOW = f"write {OPENING}, {CLOSING}, times such as 09:00 16:30, or {OFF}"
_ALWAYS: tuple[Span, ...] = ((0, DAY_MINUTES),)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReminderTimes:
    """``words``: each an opening, a closing, or ``HH:MM``; empty: never."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        """What ``parse`` reads as the same."""
        return " ".join(self.words) or OFF

    def __bool__(self) -> bool:
        return bool(self.words)


AT_OPENING = ReminderTimes((OPENING,))


def parse(text: str) -> ReminderTimes:
    """Raises ValueError with what may be written instead."""
    words = text.lower().split()
    if words == [OFF]:
        return ReminderTimes(())
    found = {_word(word) for word in words}
    if not found:
        raise ValueError(_HOW)
    if len(found) > MOST:
        raise ValueError(f"at most {MOST} times a day; {_HOW}")
    return ReminderTimes(tuple(sorted(found)))


def _word(word: str) -> str:
    if word in (OPENING, CLOSING):
        return word
    time = _TIME.fullmatch(word)
    if time is None or not word.isascii():
        raise ValueError(f"{word!r} is no time; {_HOW}")
    return f"{int(time[1]):02}:{time[2]}"


def last_us(times: ReminderTimes, office: OfficeHours, now_us: int) -> int | None:
    """The instant for which a reminder is to be there now; None: there was none, or the office has
    closed since.
    """
    today = office.day_of(now_us)
    days = (today - number * _DAY for number in range(LOOKED_AT_DAYS))
    passed = (at for day in days for at in _instants(times, office, day) if at <= now_us)
    latest = max(passed, default=None)
    if latest is None:
        return None
    closes = _next_closing_us(office, latest, today + _DAY)
    return None if closes is not None and closes <= now_us else latest


def next_us(times: ReminderTimes, office: OfficeHours, now_us: int) -> int | None:
    """The first instant after now; None: not in the next days."""
    first = office.day_of(now_us) - _DAY  # its closing may be today
    days = (first + number * _DAY for number in range(LOOKED_AT_DAYS))
    return min(
        (at for day in days for at in _instants(times, office, day) if at > now_us), default=None
    )


def closing_us(office: OfficeHours, now_us: int) -> int | None:
    """When the office closes that is, or will be, open today; None: not today any more."""
    return _next_closing_us(office, now_us, office.day_of(now_us))


def _next_closing_us(office: OfficeHours, after_us: int, last: date) -> int | None:
    """For the day: at noon it only has a break. Of days up to ``last``."""
    day = office.day_of(after_us) - _DAY  # its night shift may go on
    while day <= last:
        hours = _hours(office, day)
        if hours and (closes := office.instant_us(day, hours[-1][1])) > after_us:
            return closes
        day += _DAY
    return None


def _instants(times: ReminderTimes, office: OfficeHours, day: date) -> Iterator[int]:
    hours = _hours(office, day)
    for word in times.words if hours else ():
        yield office.instant_us(day, _minutes(word, hours))


def _minutes(word: str, hours: tuple[Span, ...]) -> int:
    if word == OPENING:
        return hours[0][0]
    if word == CLOSING:
        return hours[-1][1]
    return int(word[:2]) * 60 + int(word[3:])


def _hours(office: OfficeHours, day: date) -> tuple[Span, ...]:
    days = office.weekly.days
    if days is None:
        return _ALWAYS
    return () if office.closed(day) else days[day.weekday()]
