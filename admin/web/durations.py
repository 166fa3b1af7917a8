"""How long something lasts, in words that fit into a table: 1 d 4 h."""

from __future__ import annotations

from typing import Final

from admin.web.words import said

_MINUTE_US: Final = 60_000_000
_HOUR: Final = 60
_DAY: Final = 24 * _HOUR


def duration(language: str, us: int) -> str:
    """The two largest units that tell something; to the minute, rounded as reports are."""
    minutes = max(0, round(us / _MINUTE_US))
    days, rest = divmod(minutes, _DAY)
    hours, left = divmod(rest, _HOUR)
    if days:
        return said(language, "duration.days", days=days, hours=hours)
    if hours:
        return said(language, "duration.hours", hours=hours, minutes=left)
    return said(language, "duration.minutes", minutes=left)
