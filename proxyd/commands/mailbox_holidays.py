"""``proxyd mailbox holidays``: on which days a mailbox's office is closed, shown and replaced."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from proxyd.calendars.countries import CountryCalendar
from proxyd.calendars.own_days import FILE_OCTETS, read_days
from proxyd.commands.console import AsJson, Config, note, say, say_json, say_table
from proxyd.commands.installation import Installation, now_us, within
from proxyd.domain.errors import BadInput
from proxyd.service.admin.closed_days import ClosedDay, ClosedDaysAdmin, OfficeCheck

NAMED = 5  # of the events that are passed over; a calendar may have thousands


def holidays(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The shared mailbox.")],
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="Its own closed days: an .ics, or lines such as 2026-05-01 May day and "
            "2026-12-29..2027-01-03 Winter holidays.",
            show_default=False,
        ),
    ] = None,
    year: Annotated[
        int | None,
        typer.Option("--year", metavar="YEAR", min=1, max=9999, show_default="this year"),
    ] = None,
    config: Config = None,
    *,
    clear: Annotated[bool, typer.Option("--clear", help="Forget its own ones.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show on which days an office is closed; with FILE, replace its own closed days."""
    if clear and file is not None:
        raise BadInput("mailbox holidays", "both FILE and --clear are given", "give one of them")
    days = {} if clear else None if file is None else _read(file)

    async def work(at: Installation) -> tuple[int, list[ClosedDay]]:
        admin = ClosedDaysAdmin(at.store, OfficeCheck(CountryCalendar(), now_us))
        if days is not None:
            await admin.replace(name, days, by=at.actor, what=str(file))
        return await admin.of_year(name, year)

    shown, closed = within(config, work)
    if days is not None and not as_json:
        say(_changed(name, days))
        return
    if as_json:
        say_json([_row(one) for one in closed])
        return
    columns = ("day", "weekday", "name", "of")
    say_table([one.upper() for one in columns], [[_row(one)[c] for c in columns] for one in closed])
    note(
        f"In {shown}; own ones: proxyd mailbox holidays {shlex.quote(name)} FILE; a country's: "
        f"proxyd mailbox policy {shlex.quote(name)} holidays=COUNTRY"
    )


def _read(file: Path) -> dict[date, str]:
    """Raises BadInput with the file's name."""
    how = "write the path of a text file or an .ics"
    try:
        with file.open("rb") as octets:
            found = read_days(octets.read(FILE_OCTETS + 1), date.today().year)
    except OSError as error:
        raise BadInput(str(file), f"it can't be read ({error.strerror})", how) from None
    except BadInput as error:
        where = "" if error.what == "the file" else f", {error.what}"
        raise BadInput(f"{file}{where}", error.problem, error.instead) from None
    for told in found.passed_over[:NAMED]:
        note(f"Passed over: {told}")
    if more := found.passed_over[NAMED:]:
        note(f"Passed over: {len(more)} more at a time of day")
    return found.days


def _changed(name: str, days: Mapping[date, str]) -> str:
    if not days:
        return f"{name} has no closed days of its own any more."
    return f"{name} has {len(days)} closed days of its own, from {min(days)} to {max(days)}."


def _row(one: ClosedDay) -> dict[str, str]:
    weekday = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[one.day.weekday()]
    return {
        "day": one.day.isoformat(),
        "weekday": weekday,
        "name": one.name,
        "of": one.country or "own",
    }
