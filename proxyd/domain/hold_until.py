"""Until when somebody means who says ``Monday``, ``tomorrow``, ``3d``, ``2w`` or ``2026-12-24``.

Pure. The day is one after today, by the clock on the office's wall; the instant is the first of it,
or after it, at which somebody is there to see the mail come back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta

from proxyd.domain.office_hours import OfficeHours

# Further ahead is a slip: "20260d", or a year of five digits.
MOST_DAYS = 730
_TOMORROW = ("tomorrow", "明日", "あした")
_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_JAPANESE = "月火水木金土日"
_WEEKDAYS = {
    name: number
    for number, (english, sign) in enumerate(zip(_ENGLISH, _JAPANESE, strict=True))
    for name in (english, english[:3], sign, f"{sign}曜", f"{sign}曜日")
}
_AHEAD = re.compile(r"([0-9]{1,4})([dw])")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HOW = "write tomorrow, a weekday, 3d, 2w or a date such as 2026-12-24"


def until(word: str, now_us: int, office: OfficeHours) -> int:
    """The instant; the day's beginning where the office never opens again.

    Raises ValueError with what may be written instead: also for a day that is not ahead.
    """
    today = office.day_of(now_us)
    day = day_meant(word)(today)
    if not today < day <= today + timedelta(MOST_DAYS):
        raise ValueError(f"{word} is not within the next two years; {_HOW}")
    begins = office.instant_us(day, 0)
    opens = office.opening_us(begins)
    return begins if opens is None else opens


def day_meant(word: str) -> Callable[[date], date]:
    """From today's date to the day meant. Raises ValueError for what is no such word."""
    said = unicodedata.normalize("NFKC", word).strip().casefold()
    if said in _TOMORROW:
        return lambda today: today + timedelta(1)
    if said in _WEEKDAYS:
        number = _WEEKDAYS[said]
        return lambda today: today + timedelta((number - today.weekday() - 1) % 7 + 1)
    if ahead := _AHEAD.fullmatch(said):
        days = int(ahead[1]) * (7 if ahead[2] == "w" else 1)
        return lambda today: today + timedelta(days)
    if _ISO.fullmatch(said):
        try:
            day = date.fromisoformat(said)
        except ValueError:
            raise ValueError(f"there is no day {word}; {_HOW}") from None
        return lambda _: day
    raise ValueError(f"{word!r} names no day; {_HOW}")
