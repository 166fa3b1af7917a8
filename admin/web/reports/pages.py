"""Reports of a period, on a page and as a file: the same question, and each asking is a record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final
from urllib.parse import urlencode

from admin.web.durations import duration
from admin.web.page import Answer, Download, Show, Visit, WebPage
from admin.web.reports.shown import (
    LEAST,
    beside,
    csv_file,
    has_numbers,
    hours_chart,
    person_lines,
    times_line,
    weeks_chart,
)
from admin.web.words import said
from proxyd.domain.errors import BadInput
from proxyd.domain.types import Role
from proxyd.service.reports.period_report import PeriodReport

_WORKERS: Final = frozenset({Role.STAFF, Role.ADMIN})
_YEARS: Final = range(1970, 9000)  # beyond them a zone may lead out of the calendar
_DAY_US: Final = 86_400_000_000
_MINUTE_US: Final = 60_000_000
_Problems = list[tuple[str, str]]


async def reports(visit: Visit) -> Answer:
    """Raises NotFound for who has none, and for a mailbox that is not theirs to know of."""
    report, problems = await _asked(visit)
    chosen = report.mailbox.name if report.mailbox is not None else ""
    language = visit.language
    first_us = report.since_us
    known_us = 0 if first_us is None else visit.services.sessions.clock() - first_us
    facts = {
        "report": report,
        "chosen": chosen,
        "since": report.period.since.isoformat(),
        "until": report.period.until.isoformat(),
        "zone_name": report.zone or said(language, "reports.machine"),
        "there": has_numbers(report),
        "known_days": known_us // _DAY_US,
        "weeks": [times_line(language, name, one) for name, one in report.weeks.items()],
        "total": times_line(language, said(language, "reports.total"), report.total),
        "people": person_lines(language, report),
        "weeks_chart": weeks_chart(report),
        "hours_chart": hours_chart(report),
        "goal": duration(language, report.goal_min * _MINUTE_US) if report.goal_min else "",
        "least": LEAST,
        "earlier": _path(chosen, *beside(report, later=False)),
        "later": _path(chosen, *beside(report, later=True)),
        "file": _path(chosen, report.period.since, report.period.until, "/reports.csv"),
        "problems": problems,
    }
    return Show("reports/reports.html", facts, 422 if problems else 200)


async def file(visit: Visit) -> Answer:
    """Raises NotFound as the page. What can't be read of the question is as if it were not there,
    as on the page.
    """
    report, _ = await _asked(visit)
    whose = report.mailbox.name if report.mailbox is not None else "all"
    name = f"proxyd-{whose}-{report.period.since}-{report.period.until}.csv"
    return Download(name, "text/csv; charset=utf-8", csv_file(report))


async def _asked(visit: Visit) -> tuple[PeriodReport, _Problems]:
    query, ask = visit.query, visit.services.work.reports.of
    mailbox = query.get("mailbox", "") or None
    days: dict[str, date | None] = {"since": None, "until": None}
    problems: _Problems = []
    for name, field in (("since", "from"), ("until", "to")):
        days[name], bad = _day(query, field)
        problems += [(field, "reports.bad-day")] if bad else []
    try:
        return await ask(visit.account, by=visit.actor, mailbox=mailbox, **days), problems
    except BadInput:
        problems.append(("from", "reports.bad-order"))
        return await ask(visit.account, by=visit.actor, mailbox=mailbox), problems


def _day(query: Mapping[str, str], field: str) -> tuple[date | None, bool]:
    """And whether it could not be read."""
    text = query.get(field, "").strip()
    if not text:
        return None, False
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, True
    return (day, False) if day.year in _YEARS else (None, True)


def _path(mailbox: str, since: object, until: object, path: str = "/reports") -> str:
    kept = {"mailbox": mailbox} if mailbox else {}
    return f"{path}?" + urlencode({**kept, "from": since, "to": until})


PAGES: Final = (
    WebPage("GET", "/reports", reports, roles=_WORKERS),
    WebPage("GET", "/reports.csv", file, roles=_WORKERS),
)
