"""Reports: how quickly mails are answered, and who has how much. Numbers, of no mail's words."""

from __future__ import annotations

from datetime import date
from typing import Final

from admin.api.model import Day, Model, Moment, Typed, maybe_moment
from admin.api.route import Answer, ApiRoute, Call, Reply
from proxyd.domain.api_token import ApiScope
from proxyd.domain.response_times import ResponseSummary
from proxyd.service.reports.load import Load, PersonLoad
from proxyd.service.reports.readers import require_reader
from proxyd.service.reports.response_times import Grouping


class OfMailbox(Model):
    """Without ``mailbox``: of all, for an admin."""

    mailbox: Typed | None = None


class TimesAsked(OfMailbox):
    """Without ``since`` the twelve weeks up to ``until``, or to today."""

    by: Grouping | None = None
    since: Day | None = None
    until: Day | None = None


class Times(Model):
    """In seconds; null: nothing was answered. ``with_goal``: answers for which a goal counted."""

    group: str
    answered: int
    median_s: int | None
    p90_s: int | None
    median_office_s: int | None
    p90_office_s: int | None
    with_goal: int
    within_goal: int
    within_4h: int
    finished: int


class ResponseTimesReport(Model):
    """``zone`` "": this machine's. ``waiting``: now, and of them ``overdue``."""

    since: date
    until: date
    zone: str
    groups: list[Times]
    total: Times
    waiting: int
    overdue: int


class LoadNow(Model):
    """``person`` "": nobody's. ``oldest``: since when the first of those waits."""

    person: str
    absence: str
    by_status: dict[str, int]
    conversations: int
    returning: int
    waiting: int
    overdue: int
    oldest: Moment | None


class LoadsNow(Model):
    people: list[LoadNow]
    total: LoadNow


def _seconds(us: int | None) -> int | None:
    return None if us is None else round(us / 1_000_000)


def _times(group: str, told: ResponseSummary) -> Times:
    return Times(
        group=group,
        answered=told.answered,
        median_s=_seconds(told.median_us),
        p90_s=_seconds(told.p90_us),
        median_office_s=_seconds(told.median_office_us),
        p90_office_s=_seconds(told.p90_office_us),
        with_goal=told.with_goal,
        within_goal=told.within_goal,
        within_4h=told.within_4h,
        finished=told.finished,
    )


def _load(load: Load, person: str = "", absence: str = "") -> LoadNow:
    return LoadNow(
        person=person,
        absence=absence,
        by_status=dict(load.by_status),
        conversations=load.conversations,
        returning=load.returning,
        waiting=load.waiting,
        overdue=load.overdue,
        oldest=maybe_moment(load.oldest_us),
    )


def _person(one: PersonLoad) -> LoadNow:
    login = one.account.login if one.account is not None else ""
    return _load(one.load, login, str(one.absence))


async def response_times(call: Call) -> Answer:
    asked = call.asked(TimesAsked)
    await require_reader(call.services.store, call.account, asked.mailbox)
    report = await call.services.response_times.report(
        by=call.actor,
        mailbox=asked.mailbox,
        grouping=asked.by,
        since=asked.since,
        until=asked.until,
    )
    return Reply(
        ResponseTimesReport(
            since=report.period.since,
            until=report.period.until,
            zone=report.zone,
            groups=[_times(name, told) for name, told in report.groups.items()],
            total=_times("", report.total),
            waiting=report.waiting,
            overdue=report.overdue,
        )
    )


async def load(call: Call) -> Answer:
    mailbox = call.asked(OfMailbox).mailbox
    await require_reader(call.services.store, call.account, mailbox)
    report = await call.services.loads.report(by=call.actor, mailbox=mailbox)
    people = [_person(one) for one in report.people]
    return Reply(LoadsNow(people=people, total=_load(report.total)))


_SCOPE: Final = ApiScope.REPORTS_READ
ROUTES: Final = (
    ApiRoute(
        *("GET", "/reports/response-times", _SCOPE, "How long those who write to us wait."),
        *(response_times, ResponseTimesReport),
        query=TimesAsked,
        question=True,
    ),
    ApiRoute(
        *("GET", "/reports/load", _SCOPE, "Who has how much at this moment.", load, LoadsNow),
        query=OfMailbox,
        question=True,
    ),
)
