"""How quickly we answer: of the turns that ended in a period, as a whole and in groups.

A turn counts on the day on which it ended, so that the report of a past period stays as it is. A
turn that goes on is in none of the times; how many do is told beside them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from proxyd.domain.errors import BadInput
from proxyd.domain.policy import Policy
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.response_times import ResponseSummary, summary_of
from proxyd.domain.turns import TurnTimes
from proxyd.domain.types import Clock, SharedMailbox
from proxyd.domain.workflow import StatusSet
from proxyd.service.actor import Actor
from proxyd.service.reports.asked import mailboxes_of, record
from proxyd.service.reports.days import SECOND_US, midnight_us, today

USUAL = timedelta(weeks=12)
OUTSIDE = "(outside proxyd)"  # in webmail, say; no login has a bracket
_DAY = timedelta(days=1)


class Grouping(StrEnum):
    MAILBOX = "mailbox"
    WEEK = "week"  # ISO 8601, in which the turn ended
    PERSON = "person"  # who ended it
    HOUR = "hour"  # of the day, in which the mail came


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of ``tz``, the last one included."""

    since: date
    until: date
    tz: tzinfo

    @property
    def from_us(self) -> int:
        return midnight_us(self.since, self.tz)

    @property
    def to_us(self) -> int:
        """No more of it."""
        return midnight_us(self.until + _DAY, self.tz)


@dataclass(frozen=True, slots=True)
class ResponseReport:
    zone: str  # of the days; "" = the machine's
    period: Period
    groups: Mapping[str, ResponseSummary]  # in the order in which they are shown
    total: ResponseSummary
    waiting: int  # now
    overdue: int  # of those


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What a report of a period is computed from."""

    mailboxes: list[SharedMailbox]
    logins: Mapping[int, str]
    period: Period
    ended: list[TurnTimes]
    waiting: int
    overdue: int


class ResponseTimes:
    def __init__(self, store: Database, statuses: StatusSet, clock: Clock) -> None:
        self._store = store
        self._statuses = statuses
        self._clock = clock

    async def report(
        self,
        *,
        by: Actor,
        mailbox: str | None = None,
        grouping: Grouping | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> ResponseReport:
        """Of the twelve weeks up to ``until``, or to today. Raises NotFound for a mailbox that is
        none, BadInput for a period that ends before it begins.
        """
        days = {"since": since and since.isoformat(), "until": until and until.isoformat()}
        asked = {"mailbox": mailbox, "grouped": grouping, **days}
        await record(self._store, by, "response-times", asked)
        facts = await self._store.read(lambda tx: self._facts(tx, mailbox, since, until))
        return ResponseReport(
            zone=zone_of(facts.mailboxes),
            period=facts.period,
            groups=grouped(facts, grouping) if grouping else {},
            total=summary_of(facts.ended),
            waiting=facts.waiting,
            overdue=facts.overdue,
        )

    def _facts(
        self, tx: Transaction, mailbox: str | None, since: date | None, until: date | None
    ) -> ReportFacts:
        mailboxes = mailboxes_of(tx, mailbox)
        period = period_of(mailboxes, self._clock(), since, until)
        return facts_of(tx, mailboxes, period, self._statuses)


def facts_of(
    tx: Transaction, mailboxes: list[SharedMailbox], period: Period, statuses: StatusSet
) -> ReportFacts:
    ids = [one.id for one in mailboxes]
    now = tx.conversations.load(ids, statuses.answered)
    return ReportFacts(
        mailboxes,
        {account.id: account.login for account in tx.accounts.all()},
        period,
        tx.turns.ended(ids, period.from_us, period.to_us),
        sum(row.waiting for row in now),
        sum(row.overdue for row in now),
    )


def period_of(
    mailboxes: list[SharedMailbox], now_us: int, since: date | None, until: date | None
) -> Period:
    """Days of their zone; the twelve weeks up to ``until``, or to today. Raises BadInput."""
    tz = Policy(zone=zone_of(mailboxes)).tz
    last = until or today(tz, now_us)
    first = since or last - USUAL
    if first > last:
        how = "exchange them" if until else f"today is {last}; write an earlier day"
        raise BadInput("--since", f"{since} is after {until or 'today'}", how)
    return Period(first, last, tz)


def grouped(facts: ReportFacts, grouping: Grouping) -> dict[str, ResponseSummary]:
    label = _LABELS[grouping](facts)
    groups: dict[str, list[TurnTimes]] = defaultdict(list)
    for one in facts.ended:
        groups[label(one)].append(one)
    shown = sorted(groups, key=lambda name: (name == OUTSIDE, name))
    return {name: summary_of(groups[name]) for name in shown}


Label = Callable[[TurnTimes], str]


def _by_mailbox(facts: ReportFacts) -> Label:
    names = {one.id: one.name for one in facts.mailboxes}
    return lambda one: names[one.mailbox_id]


def _by_week(facts: ReportFacts) -> Label:
    tz = facts.period.tz

    def week(one: TurnTimes) -> str:
        year, number, _ = datetime.fromtimestamp(one.ended_us / SECOND_US, tz).isocalendar()
        return f"{year}-W{number:02}"

    return week


def _by_person(facts: ReportFacts) -> Label:
    """By login; who is removed, by the name they had."""

    def person(one: TurnTimes) -> str:
        login = facts.logins.get(one.account_id) if one.account_id is not None else None
        return login or (f"{one.name} (removed)" if one.name else OUTSIDE)

    return person


def _by_hour(facts: ReportFacts) -> Label:
    """By the clock of the mailbox that the mail came to."""
    zones = {one.id: one.policy.tz for one in facts.mailboxes}
    hours = [f"{hour:02}:00" for hour in range(24)]
    return lambda one: hours[
        datetime.fromtimestamp(one.since_us / SECOND_US, zones[one.mailbox_id]).hour
    ]


_LABELS: Mapping[Grouping, Callable[[ReportFacts], Label]] = {
    Grouping.MAILBOX: _by_mailbox,
    Grouping.WEEK: _by_week,
    Grouping.PERSON: _by_person,
    Grouping.HOUR: _by_hour,
}


def zone_of(mailboxes: list[SharedMailbox]) -> str:
    """Theirs, where it is one."""
    zones = {one.policy.zone for one in mailboxes}
    return zones.pop() if len(zones) == 1 else ""
