"""All that is told of a period on one page, to who may know it: one question, one record.

An admin sees every shared mailbox, who manages one sees that one; for anybody else there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from proxyd.domain.errors import NotFound
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.response_times import ResponseSummary, summary_of
from proxyd.domain.types import Account, Clock, SharedMailbox
from proxyd.domain.workflow import StatusSet
from proxyd.service.actor import Actor
from proxyd.service.reports.arrivals import HOURS, by_hour
from proxyd.service.reports.asked import record
from proxyd.service.reports.load import LoadReport, loads_of
from proxyd.service.reports.response_times import (
    Grouping,
    Period,
    facts_of,
    grouped,
    period_of,
    zone_of,
)
from proxyd.service.scope import has_reports, managed_by


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """``mailboxes`` are those that may be asked for, ``mailbox`` the one that was, None for all.
    ``arrivals``: by hour of the day. ``goal_min``: the one that counts now, where it is one.
    ``since_us``: when the first mail came that is counted.
    """

    mailboxes: Sequence[SharedMailbox]
    mailbox: SharedMailbox | None
    zone: str  # of the days; "" = the machine's
    period: Period
    arrivals: Sequence[int]
    weeks: Mapping[str, ResponseSummary]
    people: Mapping[str, ResponseSummary]
    total: ResponseSummary
    load: LoadReport
    waiting: int
    overdue: int
    goal_min: int
    since_us: int | None


class PeriodReports:
    def __init__(self, store: Database, statuses: StatusSet, clock: Clock) -> None:
        self._store = store
        self._statuses = statuses
        self._clock = clock

    async def of(
        self,
        account: Account,
        *,
        by: Actor,
        mailbox: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> PeriodReport:
        """Raises NotFound for a mailbox whose reports are not theirs, or for who has none at all;
        BadInput for a period that ends before it begins.
        """
        days = {"since": since and since.isoformat(), "until": until and until.isoformat()}
        await record(self._store, by, "reports", {"mailbox": mailbox, **days})
        return await self._store.read(lambda tx: self._made(tx, account, mailbox, since, until))

    def _made(
        self,
        tx: Transaction,
        account: Account,
        name: str | None,
        since: date | None,
        until: date | None,
    ) -> PeriodReport:
        allowed = managed_by(account, tx.mailboxes.all())
        asked = [one for one in allowed if name in (None, one.name)]
        if not asked and (name is not None or not has_reports(account)):
            raise NotFound("mailbox", name or "")
        now_us = self._clock()
        period = period_of(asked, now_us, since, until)
        facts = facts_of(tx, asked, period, self._statuses)
        each = [by_hour(tx, one, period.from_us, period.to_us) for one in asked]
        goals = {one.policy.reply_goal_min for one in asked}
        first = [tx.conversations.first_arrival_us(one.id) for one in asked]
        return PeriodReport(
            allowed,
            asked[0] if name is not None else None,
            zone_of(asked),
            period,
            [sum(hours[hour] for hours in each) for hour in range(HOURS)],
            grouped(facts, Grouping.WEEK),
            grouped(facts, Grouping.PERSON),
            summary_of(facts.ended),
            loads_of(tx, asked, self._statuses.answered, now_us),
            facts.waiting,
            facts.overdue,
            goals.pop() if len(goals) == 1 else 0,
            min((one for one in first if one is not None), default=None),
        )
