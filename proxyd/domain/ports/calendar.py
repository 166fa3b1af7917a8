"""The public holidays of countries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Protocol


class Calendar(Protocol):
    def days(self, country: str, year: int) -> Mapping[date, str]:
        """The holidays of that year, with what each is called there; none where the country is not
        known. ``country``: "JP", or with a part of it "DE-BY".
        """
        ...

    def check(self, country: str) -> None:
        """Raises ValueError with what to write instead of a country that is not known."""
        ...


class NoCalendar:
    """Knows of no holidays, and so of no country that is wrong."""

    def days(self, country: str, year: int) -> Mapping[date, str]:
        return {}

    def check(self, country: str) -> None:
        pass
