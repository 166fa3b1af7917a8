"""How much office time passes between two instants, and when so much of it has passed.

Pure. Instants are microseconds since the epoch; opening and closing are by the clock on the wall,
so a night with a change of clocks is an hour longer or shorter. A closed day closes what opens on
it: a night shift that began before goes on to its end.

Invariants
- The spans of time that an office is open are in their order and apart.
- A time that a change of clocks leaves out is the instant of the change; of one that comes twice
  the first counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from proxyd.domain.weekly_hours import WeeklyHours

SECOND_US = 1_000_000
# Further ahead nobody plans: an office that is closed for so long is closed.
HORIZON_DAYS = 800
_END_OF_TIME_US = 1 << 62  # 146,000 years: no instant is later, and a column holds it
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_US = timedelta(microseconds=1)

Open = tuple[int, int]  # from, to


def _never_closed(day: date) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """``closed``: whether the office does not open on a day; it answers the same each time."""

    weekly: WeeklyHours
    tz: tzinfo
    closed: Callable[[date], bool] = _never_closed
    # What a day opens, by its number: thousands of conversations ask for the same few days.
    _opened: dict[int, list[Open]] = field(default_factory=dict, compare=False, repr=False)

    def due_us(self, since_us: int, office_us: int) -> int | None:
        """The first instant at which so much office time has passed since then; None: the office is
        closed for good before.
        """
        if office_us <= 0:
            return since_us
        left = office_us
        for opens, closes in self.spans(since_us):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        return None

    def passed_us(self, from_us: int, to_us: int) -> int:
        """The office time between them; 0 where ``to_us`` is not later."""
        total = 0
        for opens, closes in self.spans(from_us):
            if opens >= to_us:
                break
            total += min(closes, to_us) - opens
        return total

    def opening_us(self, at_us: int) -> int | None:
        """The first instant from then on at which somebody is there; None as above."""
        return next((opens for opens, _ in self.spans(at_us)), None)

    def spans(self, from_us: int) -> Iterator[Open]:
        """(opens, closes) from then on, as long as it opens; the first may be open already."""
        if self.weekly.days is None:
            yield from_us, _END_OF_TIME_US
            return
        number = self.day_of(from_us).toordinal() - 1  # its night shift may go on
        last_open = number
        while number - last_open <= HORIZON_DAYS:
            for opens, closes in self._open_on(number):
                if closes > from_us:
                    yield max(from_us, opens), closes
                    last_open = number
            number += 1

    def _open_on(self, number: int) -> list[Open]:
        found = self._opened.get(number)
        if found is None:
            found = self._opened[number] = self._open_from(date.fromordinal(number))
        return found

    def _open_from(self, day: date) -> list[Open]:
        assert self.weekly.days is not None
        hours = self.weekly.days[day.weekday()]
        if not hours or self.closed(day):
            return []
        spans = [(self.instant_us(day, opens), self.instant_us(day, end)) for opens, end in hours]
        return [(opens, closes) for opens, closes in spans if closes > opens]

    def day_of(self, at_us: int) -> date:
        """The date on the wall."""
        return (_EPOCH + at_us * _US).astimezone(self.tz).date()

    def instant_us(self, day: date, minutes: int) -> int:
        """The first instant at which the clock on the wall has reached so many minutes after the
        day's midnight.
        """
        wall = datetime(day.year, day.month, day.day, tzinfo=self.tz) + timedelta(minutes=minutes)
        before, after = wall.utcoffset(), wall.replace(fold=1).utcoffset()
        assert before is not None and after is not None
        instant = wall.replace(tzinfo=UTC) - before
        if after > before:  # left out: the clock jumps past it
            instant = self._reached(wall, instant - (after - before), instant)
        return (instant - _EPOCH) // _US

    def _reached(self, wall: datetime, early: datetime, late: datetime) -> datetime:
        """The first second after ``early`` at which the clock shows ``wall`` or more, as it does at
        ``late``.
        """
        shown = wall.replace(tzinfo=None)
        while late - early > _SECOND:
            middle = early + (late - early) // 2 // _SECOND * _SECOND
            if middle.astimezone(self.tz).replace(tzinfo=None) < shown:
                early = middle
            else:
                late = middle
        return late
