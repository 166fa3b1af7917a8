"""What stands for a date that a provider does not have (domain/internal_date.py)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxyd.domain.internal_date import (
    NO_DATE,
    internal_date,
    internal_date_us,
    is_told,
    received,
)

TOLD = "13-Jul-2026 09:00:00 +0900"


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


NOW = us("2026-07-14 12:00:00")


@pytest.mark.parametrize(
    ("told", "sent", "expected"),
    [
        (TOLD, "2026-07-01", TOLD),
        (" 1-Jul-1985 09:00:00 +0900", "2026-07-01", " 1-Jul-1985 09:00:00 +0900"),
        (NO_DATE, "2026-07-01 10:11:12", "01-Jul-2026 10:11:12 +0000"),
        ("01-Jan-1970 09:00:00 +0900", "2026-07-01", "01-Jul-2026 00:00:00 +0000"),
        ("31-Dec-1969 16:00:00 -0800", "2026-07-01", "01-Jul-2026 00:00:00 +0000"),
        ("01-Jan-0001 00:00:00 +0000", "1990-01-01", "01-Jan-1990 00:00:00 +0000"),
        (NO_DATE, "2026-07-14 12:00:01", None),
        (NO_DATE, "1989-12-31 23:59:59", None),
        (NO_DATE, None, None),
    ],
)
def test_the_providers_else_the_date_else_none(
    told: str, sent: str | None, expected: str | None
) -> None:
    assert received(told, us(sent) if sent else None, NOW) == expected


def test_there_and_back() -> None:
    assert internal_date_us(internal_date(NOW + 999_999)) == NOW
    assert len(internal_date(NOW)) == 26
    assert internal_date_us("31-Feb-2026 10:00:00 +0000") == 0
    assert internal_date_us(NO_DATE) == 0 and not is_told(NO_DATE)
    new_year = us("1971-01-01")
    assert is_told(internal_date(new_year)) and not is_told(internal_date(new_year - 1))
