"""Days by the clock on a wall, as instants. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo

SECOND_US = 1_000_000


def midnight_us(day: date, tz: tzinfo) -> int:
    return round(datetime.combine(day, time(), tz).timestamp()) * SECOND_US


def today(tz: tzinfo, now_us: int) -> date:
    return datetime.fromtimestamp(now_us / SECOND_US, UTC).astimezone(tz).date()
