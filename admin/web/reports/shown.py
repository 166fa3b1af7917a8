"""A report in words and charts, and as rows of a file: the same numbers in both. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from admin.web.charts import ColumnChart, columns, share
from admin.web.durations import duration
from admin.web.words import said
from proxyd.domain.response_times import ResponseSummary
from proxyd.domain.spreadsheet import harmless
from proxyd.service.reports.load import Absence, Load
from proxyd.service.reports.period_report import PeriodReport
from proxyd.service.reports.response_times import OUTSIDE

LEAST: Final = 5  # cases: of fewer, a percentage says more than is known
NOTHING: Final = "–"
_MARK: Final = "\ufeff"  # without it Excel reads UTF-8 in the machine's own character set
_MINUTE_US: Final = 60_000_000
_HOURS: Final = tuple(f"{hour}" for hour in range(24))


@dataclass(frozen=True, slots=True)
class TimesLine:
    """A line of a table of times, in words."""

    name: str
    answered: int
    median: str
    p90: str
    within: str
    within_4h: str
    finished: int


@dataclass(frozen=True, slots=True)
class PersonLine:
    """``share``: of 100, beside the others. ``absence``: a key's last part, or ""."""

    name: str
    absence: str
    answered: int
    median: str
    within: str
    now: int
    overdue: int
    share: int


def times_line(language: str, name: str, summary: ResponseSummary) -> TimesLine:
    return TimesLine(
        name,
        summary.answered,
        _lasting(language, summary.median_office_us),
        _lasting(language, summary.p90_office_us),
        _percent(language, summary.within_goal, summary.with_goal),
        _percent(language, summary.within_4h, summary.answered),
        summary.finished,
    )


def person_lines(language: str, report: PeriodReport) -> list[PersonLine]:
    """By login; what is nobody's, and what was answered outside of us, at the end."""
    most = max((one.load.conversations for one in report.load.people), default=0)
    answered = dict(report.people)
    lines, nobody = [], None
    for one in report.load.people:
        login = one.account.login if one.account is not None else ""
        summary = answered.pop(login, None)
        line = _person(language, login, one.absence, summary, one.load, most)
        if one.account is None:
            nobody = line
        else:
            lines.append(line)
    lines += [
        _person(language, name, Absence.NONE, summary, None, most)
        for name, summary in answered.items()
        if name != OUTSIDE
    ]
    lines.sort(key=lambda one: one.name)
    if nobody is not None:
        lines.append(nobody)
    if OUTSIDE in answered:
        lines.append(_person(language, OUTSIDE, Absence.NONE, answered[OUTSIDE], None, most))
    return lines


def _person(
    language: str,
    login: str,
    absence: Absence,
    summary: ResponseSummary | None,
    load: Load | None,
    most: int,
) -> PersonLine:
    names = {"": "reports.nobody", OUTSIDE: "reports.outside"}
    now = load.conversations if load is not None else 0
    return PersonLine(
        said(language, names[login]) if login in names else login,
        absence,
        summary.answered if summary is not None else 0,
        _lasting(language, summary.median_office_us if summary is not None else None),
        _percent(language, summary.within_goal, summary.with_goal) if summary else NOTHING,
        now,
        load.overdue if load is not None else 0,
        share(now, most),
    )


def weeks_chart(report: PeriodReport) -> ColumnChart:
    """In office time, as the goal is that is drawn beside it."""
    summaries = report.weeks.values()
    return columns(
        [one.median_office_us or 0 for one in summaries],
        [name.partition("-")[2] for name in report.weeks],
        marks=[one.p90_office_us for one in summaries],
        line=report.goal_min * _MINUTE_US or None,
    )


def hours_chart(report: PeriodReport) -> ColumnChart:
    return columns(report.arrivals, _HOURS)


def has_numbers(report: PeriodReport) -> bool:
    total = report.total
    counted = total.answered or total.finished or report.load.total.conversations
    return bool(counted or sum(report.arrivals))


def beside(report: PeriodReport, *, later: bool) -> tuple[str, str]:
    """First and last day of the period before this one, or after it."""
    since, until = report.period.since, report.period.until
    length = until - since + timedelta(days=1)
    by = length if later else -length
    return (since + by).isoformat(), (until + by).isoformat()


def csv_file(report: PeriodReport) -> bytes:
    """Everything that stands on the page, as one table: what it is of, and its numbers.

    RFC 4180, UTF-8 with a mark for spreadsheets; no cell is a formula.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADS)
    writer.writerows([harmless(value) for value in row] for row in _rows(report))
    return (_MARK + out.getvalue()).encode("utf-8", "replace")


HEADS: Final = (
    *("mailbox", "since", "until", "zone", "of", "name", "arrived", "answered"),
    *("median_minutes", "p90_minutes", "median_office_minutes", "p90_office_minutes"),
    *("within_goal_percent", "within_4h_percent", "finished"),
    *("not_done_now", "overdue_now"),
)


def _rows(report: PeriodReport) -> Iterator[list[object]]:
    period = report.period
    whose = report.mailbox.name if report.mailbox is not None else "(all)"
    begin = [whose, period.since.isoformat(), period.until.isoformat(), report.zone]
    for hour, count in enumerate(report.arrivals):
        yield [*begin, "hour", f"{hour:02}:00", count, *[None] * 10]
    for name, summary in report.weeks.items():
        yield [*begin, "week", name, None, *_numbers(summary), None, None]
    answered = dict(report.people)
    for one in report.load.people:
        name = one.account.login if one.account is not None else "(nobody)"
        summary_or_none = answered.pop(name, None)
        numbers = _numbers(summary_or_none) if summary_or_none is not None else [None] * 8
        yield [*begin, "person", name, None, *numbers, one.load.conversations, one.load.overdue]
    for name, summary in answered.items():
        yield [*begin, "person", name, None, *_numbers(summary), None, None]
    now = report.load.total
    total = [*_numbers(report.total), now.conversations, now.overdue]
    yield [*begin, "total", "(all)", sum(report.arrivals), *total]


def _numbers(summary: ResponseSummary) -> Sequence[object]:
    return [
        summary.answered,
        _minutes(summary.median_us),
        _minutes(summary.p90_us),
        _minutes(summary.median_office_us),
        _minutes(summary.p90_office_us),
        _share(summary.within_goal, summary.with_goal),
        _share(summary.within_4h, summary.answered),
        summary.finished,
    ]


def _minutes(us: int | None) -> float | None:
    return None if us is None else round(us / _MINUTE_US, 1)


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole >= LEAST else None


def _percent(language: str, part: int, whole: int) -> str:
    if whole < LEAST:
        return NOTHING
    return said(language, "reports.percent", percent=round(100 * part / whole))


def _lasting(language: str, us: int | None) -> str:
    return NOTHING if us is None else duration(language, us)
