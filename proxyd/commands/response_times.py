"""``proxyd report response-times``: how long those who write to us wait.

The same values as a table for people, and as CSV and JSON with times in minutes.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from proxyd.commands.console import AsJson, Config, note, say, say_json, say_table
from proxyd.commands.installation import Installation, now_us, within
from proxyd.commands.report import ALL, As, InMailbox, ReportFormat
from proxyd.commands.spreadsheet import say_csv
from proxyd.commands.zone import machine_zone
from proxyd.domain.errors import BadInput
from proxyd.domain.response_times import ResponseSummary
from proxyd.service.reports.response_times import Grouping, ResponseReport, ResponseTimes

_MINUTE_US = 60_000_000
_YEARS = range(1970, 9999)  # beyond them a time zone may lead out of the calendar
_HEADS = (
    "ANSWERED",
    "MEDIAN",
    "90TH",
    "OFFICE MEDIAN",
    "OFFICE 90TH",
    "WITHIN GOAL",
    "WITHIN 4H",
    "NOT ANSWERED",
)


def response_times(
    mailbox: InMailbox = None,
    grouping: Annotated[
        Grouping | None,
        typer.Option(
            "--by",
            help="A line for each: mailbox, week of the answer (ISO), person who answered, hour "
            "of the day in which the mail came.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="DAY", help="The first day, such as 2026-10-01. Else: 12 weeks."
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="The last day. Else: today.")
    ] = None,
    format_: As = ReportFormat.TABLE,
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """How long those who write to us wait: median, 90th percentile, share within the goal.

    A mail counts on the day on which it was answered, or finished without an answer. MEDIAN and
    90TH are times on the wall; OFFICE leaves out what is outside of office hours. WITHIN GOAL is
    of office time and the goal that counted then, WITHIN 4H of time on the wall; both are shares
    of what was answered. Percentiles are those of a spreadsheet's PERCENTILE.

    Days and weeks are in the mailbox's time zone; of mailboxes in several zones, in this machine's.
    Hours are always in the mailbox's.

    JSON: {by, since, until, zone, groups: [{group, answered, median_minutes, p90_minutes,
    median_office_minutes, p90_office_minutes, within_goal_percent, within_4h_percent, finished}],
    total: the same, waiting, overdue}. CSV has the same columns, the total last, as "(all)".

    Asking is recorded in the access log.
    """
    first, last = _day("--since", since), _day("--until", until)

    async def work(at: Installation) -> ResponseReport:
        times = ResponseTimes(at.store, at.settings.workflow.status_set, now_us)
        return await times.report(
            by=at.actor, mailbox=mailbox, grouping=grouping, since=first, until=last
        )

    _say_times(within(config, work), grouping, ReportFormat.JSON if as_json else format_)


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(option, f"{text!r} is not a day", "write it as 2026-10-31") from None
    if day.year not in _YEARS:
        raise BadInput(option, f"{text!r} is too far away", "write a day of this century")
    return day


def _say_times(report: ResponseReport, grouping: Grouping | None, format_: ReportFormat) -> None:
    rows = [*report.groups.items(), (ALL, report.total)]
    if format_ is ReportFormat.JSON:
        values = [_times(name, summary) for name, summary in rows]
        say_json(
            {
                "by": grouping,
                "since": report.period.since.isoformat(),
                "until": report.period.until.isoformat(),
                "zone": report.zone or machine_zone(),
                "groups": values[:-1],
                "total": values[-1],
                "waiting": report.waiting,
                "overdue": report.overdue,
            }
        )
        return
    if format_ is ReportFormat.CSV:
        values = [_times(name, summary) for name, summary in rows]
        say_csv(list(values[0]), [list(one.values()) for one in values])
        note(_beside(report))
        return
    if not _is_empty(report):
        head = grouping.upper() if grouping else ""
        say_table([head, *_HEADS], [_times_shown(name, one) for name, one in rows])
    say(_beside(report))


def _is_empty(report: ResponseReport) -> bool:
    return not report.total.answered and not report.total.finished


def _beside(report: ResponseReport) -> str:
    """Of which days the report is, and what no time tells."""
    period = f"{report.period.since} to {report.period.until}, {report.zone or machine_zone()}"
    period = f"From {period}: nothing was answered or finished" if _is_empty(report) else period
    return f"{period}. Waiting now: {report.waiting}, of them overdue: {report.overdue}."


def _times(name: str, summary: ResponseSummary) -> dict[str, object]:
    return {
        "group": name,
        "answered": summary.answered,
        "median_minutes": _minutes(summary.median_us),
        "p90_minutes": _minutes(summary.p90_us),
        "median_office_minutes": _minutes(summary.median_office_us),
        "p90_office_minutes": _minutes(summary.p90_office_us),
        "within_goal_percent": _percent(summary.within_goal, summary.with_goal),
        "within_4h_percent": _percent(summary.within_4h, summary.answered),
        "finished": summary.finished,
    }


def _times_shown(name: str, summary: ResponseSummary) -> list[str]:
    return [
        name,
        str(summary.answered),
        _duration(summary.median_us),
        _duration(summary.p90_us),
        _duration(summary.median_office_us),
        _duration(summary.p90_office_us),
        _share(summary.within_goal, summary.with_goal),
        _share(summary.within_4h, summary.answered),
        str(summary.finished),
    ]


def _minutes(us: int | None) -> float | None:
    return None if us is None else round(us / _MINUTE_US, 1)


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"


def _duration(us: int | None) -> str:
    """To the nearest minute, as the values for programs."""
    if us is None:
        return "-"
    hours, minutes = divmod(round(us / _MINUTE_US), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
