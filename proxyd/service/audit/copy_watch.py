"""Watches who copies how much, and says so where it is far more than usual for them
(docs/decisions/057-copied-much.md).

What a FETCH takes is noted in memory, at once and for nothing; a second later it is counted in the
database and judged (domain/copied_out.py). Must never delay nor refuse a FETCH, and never search
the access log. Invariants: an alarm and its record are one transaction; each is told once per
person and day; what is kept in memory of a client is one bit a mail, for one day.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from proxyd.domain.copied_out import (
    DAYS_BACK,
    LEAST_DAYS,
    NEW_CLIENTS_US,
    CopyKind,
    Judgement,
    client_of,
    judged,
    limit,
    place_of,
    usual,
)
from proxyd.domain.errors import Busy, StoreUnavailable
from proxyd.domain.events import Action
from proxyd.domain.ports.copied_out import ClientKey
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Clock, LogRecord, SharedMailbox
from proxyd.service.mailbox.shop import MailsTaken

_log = logging.getLogger(__name__)

LOOK_S = 1.0  # an alarm need not come sooner, and a client fetches hundreds of mails meanwhile
RETRY_S = 5.0
# A hundred people with a computer and a telephone, in five mailboxes.
MOST_CLIENTS = 1_000
CLIENTS_US = 90 * 86_400_000_000  # what was not here for so long is new when it comes again

_PAGE = 4096  # mails of one piece of a set

_WORDS = {Judgement.ALARM: "copied-much", Judgement.NOTICE: "first-synchronisation"}
_KINDS = {Judgement.ALARM: CopyKind.ALARM, Judgement.NOTICE: CopyKind.NOTICE}


class _Numbers:
    """A set of the numbers of mails; most are close together."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def add(self, numbers: Iterable[int]) -> tuple[int, int]:
        """How many were not in it, and how many were."""
        new = known = 0
        for number in numbers:
            page, place = divmod(number, _PAGE)
            bits = self._pages.get(page)
            if bits is None:
                bits = self._pages[page] = bytearray(_PAGE // 8)
            bit = 1 << (place & 7)
            if bits[place >> 3] & bit:
                known += 1
            else:
                bits[place >> 3] |= bit
                new += 1
        return new, known


@dataclass(slots=True)
class _Ledger:
    """Of one client on one day. ``mails`` and ``again`` are not in the database yet."""

    day: str
    since_us: int
    last: MailsTaken
    mails: int = 0
    again: int = 0
    taken: _Numbers = field(default_factory=_Numbers)
    by_view: dict[int, _Numbers] = field(default_factory=dict)

    def note(self, copied: MailsTaken) -> None:
        """A mail that is taken in a second folder is no further one; in the same one, it is."""
        new, _ = self.taken.add(copied.mails)
        self.mails += new
        if copied.whole:
            _, known = self.by_view.setdefault(copied.view_id, _Numbers()).add(copied.mails)
            self.again += known
        self.last = copied


class CopyWatch:
    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._ledgers: OrderedDict[ClientKey, _Ledger] = OrderedDict()
        self._news = asyncio.Event()
        self._alarms: dict[int, tuple[SharedMailbox, str, int]] = {}
        self._forgot = ""

    def note(self, copied: MailsTaken) -> None:
        key = ClientKey(
            copied.account.id,
            copied.mailbox.id,
            client_of(copied.origin.client),
            place_of(copied.origin.address),
        )
        now_us = self._clock()
        day = _day(copied.mailbox, now_us)
        ledger = self._ledgers.get(key)
        if ledger is None or (ledger.day != day and not ledger.mails and not ledger.again):
            ledger = self._ledgers[key] = _Ledger(day, now_us, copied)
        ledger.note(copied)
        self._ledgers.move_to_end(key)
        self._news.set()

    def alarms(self) -> dict[str, int]:
        """By shared mailbox: of how many people an alarm was given today."""
        now_us = self._clock()
        return {
            mailbox.name: count
            for mailbox, day, count in self._alarms.values()
            if day == _day(mailbox, now_us)
        }

    def notices(self) -> list[str]:
        """Without a name: who is told is not always who may know it."""
        return [
            f"{name}: {count} of those who work here copied far more mail today than usual; see: "
            "proxyd audit search --action alarm"
            for name, count in self.alarms().items()
        ]

    async def run(self, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """Until cancelled."""
        await self._store.read(self._look_at_alarms)
        while True:
            await self._news.wait()
            await sleep(LOOK_S)
            self._news.clear()
            try:
                await self.count()
            except (StoreUnavailable, Busy) as error:
                _log.warning("who copies how much is counted later: %s", error)
                self._news.set()
                await sleep(RETRY_S)

    async def close(self) -> None:
        with contextlib.suppress(StoreUnavailable, Busy):
            await self.count()

    async def count(self) -> None:
        """All that was noted. Raises StoreUnavailable, Busy: then it is counted the next time."""
        for key, ledger in list(self._ledgers.items()):
            mails, again = ledger.mails, ledger.again
            if not mails and not again:
                continue
            # What is noted from here on counts the next time.
            ledger.mails = ledger.again = 0
            try:
                told = await self._store.write(_counting(self, key, ledger, mails, again))
            except BaseException:
                ledger.mails += mails
                ledger.again += again
                raise
            if told is not None:
                self._tell(*told)
        while len(self._ledgers) > MOST_CLIENTS:
            self._ledgers.popitem(last=False)

    # ------------------------------------------------------------ inside a transaction

    def counted(
        self, tx: Transaction, key: ClientKey, ledger: _Ledger, mails: int, again: int
    ) -> tuple[Judgement, LogRecord] | None:
        copied, now_us, day = ledger.last, self._clock(), ledger.day
        if not _is_there(tx, copied):
            return None
        policy, since = copied.mailbox.policy, _before(day, DAYS_BACK)
        if self._forgot != day:
            tx.copied.forget(since, now_us - CLIENTS_US)
            self._forgot = day
        client = tx.copied.client(
            key, mails, again, now_us, policy.copy_alarm_floor, now_us - NEW_CLIENTS_US
        )
        is_first = client.synchronises(now_us, copied.there)
        counts = (
            {CopyKind.FIRST: mails} if is_first else {CopyKind.KNOWN: mails, CopyKind.AGAIN: again}
        )
        tx.copied.add(key.account_id, key.mailbox_id, day, counts)
        own = tx.copied.own_days(key.account_id, since, day)
        others: list[int] = []
        if len(own) < LEAST_DAYS:
            others = tx.copied.days_of_others(key.account_id, key.mailbox_id, since, day)
        normal, today = usual(own, others), tx.copied.today(key.account_id, day)
        most = limit(normal, policy.copy_alarm_factor, policy.copy_alarm_floor)
        found = judged(today, client, now_us, copied.there, most)
        if found is Judgement.QUIET:
            return None
        tx.copied.add(key.account_id, key.mailbox_id, day, {_KINDS[found]: 1})
        taken = today.known + today.again + today.first
        record = LogRecord(
            action=Action.ALARM,
            actor=copied.account.login,
            mailbox=copied.mailbox.name,
            origin=copied.origin,
            detail={
                "what": _WORDS[found],
                "mails": today.first if found is Judgement.NOTICE else taken,
                "usual": normal.median,
                "limit": most,
                "since": _local(copied.mailbox, ledger.since_us).isoformat(" ", "minutes"),
            },
        )
        tx.log.append([record])
        if found is Judgement.ALARM:
            self._look_at_alarms(tx)
        return found, record

    def _look_at_alarms(self, tx: Transaction) -> None:
        now_us = self._clock()
        alarms = dict[int, tuple[SharedMailbox, str, int]]()
        for mailbox in tx.mailboxes.all():
            day = _day(mailbox, now_us)
            if count := tx.copied.alarms(day).get(mailbox.id, 0):
                alarms[mailbox.id] = mailbox, day, count
        self._alarms = alarms

    def _tell(self, found: Judgement, record: LogRecord) -> None:
        detail: Mapping[str, object] = record.detail
        facts = (
            record.actor,
            record.mailbox,
            detail["mails"],
            record.origin.address,
            detail["since"],
            detail["usual"],
        )
        if found is Judgement.ALARM:
            _log.warning(
                "%s copies far more of %s than usual: %s mails today, now from %s, since %s; usual "
                "are %s a day. See: proxyd audit search --action alarm",
                *facts,
            )
        else:
            _log.info(
                "%s synchronises %s for the first time: %s mails today from %s, since %s; usual "
                "are %s a day",
                *facts,
            )


def _counting(
    watch: CopyWatch, key: ClientKey, ledger: _Ledger, mails: int, again: int
) -> Callable[[Transaction], tuple[Judgement, LogRecord] | None]:
    return lambda tx: watch.counted(tx, key, ledger, mails, again)


def _is_there(tx: Transaction, copied: MailsTaken) -> bool:
    """Neither the person nor the mailbox was removed a moment ago."""
    found = tx.accounts.find(copied.account.login)
    person = found is not None and found[0].id == copied.account.id
    return person and any(box.id == copied.mailbox.id for box in tx.mailboxes.all())


def _local(mailbox: SharedMailbox, at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us // 1_000_000, mailbox.policy.tz)


def _day(mailbox: SharedMailbox, at_us: int) -> str:
    return _local(mailbox, at_us).date().isoformat()


def _before(day: str, days: int) -> str:
    return (datetime.fromisoformat(day) - timedelta(days=days)).date().isoformat()
