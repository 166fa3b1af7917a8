"""Office hours as people write them: ``Mon-Fri 09:00-12:00, 13:00-18:00; Sat 10:00-14:00``.

Pure. Times are those of the clock on the wall; what closes at or before its opening closes on the
next day (``Mon-Thu 22:00-06:00``), and ``24:00`` is midnight at the end of the day. ``always`` has
no closing, holidays included. Invariant: what ``str`` writes, ``parse`` reads as the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

ALWAYS = "always"
DAY_MINUTES = 24 * 60
MOST_A_DAY = 12  # openings; more are a slip, and nobody could read them
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NUMBER = {name.lower(): number for number, name in enumerate(_DAYS)}
_GROUP = re.compile(r"([^\s-]+)(?:\s*-\s*([^\s-]+))?\s+(?=[0-9])(.*)", re.DOTALL)
_TIMES = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")
_HOW = "write hours such as Mon-Fri 09:00-12:00, 13:00-18:00; Sat 10:00-14:00, or always"

Span = tuple[int, int]  # minutes after the day's midnight; the end may be on the next day


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """``days``: what is open on Monday and so on, seven; None: always open."""

    days: tuple[tuple[Span, ...], ...] | None

    def __str__(self) -> str:
        """Days of the same hours together."""
        if self.days is None:
            return ALWAYS
        groups: list[str] = []
        number = 0
        while number < len(_DAYS):
            last = number
            while last + 1 < len(_DAYS) and self.days[last + 1] == self.days[number]:
                last += 1
            if self.days[number]:
                names = _DAYS[number] if last == number else f"{_DAYS[number]}-{_DAYS[last]}"
                groups.append(f"{names} {', '.join(map(_shown, self.days[number]))}")
            number = last + 1
        return "; ".join(groups)


def parse(text: str) -> WeeklyHours:
    """Raises ValueError with what may be written instead: also for hours that never open."""
    if text.strip().lower() == ALWAYS:
        return WeeklyHours(None)
    days: list[list[Span]] = [[] for _ in _DAYS]
    for group in filter(None, map(str.strip, text.split(";"))):
        found = _GROUP.fullmatch(group)
        if found is None:
            raise ValueError(f"{group!r} is no day with its hours; {_HOW}")
        first, last, times = found.groups()
        spans = [_span(one.strip()) for one in times.split(",")]
        for number in _days(first, last or first):
            days[number] += spans
    if not any(days):
        raise ValueError(f"nobody would ever be there; {_HOW}")
    if max(map(len, days)) > MOST_A_DAY:
        raise ValueError(f"a day opens more than {MOST_A_DAY} times; {_HOW}")
    _require_apart(days)
    return WeeklyHours(tuple(tuple(sorted(spans)) for spans in days))


def _days(first: str, last: str) -> list[int]:
    for name in (first, last):
        if name.lower() not in _NUMBER:
            raise ValueError(f"{name!r} is no day; {_HOW}")
    start, end = _NUMBER[first.lower()], _NUMBER[last.lower()]
    return [(start + offset) % 7 for offset in range((end - start) % 7 + 1)]


def _span(text: str) -> Span:
    match = _TIMES.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no time; {_HOW}")
    hours = [int(number) for number in match.groups()]
    opens, closes = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    late = closes > DAY_MINUTES or opens >= DAY_MINUTES
    if late or hours[1] > 59 or hours[3] > 59:
        raise ValueError(f"{text!r} is no time of the day; {_HOW}")
    return opens, closes if closes > opens else closes + DAY_MINUTES


def _require_apart(days: list[list[Span]]) -> None:
    """Hours that stand twice are a slip of somebody who meant something else."""
    placed = sorted(
        (number * DAY_MINUTES + opens, number * DAY_MINUTES + closes)
        for number, spans in enumerate(days)
        for opens, closes in spans
    )
    next_week = placed[0][0] + 7 * DAY_MINUTES
    for (_, closes), (opens, _) in pairwise([*placed, (next_week, next_week)]):
        if closes > opens:
            day = _DAYS[opens // DAY_MINUTES % 7]
            raise ValueError(f"the hours of {day} overlap with others; {_HOW}")


def _shown(span: Span) -> str:
    opens, closes = span
    if closes > DAY_MINUTES:
        closes -= DAY_MINUTES
    return f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"
