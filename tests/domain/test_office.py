"""The office of a shared mailbox (domain/office.py)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from proxyd.domain.office import office_of
from proxyd.domain.policy import Policy
from proxyd.domain.policy_options import changed

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YEAR = date(2026, 1, 1)
HOUR_US = 3_600_000_000


class OneCountry:
    """Only that of Japan's new year, and how often it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def days(self, country: str, year: int) -> Mapping[date, str]:
        self.asked.append((country, year))
        return {date(year, 1, 1): "元日"} if country == "JP" else {}

    def check(self, country: str) -> None:
        if country != "JP":
            raise ValueError("write JP")


def at(*when: int) -> int:
    return int(datetime(*when, tzinfo=TOKYO).timestamp()) * 1_000_000  # type: ignore[arg-type,misc]


def chosen(**words: str) -> Policy:
    return changed(Policy(), {key.replace("_", "-"): word for key, word in words.items()})


def test_weekends_a_country_s_days_and_own_ones():
    own = {date(2026, 1, 2): "ours"}
    office = office_of(chosen(zone="Asia/Tokyo"), OneCountry(), own)
    since = at(2025, 12, 31, 17)  # a Wednesday; the third is a Saturday
    assert office.due_us(since, 4 * HOUR_US) == at(2026, 1, 5, 12)


def test_no_country_s():
    office = office_of(chosen(zone="Asia/Tokyo", holidays="none"), OneCountry(), {})
    assert office.due_us(at(2025, 12, 31, 17), 4 * HOUR_US) == at(2026, 1, 1, 12)


def test_always_is_open_on_holidays_too():
    calendar = OneCountry()
    office = office_of(chosen(zone="Asia/Tokyo", office_hours="always"), calendar, {NEW_YEAR: ""})
    assert office.due_us(at(2025, 12, 31, 23), 4 * HOUR_US) == at(2026, 1, 1, 3)
    assert calendar.asked == []


def test_of_the_same_words_and_days_it_is_the_same():
    calendar = OneCountry()
    policy = chosen(zone="Asia/Tokyo")
    assert office_of(policy, calendar, {NEW_YEAR: "a"}) == office_of(policy, calendar, [NEW_YEAR])
    assert office_of(policy, calendar, {}) != office_of(policy, calendar, [NEW_YEAR])
    assert office_of(policy, calendar, {}) != office_of(chosen(), calendar, {})
