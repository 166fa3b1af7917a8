"""The closed days of a shared mailbox's office, for admins: shown, and its own ones replaced.

Each change and its record in the access log are one transaction. Invariant: an office that would
not open any more is refused, wherever that can be known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from proxyd.domain.errors import BadInput, NotFound
from proxyd.domain.events import Action
from proxyd.domain.office import office_of
from proxyd.domain.office_hours import HORIZON_DAYS
from proxyd.domain.policy import Policy
from proxyd.domain.ports.calendar import Calendar
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Clock, SharedMailbox
from proxyd.service.actor import Actor


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """``country``: whose day it is; "" for the company's own."""

    day: date
    name: str
    country: str


class OfficeCheck:
    """Whether an office opens, before it is so."""

    def __init__(self, calendar: Calendar, clock: Clock) -> None:
        self.calendar = calendar
        self.clock = clock

    def require_known(self, policy: Policy) -> None:
        """Its country. Raises BadInput."""
        try:
            if policy.country:
                self.calendar.check(policy.country)
        except ValueError as error:
            problem = f"{policy.country!r} is not possible"
            raise BadInput("holidays", problem, str(error)) from None

    def require_opening(self, policy: Policy, own: Collection[date], what: str) -> None:
        """``what`` is being set. Raises BadInput."""
        if office_of(policy, self.calendar, own).opening_us(self.clock()) is None:
            raise BadInput(
                what,
                f"the office would be closed for the next {HORIZON_DAYS} days",
                "leave days on which somebody is there to answer",
            )


class ClosedDaysAdmin:
    def __init__(self, store: Database, check: OfficeCheck) -> None:
        self._store = store
        self._check = check

    async def of_year(self, name: str, year: int | None) -> tuple[int, list[ClosedDay]]:
        """Of this one where none is given. Raises NotFound."""

        def read(tx: Transaction) -> tuple[SharedMailbox, dict[date, str]]:
            mailbox = _found(tx, name)
            return mailbox, tx.closed_days.all(mailbox.id)

        mailbox, own = await self._store.read(read)
        policy, calendar = mailbox.policy, self._check.calendar
        wanted = year or office_of(policy, calendar, own).day_of(self._check.clock()).year
        days = [ClosedDay(day, called, "") for day, called in own.items() if day.year == wanted]
        for day, called in calendar.days(policy.country, wanted).items():
            days.append(ClosedDay(day, called, policy.country))
        return wanted, sorted(days, key=lambda one: (one.day, one.country))

    async def own(self, name: str) -> dict[date, str]:
        """Its own ones, of every year. Raises NotFound."""
        return await self._store.read(lambda tx: tx.closed_days.all(_found(tx, name).id))

    async def replace(
        self, name: str, days: Mapping[date, str], *, by: Actor, what: str = "closed days"
    ) -> None:
        """Its own ones, by these alone. ``what`` says where they are from. Raises BadInput,
        NotFound.
        """

        def replace(tx: Transaction) -> None:
            mailbox = _found(tx, name)
            self._check.require_opening(mailbox.policy, days, what)
            facts: dict[str, object] = {"did": "mailbox holidays", "days": len(days)}
            if days:
                facts |= {"first": min(days).isoformat(), "last": max(days).isoformat()}
            tx.closed_days.replace(mailbox.id, days)
            tx.log.append([by.record(Action.ADMIN, facts, mailbox=mailbox.name)])

        await self._store.write(replace)


def _found(tx: Transaction, name: str) -> SharedMailbox:
    mailbox = tx.mailboxes.find(name)
    if mailbox is None:
        raise NotFound("mailbox", name)
    return mailbox
