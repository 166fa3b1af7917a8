"""Webhooks are told: each in a task of its own, each notice after the one before it.

The access log is the queue: a webhook has the number of the last record that it was told of, so
what was committed is told though we die in between, and nothing is kept twice. Invariants: in the
order of the log; what was taken is not told again (but where we die before that is written: then
with the same identifier); one that can't be reached holds up nobody else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass

from proxyd.domain.errors import Busy, StoreUnavailable
from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import LogQuery, StoredRecord
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.secrets import Sealer
from proxyd.domain.ports.webhooks import NoticePost, NotTaken
from proxyd.domain.types import Clock, LogRecord
from proxyd.domain.webhook import (
    GIVE_UP_US,
    NoticeKind,
    Webhook,
    kind_of,
    notice_of,
    server_of,
    signed_fields,
)
from proxyd.service.webhooks.pauses import Pauses, cause_of
from proxyd.service.webhooks.webhook_admin import context_of

_log = logging.getLogger(__name__)

LOOK_S = 1.0  # a chat need not know sooner
RECORDS = 500  # read at once

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Batch:
    """``last``: the number of the last record that was looked at; ``is_full``: there may be more
    behind it.
    """

    notices: list[tuple[StoredRecord, NoticeKind]]
    last: int
    is_full: bool
    sealed: bytes | None


class Telling:
    def __init__(
        self,
        store: Database,
        sealer: Sealer,
        post: NoticePost,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._store = store
        self._sealer = sealer
        self._post = post
        self._clock = clock
        self._sleep = sleep
        self._tasks: dict[int, asyncio.Task[None]] = {}  # by webhook
        self._pauses = Pauses()
        self._all: list[tuple[Webhook, str]] = []

    def notices(self) -> list[str]:
        """For an admin."""
        return [
            f"{mailbox}: webhook {each.id} "
            + (f"was given up: run proxyd webhook resume {each.id}" if each.off else "fails")
            + f" ({each.failure})"
            for each, mailbox in self._all
            if each.failing_us is not None
        ]

    async def run(self) -> None:
        """Until cancelled."""
        trouble = ""
        try:
            while True:
                try:
                    await self.look()
                    trouble = ""
                except (StoreUnavailable, Busy) as error:
                    if str(error) != trouble:  # said once, not each second
                        _log.warning("webhooks wait: %s", error)
                    trouble = str(error)
                await self._sleep(LOOK_S)
        finally:
            await _ended(self._tasks.values())

    async def look(self) -> None:
        """Begin with each that has something to be told, and end what was removed."""

        def read(tx: Transaction) -> tuple[list[tuple[Webhook, str]], int]:
            hooks = tx.webhooks.all()
            if not hooks:
                return [], 0
            names = {mailbox.id: mailbox.name for mailbox in tx.mailboxes.all()}
            return [(each, names[each.mailbox_id]) for each in hooks], tx.log.head()[0]

        # One that ends while this is read has told more than is read: it begins the next time.
        busy = {id_ for id_, task in self._tasks.items() if not task.done()}
        self._all, head = await self._store.read(read)
        there = {each.id for each, _ in self._all if not each.off}
        await _ended([self._tasks[id_] for id_ in self._tasks.keys() - there])
        self._tasks = {id_: task for id_, task in self._tasks.items() if not task.done()}
        for webhook, mailbox in self._all:
            if webhook.off or webhook.id in busy or webhook.after >= head:
                continue
            if webhook.failing_us is None:  # well, or resumed
                self._pauses.seen_well(webhook.id)
            if self._pauses.is_due(webhook.id, self._clock()):
                task = asyncio.create_task(self._tell(webhook, mailbox))
                self._tasks[webhook.id] = task

    async def settled(self) -> None:
        """What has begun has ended."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _tell(self, webhook: Webhook, mailbox: str) -> None:
        try:
            after: int | None = webhook.after
            while after is not None:
                after = await self._tell_some(webhook, mailbox, after)
        except (StoreUnavailable, Busy) as error:
            # What was taken may not be written down: it is not told again each second.
            _, new = self._paused(webhook, str(error))
            if new:
                _log.warning("webhook %d waits: %s", webhook.id, error)
        except Exception as error:  # noqa: BLE001 - the boundary: one must not end the others
            await self._our_fault(webhook, mailbox, error)

    async def _our_fault(self, webhook: Webhook, mailbox: str, error: Exception) -> None:
        """Paused, shown and given up as what a receiver does not take."""
        cause = cause_of(error)
        since, new = self._paused(webhook, cause)
        if new:
            _log.error("webhook %d: a fault of ours: %s", webhook.id, cause, exc_info=error)
        failure = f"a fault of proxyd's, which its log tells: {cause}"
        with suppress(StoreUnavailable, Busy):  # paused all the same
            await self._write_failed(webhook, mailbox, failure, since, off=False)

    async def _tell_some(self, webhook: Webhook, mailbox: str, after: int) -> int | None:
        """Up to which record all is told, where there may be more; else None."""
        batch = await self._store.read(lambda tx: _batch(tx, webhook, mailbox, after))
        secret = self._opened(webhook, batch.sealed) if batch.notices else ""
        if secret is None:
            told = f"its secret is lost with the master key: run proxyd webhook secret {webhook.id}"
            await self._failed(webhook, mailbox, told, off=True)
            return None
        for stored, kind in batch.notices:
            number, chain, at_us = stored.number, stored.chain, stored.at_us
            notice = notice_of(number, chain, at_us, stored.record, kind)
            try:
                signed = signed_fields(notice, secret, self._clock())
                await self._post.post(webhook.url, signed, notice.body)
            except NotTaken as error:
                await self._failed(webhook, mailbox, str(error))
                return None
            await self._told(webhook, number, self._clock())
            after = number
        if batch.last > after:
            await self._told(webhook, batch.last, None)
        return batch.last if batch.is_full else None

    async def _told(self, webhook: Webhook, after: int, told_us: int | None) -> None:
        await self._store.write(lambda tx: tx.webhooks.told(webhook.id, after, told_us))
        self._pauses.well(webhook.id)

    def _opened(self, webhook: Webhook, sealed: bytes | None) -> str | None:
        try:
            return self._sealer.open(sealed or b"", context_of(webhook.id))
        except ValueError:
            return None

    async def _failed(
        self, webhook: Webhook, mailbox: str, failure: str, *, off: bool = False
    ) -> None:
        since, new = self._paused(webhook, failure)
        if new:
            _log.warning("webhook %d %s: %s", webhook.id, "given up" if off else "fails", failure)
        await self._write_failed(webhook, mailbox, failure, since, off=off)

    def _paused(self, webhook: Webhook, cause: str) -> tuple[int, bool]:
        return self._pauses.failed(webhook.id, self._clock(), webhook.failing_us, cause)

    async def _write_failed(
        self, webhook: Webhook, mailbox: str, failure: str, since: int, *, off: bool
    ) -> None:
        if not off and self._clock() - since > GIVE_UP_US:
            off = True
            _log.warning("webhook %d given up: %s", webhook.id, failure)
        given_up = _given_up(webhook, mailbox, failure)

        def work(tx: Transaction) -> None:
            tx.webhooks.failed(webhook.id, since, failure, off=off)
            if off:
                tx.log.append([given_up])

        await self._store.write(work)
        self._pauses.written(webhook.id, self._clock())


async def _ended(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _batch(tx: Transaction, webhook: Webhook, mailbox: str, after: int) -> _Batch:
    found = tx.log.search(LogQuery(mailbox=mailbox, after_number=after, limit=RECORDS))
    notices = [
        (stored, kind)
        for stored in found
        if (kind := kind_of(stored.record)) is not None and kind in webhook.kinds
    ]
    is_full = len(found) == RECORDS
    last = found[-1].number if is_full else max(after, tx.log.head()[0])
    return _Batch(notices, last, is_full, tx.webhooks.sealed(webhook.id) if notices else None)


def _given_up(webhook: Webhook, mailbox: str, failure: str) -> LogRecord:
    facts = {
        "did": "webhook given up",
        "webhook": webhook.id,
        "server": server_of(webhook.url),
        "why": failure,
    }
    return LogRecord(Action.ADMIN, outcome="failed", mailbox=mailbox, detail=facts)
