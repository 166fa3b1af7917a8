"""When a mailbox's office is open, and on which days it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from admin.web.mailboxes.common import (
    ONE,
    done_of,
    facts_of_one,
    for_admins,
    mailbox_of,
    path_of,
    services_of,
)
from admin.web.mailboxes.policy import CHOSEN, OF_OFFICE, shown_options, what_changes
from admin.web.page import Answer, Go, Problem, Show, ShowAgain, Typed, Visit
from proxyd.domain.errors import BadInput

HOURS: Final = f"{ONE}/hours"
_DAYS_CHARS: Final = 20_000  # of typed days: some hundreds, more than anybody has by hand
_DAYS_OCTETS: Final = 256 * 1024  # of those as a browser sends them
_YEARS: Final = range(1, 10_000)


async def page(visit: Visit) -> Answer:
    mailbox = await mailbox_of(visit)
    closed_days = services_of(visit).closed_days
    asked = visit.query.get("year", "")
    wanted = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else None
    year, days = await closed_days.of_year(mailbox.name, wanted if wanted in _YEARS else None)
    facts = {
        "options": shown_options(mailbox, OF_OFFICE),
        "year": year,
        "days": days,
        "own": _as_lines(await closed_days.own(mailbox.name)),
        "done": done_of(visit, "nothing", "days"),
    }
    return Show("mailboxes/hours.html", {**facts_of_one(mailbox), **facts})


async def look(visit: Visit) -> Answer:
    return await what_changes(visit, HOURS)


async def replace_days(visit: Visit) -> Answer:
    """Empty: none of its own any more. Raises NotFound."""
    services, name, typed = services_of(visit), visit.path["name"], visit.typed("days")
    try:
        this_year, _ = await services.closed_days.of_year(name, None)
        days = services.read_days(typed.encode(), this_year) if typed.strip() else {}
        await services.closed_days.replace(name, days, by=visit.actor, what="days")
    except BadInput as error:
        return ShowAgain(HOURS, (_problem(error),))
    return Go(f"{path_of(name, 'hours')}?done=days")


def _problem(error: BadInput) -> Problem:
    if "would be closed" in error.problem:
        return "days", "policy-wrong.closed"
    word, _, number = error.what.partition(" ")
    if word == "line":
        return "days", "days.wrong-line", {"line": number}
    return "days", "days.wrong"


def _as_lines(days: Mapping[date, str]) -> str:
    return "".join(
        f"{day.isoformat()} {name}".rstrip() + "\n" for day, name in sorted(days.items())
    )


PAGES: Final = (
    for_admins("GET", HOURS, page),
    for_admins("POST", HOURS, look, *CHOSEN),
    for_admins(
        "POST",
        f"{HOURS}/days",
        replace_days,
        Typed("days", _DAYS_CHARS),
        most_octets=_DAYS_OCTETS,
    ),
)
