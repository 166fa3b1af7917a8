"""What is there now, in numbers: of all shared mailboxes at once, for everybody who looks.

One snapshot is made for all, at most once a second and only while somebody asks. A mailbox is
counted anew where something has changed in it, or after a while, since time alone changes some.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from proxyd.domain.percentiles import percentile
from proxyd.domain.ports.conversations import OpenRow
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.turns import Outcome
from proxyd.domain.types import Account, Clock, Role, SharedMailbox
from proxyd.domain.workflow import StatusSet
from proxyd.service.overview.provider_now import ProviderNow
from proxyd.service.reports.arrivals import HOURS, by_hour
from proxyd.service.reports.days import midnight_us, today
from proxyd.service.scope import seen_by

FRESH_US = 1_000_000
COUNTED_FOR_US = 15_000_000  # with no change: what time alone changes is late by no more


@dataclass(frozen=True, slots=True)
class MailboxNow:
    """``open`` have the first status, ``working`` another one that is not done. ``answered_us``:
    how much office time those waited who were answered today, the shortest first. ``provider``:
    None where the mailbox is not served.
    """

    mailbox: SharedMailbox
    open: int
    working: int
    overdue: int
    oldest_us: int | None
    answered_us: tuple[int, ...]
    arrivals: tuple[int, ...]  # today, by hour
    provider: ProviderNow | None


@dataclass(frozen=True, slots=True)
class LogNow:
    """``anchored_us``: when the head was kept outside of it last; None: not yet."""

    anchored_us: int | None
    tampered: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    at_us: int
    mailboxes: tuple[MailboxNow, ...]
    alarms: int
    log: LogNow


@dataclass(frozen=True, slots=True)
class Seen:
    """The part of a snapshot that is for somebody. ``alarms``, ``log``: None for staff."""

    at_us: int
    mailboxes: tuple[MailboxNow, ...]
    answered: int
    median_us: int | None
    arrivals: tuple[int, ...]
    alarms: int | None
    log: LogNow | None


@dataclass(frozen=True, slots=True)
class Watched:
    """What is asked besides the store."""

    providers: Callable[[], Mapping[int, ProviderNow]]
    alarms: Callable[[], int]
    log: Callable[[], LogNow]


@dataclass(frozen=True, slots=True)
class _Counted:
    mailbox: SharedMailbox
    changes: int | None
    at_us: int
    day: str
    rows: Sequence[OpenRow]
    answered_us: tuple[int, ...]
    arrivals: tuple[int, ...]


class Overview:
    def __init__(
        self, store: Database, statuses: StatusSet, watched: Watched, clock: Clock
    ) -> None:
        self._store = store
        self._statuses = statuses
        self._watched = watched
        self._clock = clock
        self._last: Snapshot | None = None
        self._turn = asyncio.Lock()
        self._epoch = -1
        self._mailboxes: Sequence[SharedMailbox] = ()
        self._counted: Mapping[int, _Counted] = {}

    async def snapshot(self) -> Snapshot:
        """At most a second old. Raises StoreUnavailable, Busy."""
        async with self._turn:
            now_us = self._clock()
            last = self._last
            if last is None or not 0 <= now_us - last.at_us < FRESH_US:
                last = self._last = await self._made(now_us)
            return last

    async def _made(self, now_us: int) -> Snapshot:
        providers = self._watched.providers()
        changes = {mailbox_id: one.changes for mailbox_id, one in providers.items()}
        self._counted = await self._store.read(lambda tx: self._count(tx, changes, now_us))
        initial = self._statuses.initial
        found = [_now(one, initial, providers.get(id_)) for id_, one in self._counted.items()]
        same = {one.mailbox.id: one for one in self._last.mailboxes} if self._last else {}
        # What has not changed is the very object from before, which is compared in no time.
        kept = tuple(
            before if (before := same.get(one.mailbox.id)) == one else one for one in found
        )
        return Snapshot(now_us, kept, self._watched.alarms(), self._watched.log())

    def _count(
        self, tx: Transaction, changes: Mapping[int, int], now_us: int
    ) -> dict[int, _Counted]:
        if (epoch := tx.mailboxes.epoch()) != self._epoch:
            self._mailboxes, self._epoch = tx.mailboxes.all(), epoch
        found = {}
        for mailbox in self._mailboxes:
            known = self._counted.get(mailbox.id)
            change = changes.get(mailbox.id)
            if known is None or _is_old(known, mailbox, change, now_us):
                known = self._counting(tx, mailbox, change, now_us)
            found[mailbox.id] = known
        return found

    def _counting(
        self, tx: Transaction, mailbox: SharedMailbox, change: int | None, now_us: int
    ) -> _Counted:
        day = today(mailbox.policy.tz, now_us)
        since_us = midnight_us(day, mailbox.policy.tz)
        ended = tx.turns.ended([mailbox.id], since_us, now_us + 1)
        answered = (one for one in ended if one.outcome == Outcome.ANSWERED)
        return _Counted(
            mailbox,
            change,
            now_us,
            day.isoformat(),
            tx.conversations.open_now(mailbox.id, self._statuses.answered),
            tuple(sorted(one.office_us for one in answered)),
            tuple(by_hour(tx, mailbox, since_us, now_us + 1)),
        )


def _is_old(known: _Counted, mailbox: SharedMailbox, change: int | None, now_us: int) -> bool:
    """A mailbox that is not served has no changes of its own to go by but those of time."""
    return (
        known.mailbox is not mailbox
        or known.changes != change
        or not 0 <= now_us - known.at_us < COUNTED_FOR_US
        or known.day != today(mailbox.policy.tz, now_us).isoformat()
    )


def _now(counted: _Counted, initial: str, provider: ProviderNow | None) -> MailboxNow:
    rows = counted.rows
    return MailboxNow(
        counted.mailbox,
        sum(row.conversations for row in rows if row.status == initial),
        sum(row.conversations for row in rows if row.status != initial),
        sum(row.overdue for row in rows),
        min((row.oldest_us for row in rows if row.oldest_us is not None), default=None),
        counted.answered_us,
        counted.arrivals,
        provider,
    )


def theirs_of(account: Account, snapshot: Snapshot) -> tuple[MailboxNow, ...]:
    by_id = {one.mailbox.id: one for one in snapshot.mailboxes}
    return tuple(by_id[one.id] for one in seen_by(account, [o.mailbox for o in by_id.values()]))


def part_for(account: Account, snapshot: Snapshot) -> Seen:
    """What of it is theirs to see: nothing of another mailbox is in any sum."""
    theirs = theirs_of(account, snapshot)
    answered = sorted(us for one in theirs for us in one.answered_us)
    admin = account.role is Role.ADMIN
    return Seen(
        snapshot.at_us,
        theirs,
        len(answered),
        percentile(answered, 50),
        tuple(sum(one.arrivals[hour] for one in theirs) for hour in range(HOURS)),
        snapshot.alarms if admin else None,
        snapshot.log if admin else None,
    )
