"""The one Sent copy: whatever went out is stored upstream, sooner or later.

Works from the outbox, a few mails at a time, so that a long outage of the provider costs rows and
no memory. Never decides whether a copy is there already: ``Conversations.file_sent`` does.
Invariants: a row is marked only after upstream has the copy; one that upstream refuses does not
hold up others.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence

from proxyd.domain.errors import Busy, StoreUnavailable, UpstreamError, UpstreamRefused
from proxyd.domain.events import Action
from proxyd.domain.outbox import Sending
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import Clock, LogRecord, Origin
from proxyd.service.sending.desk import Desk

log = logging.getLogger(__name__)

# Before the first is stored: of a burst all go together, and not between the next mails' answers.
GATHER_S = 0.25
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 300.0  # a provider that comes back is noticed within five minutes
# Stored together, if so many wait: one look at Sent, one APPEND, one transaction for all.
TOGETHER = 64
TOGETHER_OCTETS = 4 * 1024 * 1024  # beyond it a mail is the last one of its batch
FORGET_EACH_US = 3_600_000_000  # how often old rows are looked for
# Long enough to tell a repeated mail from a new one (phones retry for days).
KEPT_US = 30 * 86_400 * 1_000_000


class Filer:
    """Files the copies of one shared mailbox until it is stopped."""

    def __init__(
        self,
        desk: Desk,
        store: Database,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._desk = desk
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._forgotten_us = 0

    async def run(self) -> None:
        self._desk.unfiled.set()  # what a former process left
        wait = FIRST_RETRY_S
        while True:
            if not self._desk.unfiled.is_set():
                await self._desk.unfiled.wait()
                await self._gather()
            self._desk.unfiled.clear()
            try:
                complete = await self._file_all()
            except Exception:  # the boundary: filing must outlive its faults
                log.exception("filing sent mail of %s failed", self._desk.mailbox.name)
                complete = False
            if complete:
                wait = FIRST_RETRY_S
            else:
                self._desk.unfiled.set()
                await self._sleep(wait)
                wait = min(wait * 2, LONGEST_RETRY_S)

    async def _gather(self) -> None:
        """Not longer than until a client waits for its own copy to be folded into one of these."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHER_S):
                await self._desk.conversations.copy_wanted()

    async def _file_all(self) -> bool:
        """One pass over what waits. False when something is left for later."""
        complete, last = True, 0
        try:
            while sendings := await self._next(last):
                last = sendings[-1].id
                complete &= await self._file(sendings)
            await self._forget_old()
        except (UpstreamError, StoreUnavailable, Busy) as error:
            log.warning("sent mail of %s waits to be filed: %s", self._desk.mailbox.name, error)
            return False
        return complete

    async def _forget_old(self) -> None:
        now = self._clock()
        if now - self._forgotten_us >= FORGET_EACH_US:
            await self._store.write(lambda tx: tx.outbox.prune(now - KEPT_US))
            self._forgotten_us = now

    async def _next(self, after: int) -> list[Sending]:
        mailbox_id = self._desk.mailbox.id

        def work(tx: Transaction) -> list[Sending]:
            found: list[Sending] = []
            octets, last = 0, after
            while len(found) < TOGETHER and octets < TOGETHER_OCTETS:
                sending = tx.outbox.next_unfiled(mailbox_id, last)
                if sending is None:
                    break
                found.append(sending)
                octets, last = octets + len(sending.message or b""), sending.id
            return found

        return await self._store.read(work)

    async def _file(self, sendings: Sequence[Sending]) -> bool:
        """False where some are refused; of several that are, each is tried alone."""
        readable = [(each.message_id, each.message) for each in sendings]
        mails = [(id_, message) for id_, message in readable if message is not None]
        try:
            places = await self._desk.conversations.file_sent(mails)
        except UpstreamRefused as error:
            if len(sendings) > 1:
                return all([await self._file([sending]) for sending in sendings])
            log.warning(
                "%s refuses to store a sent mail: %s", self._desk.mailbox.name, error.text[:200]
            )
            return False
        entries = [self._entry(sending) for sending in sendings]

        mailbox_id = self._desk.mailbox.id

        def work(tx: Transaction) -> None:
            for sending in sendings:
                tx.outbox.filed(sending.id)
            for message_id, place in places.items():
                tx.sent_copies.note(mailbox_id, message_id, place)
            tx.log.append(entries)

        await self._store.write(work)
        return True

    def _entry(self, sending: Sending) -> LogRecord:
        # Without its octets (the master key was lost) there is nothing to file, today or tomorrow.
        lost = sending.message is None
        return LogRecord(
            action=Action.FILE_SENT,
            outcome="failed" if lost else "ok",
            detail={"reason": "unreadable"} if lost else {},
            actor=sending.login,
            mailbox=self._desk.mailbox.name,
            message_id=sending.message_id,
            conversation=sending.conversation_id,
            origin=Origin("proxyd"),
        )
