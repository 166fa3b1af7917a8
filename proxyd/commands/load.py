"""``proxyd report load``: who has how much at this moment."""

from __future__ import annotations

from collections.abc import Sequence

from proxyd.commands.console import AsJson, Config, say_json, say_table
from proxyd.commands.installation import Installation, now_us, within
from proxyd.commands.report import ALL, As, InMailbox, ReportFormat
from proxyd.commands.spreadsheet import say_csv
from proxyd.commands.times import local_time
from proxyd.domain.workflow import StatusSet
from proxyd.service.reports.load import Absence, Load, LoadReport, Loads, PersonLoad

NOBODY = "(nobody)"


def load(
    mailbox: InMailbox = None,
    format_: As = ReportFormat.TABLE,
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Who has how much: conversations that are not done, per person, and those of nobody.

    WAITING are those in which somebody outside waits for us, OLDEST is since when, BACK BY DATE
    how many come back from hold by themselves. Who has a grant and no work is there too.

    JSON: {people: [{person, name, absence, conversations, status_KEY (one for each), returning,
    waiting, overdue, oldest}], total: the same}. CSV has the same columns, the total last, as
    "(all)".

    Asking is recorded in the access log.
    """

    async def work(at: Installation) -> tuple[LoadReport, StatusSet]:
        statuses = at.settings.workflow.status_set
        report = await Loads(at.store, statuses, now_us).report(by=at.actor, mailbox=mailbox)
        return report, statuses

    report, statuses = within(config, work)
    keys = _keys(report, statuses)
    people = [_person(one) | _load(one.load, keys) for one in report.people]
    total = _TOTAL | _load(report.total, keys)
    format_ = ReportFormat.JSON if as_json else format_
    if format_ is ReportFormat.JSON:
        say_json({"people": people, "total": total})
    elif format_ is ReportFormat.CSV:
        say_csv(list(total), [list(one.values()) for one in (*people, total)])
    else:
        say_table(_heads(keys), [_shown(one) for one in (*people, total)])


def _keys(report: LoadReport, statuses: StatusSet) -> list[str]:
    """A status that is configured no more may still be that of a conversation."""
    known = [key for key in statuses.keys if key != statuses.answered]
    return [*known, *sorted(report.total.by_status.keys() - set(known))]


_TOTAL: dict[str, object] = {"person": ALL, "name": "", "absence": ""}


def _person(one: PersonLoad) -> dict[str, object]:
    if one.account is None:
        return _TOTAL | {"person": NOBODY}
    absence: str = one.absence
    if one.absence is Absence.AWAY:
        absence = f"away until {local_time(one.account.away_until_us or 0)}"
    return {"person": one.account.login, "name": one.account.name, "absence": absence}


def _load(load: Load, keys: Sequence[str]) -> dict[str, object]:
    return {
        "conversations": load.conversations,
        **{f"status_{key}": load.by_status.get(key, 0) for key in keys},
        "returning": load.returning,
        "waiting": load.waiting,
        "overdue": load.overdue,
        "oldest": None if load.oldest_us is None else local_time(load.oldest_us),
    }


def _heads(keys: Sequence[str]) -> list[str]:
    statuses = [key.upper() for key in keys]
    first = ["PERSON", "NAME", "", "NOT DONE"]
    return [*first, *statuses, "BACK BY DATE", "WAITING", "OVERDUE", "OLDEST"]


def _shown(values: dict[str, object]) -> list[str]:
    return ["" if value is None else str(value) for value in values.values()]
