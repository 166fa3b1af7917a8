"""The public holidays of countries (proxyd/calendars/countries.py)."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from proxyd.calendars.countries import CountryCalendar

CALENDAR = CountryCalendar()


def test_japan_has_its_days_with_the_substitute_and_the_one_between():
    days = CALENDAR.days("JP", 2026)
    assert days[date(2026, 1, 1)] == "元日"
    assert date(2026, 5, 6) in days, "the third is a Sunday"
    assert date(2026, 9, 22) in days, "between two holidays"
    assert date(2026, 12, 31) not in days, "a company's own"
    assert len(days) == 18


def test_a_part_of_a_country():
    epiphany = date(2027, 1, 6)
    assert epiphany in CALENDAR.days("DE-BY", 2027)
    assert epiphany not in CALENDAR.days("DE", 2027)


def test_names_don_t_depend_on_who_started_the_process(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "en_US")
    assert CALENDAR.days("DE", 2031)[date(2031, 1, 1)] == "Neujahr"


@pytest.mark.parametrize("country", ["", "XX", "DE-XX", "JP-13", "nonsense", "-"])
def test_of_a_country_that_is_not_known_there_are_none(country):
    assert CALENDAR.days(country, 2026) == {}


@pytest.mark.filterwarnings("error")
def test_every_country_and_part_is_accepted_and_has_days_of_the_year_alone():
    from holidays import list_supported_countries

    for code, parts in list_supported_countries(include_aliases=False).items():
        for country in (code, *(f"{code}-{part}" for part in parts)):
            CALENDAR.check(country)
            assert all(day.year == 2040 for day in CALENDAR.days(country, 2040))


@pytest.mark.parametrize(
    ("country", "meant"),
    [
        ("jp", "JP"),
        ("Japan", "JP"),
        ("JPN", "JP"),
        ("JP-13", "JP"),
        ("Germny", "DE"),
        ("Chad", "TD"),
        ("de-by", "DE-BY"),
        ("DE-XX", "DE"),
        ("DE-", "DE"),
        ("AUTO", "auto"),
        ("nonne", "none"),
    ],
)
def test_one_that_is_nearly_right(country, meant):
    with pytest.raises(ValueError) as caught:
        CALENDAR.check(country)
    assert str(caught.value).startswith(f"did you mean {meant}? write auto, none, or a country")


def test_one_that_is_not():
    with pytest.raises(ValueError, match=r"^write auto, none, or a country such as JP or DE-BY$"):
        CALENDAR.check("??")
    with pytest.raises(ValueError, match="parts of DE are BB, BE"):
        CALENDAR.check("DE-XX")


def test_the_library_is_loaded_for_who_needs_it_alone():
    code = (
        "import sys, proxyd.cli, proxyd.app.serve, proxyd.calendars.countries as c;"
        "c.CountryCalendar().days('', 2026);"
        "assert not {'holidays', 'icalendar', 'dateutil'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
