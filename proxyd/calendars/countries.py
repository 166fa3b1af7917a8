"""The public holidays of countries, as the library ``holidays`` knows them.

It is loaded when the first holiday is asked for: most commands, and mailboxes of countries whose
days don't count, do without.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import date
from functools import cache

from proxyd.domain.nearly import close_to

_HOW = "write auto, none, or a country such as JP or DE-BY"
_WORDS = ("auto", "none")


class CountryCalendar:
    """A domain.ports.calendar.Calendar."""

    def days(self, country: str, year: int) -> Mapping[date, str]:
        return _days(country, year) if country else {}

    def check(self, country: str) -> None:
        code, _, part = country.partition("-")
        parts = _countries().get(code)
        if parts is None:
            code = _code_of(code)
            parts = _countries().get(code, [])
        near = close_to(part, parts)
        meant = f"{code}-{near}" if near else code
        if meant != country:
            known = f"; parts of {code} are {', '.join(parts)}" if part and parts else ""
            raise ValueError((f"did you mean {meant}? " if meant else "") + _HOW + known)


@cache
def _countries() -> Mapping[str, list[str]]:
    """By the two letters of ISO 3166: the parts that have days of their own."""
    from holidays import list_supported_countries  # noqa: PLC0415 - see above

    return list_supported_countries(include_aliases=False)


def _code_of(name: str) -> str:
    """What is written for a country whose name or letters are nearly these; "" for none."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415 - see above

    codes = {other: names[1] for names in COUNTRIES.values() for other in names}
    codes |= {word: word for word in _WORDS}
    return codes.get(close_to(name, codes), "")


@cache
def _days(country: str, year: int) -> Mapping[date, str]:
    from holidays import country_holidays  # noqa: PLC0415 - see above

    code, _, part = country.partition("-")
    with warnings.catch_warnings():  # of years that a country has not decided on yet
        warnings.simplefilter("ignore")
        try:
            known = country_holidays(code, subdiv=part or None)
        except NotImplementedError:  # another version of the library knew it
            return {}
        # Else the names are in the language of whoever started the process.
        own = known.default_language
        return dict(country_holidays(code, subdiv=part or None, years=year, language=own))
