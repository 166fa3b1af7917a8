"""Who has how much: what is not done, per person and of nobody, at this moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from proxyd.domain.ports.conversations import LoadRow
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Account, Clock, SharedMailbox
from proxyd.domain.workflow import StatusSet
from proxyd.service.actor import Actor
from proxyd.service.reports.asked import mailboxes_of, record


class Absence(StrEnum):
    """Why nobody should count on a person."""

    NONE = ""
    AWAY = "away"
    DISABLED = "disabled"
    NO_GRANT = "no grant"  # on none of the mailboxes that were asked for


@dataclass(frozen=True, slots=True)
class Load:
    by_status: Mapping[str, int]  # of what is not done
    waiting: int  # somebody outside waits
    overdue: int
    oldest_us: int | None  # since when the first of those waits
    returning: int  # on hold until a day

    @property
    def conversations(self) -> int:
        return sum(self.by_status.values())


@dataclass(frozen=True, slots=True)
class PersonLoad:
    account: Account | None  # None: nobody's
    absence: Absence
    load: Load


@dataclass(frozen=True, slots=True)
class LoadReport:
    people: list[PersonLoad]  # by login; what is nobody's at the end
    total: Load


class Loads:
    def __init__(self, store: Database, statuses: StatusSet, clock: Clock) -> None:
        self._store = store
        self._statuses = statuses
        self._clock = clock

    async def report(self, *, by: Actor, mailbox: str | None = None) -> LoadReport:
        """Who has a grant and no work is there too. Raises NotFound for a mailbox that is none."""
        await record(self._store, by, "load", {"mailbox": mailbox})
        done, now_us = self._statuses.answered, self._clock()
        return await self._store.read(
            lambda tx: loads_of(tx, mailboxes_of(tx, mailbox), done, now_us)
        )


def loads_of(
    tx: Transaction, mailboxes: Sequence[SharedMailbox], done: str, now_us: int
) -> LoadReport:
    ids = {one.id for one in mailboxes}
    rows = tx.conversations.load(ids, done)
    having: dict[int | None, list[LoadRow]] = {None: []}
    for row in rows:
        having.setdefault(row.account_id, []).append(row)
    people = []
    for account in tx.accounts.all():
        absence = _absence(account, ids, now_us)
        if account.id in having or absence in (Absence.NONE, Absence.AWAY):
            people.append(PersonLoad(account, absence, _load_of(having.get(account.id, []))))
    people.append(PersonLoad(None, Absence.NONE, _load_of(having[None])))
    return LoadReport(people, _load_of(rows))


def _load_of(rows: Sequence[LoadRow]) -> Load:
    by_status: Counter[str] = Counter()
    for row in rows:
        by_status[row.status] += row.conversations
    return Load(
        by_status,
        sum(row.waiting for row in rows),
        sum(row.overdue for row in rows),
        min((row.oldest_us for row in rows if row.oldest_us is not None), default=None),
        sum(row.returning for row in rows),
    )


def _absence(account: Account, mailbox_ids: set[int], now_us: int) -> Absence:
    if account.disabled:
        return Absence.DISABLED
    if not mailbox_ids & account.grants.keys():
        return Absence.NO_GRANT
    return Absence.AWAY if account.is_away(now_us) else Absence.NONE
