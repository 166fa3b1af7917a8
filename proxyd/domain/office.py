"""The office of a shared mailbox: its week, a country's holidays and its own closed days. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from proxyd.domain.office_hours import OfficeHours
from proxyd.domain.policy import Policy
from proxyd.domain.ports.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Closed:
    """Whether nobody works on a day."""

    calendar: Calendar
    country: str
    own: frozenset[date]

    def __call__(self, day: date) -> bool:
        return day in self.own or day in self.calendar.days(self.country, day.year)


def office_of(policy: Policy, calendar: Calendar, own: Collection[date]) -> OfficeHours:
    """Of the same words and days it is the same."""
    closed = Closed(calendar, policy.country, frozenset(own))
    return OfficeHours(policy.office_hours, policy.tz, closed)
