"""Sending mail: who may write from where, and one Delivery for each mail however often it is tried.

Implements ``api.Submission``. Knows no SMTP. Invariants
- A sending once begun is carried through, also when the person's connection is gone: edges are
  cancelled, deliveries are not.
- The same mail tried again while it is on its way joins that way instead of beginning another.
- From, Sender and the envelope sender are addresses that the person is granted.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from proxyd.domain.errors import Busy, CannotDo, ProxydError
from proxyd.domain.events import Action
from proxyd.domain.held import DRAFTS, HeldMail
from proxyd.domain.note_leaks import Leak
from proxyd.domain.note_marks import Marks
from proxyd.domain.notes import goes_nowhere, is_note_address, plain_address
from proxyd.domain.outbox import Sending, SendState
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.relay import Relay
from proxyd.domain.thread import Headers, parse_headers
from proxyd.domain.types import Account, Clock, LogRecord, Origin, Right
from proxyd.mailtext.addresses import compared
from proxyd.service.api.submission import Envelope, Guarded, SenderNotAllowed, Submitted
from proxyd.service.notes.leaving import found_in
from proxyd.service.sending.delivery import Delivery
from proxyd.service.sending.desk import ConversationFacts, Conversations, Desk
from proxyd.service.sending.filing import Filer
from proxyd.service.sending.job import SendingJob, Tools
from proxyd.service.sending.leaver import Leaver
from proxyd.service.sending.note_desks import note_desks
from proxyd.service.sending.outgoing import Outgoing, Stamp, prepare
from proxyd.service.sending.override_mark import without_mark
from proxyd.service.sending.recalled import job_of, recall_guesses

__all__ = ["ConversationFacts", "Conversations", "Submission"]

log = logging.getLogger(__name__)

# Deliveries at one time, each with its mail in memory. With the relay's few connections a longer
# queue would outlast the patience of the clients that wait for it.
DELIVERIES = 64
# A mail above this is read in a thread: a 25 MB attachment takes a tenth of a second, and a header
# of nothing but groups and comments two microseconds an octet.
READ_IN_THREAD = 32_768
# What the end of the process may wait for: a relay's last answer usually takes a second or two.
CLOSE_WAIT_S = 20.0

Key = tuple[int, int, str]  # mailbox, account, digest
UnderWay = tuple[Delivery, asyncio.Task[Submitted]]


class Submission:
    def __init__(
        self,
        store: Database,
        clock: Clock,
        *,
        subject_digest: Callable[[str], str],
        told: Callable[[str], None] = lambda outcome: None,
        token: Callable[[], str] = lambda: secrets.token_hex(16),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``told`` hears how each submission ended: sent, repeated, failed, answered, …"""
        self._tools = Tools(store, clock, sleep, subject_digest, told)
        self._token = token
        self._desks: dict[int, Desk] = {}
        self._filers: dict[int, asyncio.Task[None]] = {}
        self._leavers: dict[int, tuple[Leaver, asyncio.Task[None]]] = {}
        self._running: dict[Key, UnderWay] = {}

    # ------------------------------------------------------------------ mailboxes

    def attach(self, conversations: Conversations, relay: Relay) -> None:
        """Serve this shared mailbox, or serve it with another relay from now on."""
        mailbox_id = conversations.mailbox.id
        desk = self._desks.get(mailbox_id)
        if desk:
            desk.conversations, desk.relay = conversations, relay
        else:
            self._desks[mailbox_id] = Desk(conversations, relay)

    async def resume(self) -> None:
        """Take up what a former process left, for every mailbox attached since the last call."""
        for mailbox_id, desk in list(self._desks.items()):
            if mailbox_id in self._filers:
                continue
            await self._mark_uncertain(desk)
            tools = self._tools
            await recall_guesses(desk, self._granted, tools)
            filer = Filer(desk, tools.store, tools.clock, tools.sleep)
            leaver = Leaver(desk, tools, self._job_of)
            self._filers[mailbox_id] = asyncio.create_task(filer.run())
            self._leavers[mailbox_id] = leaver, asyncio.create_task(leaver.run())

    async def detach(self, mailbox_id: int) -> None:
        """The mailbox is removed. What is under way ends by itself."""
        self._desks.pop(mailbox_id, None)
        leaver = self._leavers.pop(mailbox_id, None)
        if leaver:
            await _stopped(leaver[1])
        task = self._filers.pop(mailbox_id, None)
        if task:
            await _stopped(task)

    async def close(self) -> None:
        """Wait, within bounds, for what is under way; the outbox knows the rest."""
        for _, running in self._leavers.values():
            await _stopped(running)  # nothing more begins to leave
        leaving = [task for leaver, _ in self._leavers.values() for task in leaver.under_way]
        settling = [task for desk in self._desks.values() for task in desk.settling.values()]
        under_way: list[asyncio.Task[Submitted] | asyncio.Task[None]] = [
            *(task for _, task in self._running.values()),
            *settling,
            *leaving,
        ]
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=CLOSE_WAIT_S)
            for task in late:
                await _stopped(task)
        for mailbox_id in list(self._filers):
            await self.detach(mailbox_id)

    # ------------------------------------------------------------------ who may write from where

    def allowed_senders(self, account: Account) -> Sequence[str]:
        return [address for desk in self._granted(account) for address in desk.mailbox.addresses]

    def language(self, account: Account) -> str:
        """Of the first mailbox this person may answer from; for sentences."""
        return next((desk.mailbox.language for desk in self._granted(account)), "en")

    def check_sender(self, account: Account, sender: str) -> None:
        if sender:
            self._desk_of(account, sender)

    def _granted(self, account: Account) -> Iterator[Desk]:
        for mailbox_id, right in account.grants.items():
            if right >= Right.RESPOND and mailbox_id in self._desks:
                yield self._desks[mailbox_id]

    def _desk_of(self, account: Account, sender: str) -> Desk:
        for desk in self._granted(account):
            if compared(sender) in map(compared, desk.mailbox.addresses):
                return desk
        allowed = self.allowed_senders(account)
        raise SenderNotAllowed(sender, allowed, self.language(account))

    # ------------------------------------------------------------------ sending

    async def submit(self, account: Account, envelope: Envelope, origin: Origin) -> Submitted:
        try:
            outgoing = await self._prepared(account, envelope)
        except CannotDo as refusal:
            await self._record_unreadable(account, envelope, refusal, origin)
            raise
        try:
            self.check_sender(account, envelope.sender)
            desks = [self._desk_of(account, author) for author in outgoing.authors]
        except SenderNotAllowed as refusal:
            await self.record_refused_sender(account, refusal, origin, outgoing.headers)
            raise
        for_notes = self._for_notes(account, envelope, outgoing.headers)
        if for_notes is not None:
            return await self._note(for_notes, account, envelope, outgoing, origin)
        mark = desks[0].mailbox.policy.override_mark
        unmarked = without_mark(envelope.message, mark)
        if unmarked is not None:
            envelope = replace(envelope, message=unmarked)
            outgoing = await self._prepared(account, envelope)
        others = tuple(desk for desk in self._granted(account) if desk is not desks[0])
        marked = unmarked is not None
        leak = await self._leak(account, envelope, outgoing)
        job = SendingJob(
            desks[0], account, envelope, outgoing, origin, marked=marked, leak=leak, others=others
        )
        key = job.desk.mailbox.id, account.id, outgoing.digest
        joined = self._running.get(key)
        if joined:
            return await self._joined(*joined)
        if len(self._running) >= DELIVERIES:
            raise Busy("sending")
        delivery = Delivery(job, self._tools)
        task = asyncio.create_task(delivery.run())
        self._running[key] = delivery, task
        task.add_done_callback(lambda done: self._ended(key, done))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            delivery.hang_up()
            raise

    # ------------------------------------------------------------------ internal notes

    def _for_notes(
        self, account: Account, envelope: Envelope, headers: Headers
    ) -> Sequence[Desk] | None:
        """Those whose note address it goes to; none where it goes to other addresses too, or to a
        note address that is none of this person's, be there such a mailbox or not. None: it is no
        note.
        """
        wanted = _plain(envelope.recipients)
        if not any(map(goes_nowhere, wanted)):
            return None
        desks = note_desks(wanted, list(self._granted(account)), headers.answered_ids)
        return desks if len(desks) == len(wanted) else []

    async def _note(
        self,
        desks: Sequence[Desk],
        account: Account,
        envelope: Envelope,
        outgoing: Outgoing,
        origin: Origin,
    ) -> Submitted:
        """Raises CannotDo."""
        try:
            if len(desks) != 1:
                raise _no_note(envelope.recipients)
            news = await desks[0].conversations.note(account, envelope.message, origin)
        except CannotDo as refusal:
            detail = {"guard": "note", "why": refusal.reason}
            await self._record_refused(account, origin, outgoing.headers, detail)
            raise
        self._tools.told("noted")
        return Submitted(outgoing.headers.message_id, repeated=not news)

    async def _leak(self, account: Account, envelope: Envelope, outgoing: Outgoing) -> Leak | None:
        """Of the notes that this person can read, and of marks any."""
        desks = (self._desks.get(mailbox_id) for mailbox_id in account.grants)
        known = [desk.conversations.leaks for desk in desks if desk is not None]
        marks = Marks(self._tools.subject_digest)
        facts = envelope.message, outgoing.headers, outgoing.passed_on
        return await found_in(known, *facts, marks)

    async def _joined(self, delivery: Delivery, task: asyncio.Task[Submitted]) -> Submitted:
        """Who began it may be gone: from now on somebody has heard that it went out."""
        first = await asyncio.shield(task)
        await delivery.hear()
        return replace(first, repeated=True)

    async def _prepared(self, account: Account, envelope: Envelope) -> Outgoing:
        now = datetime.fromtimestamp(self._tools.clock() / 1_000_000).astimezone()
        stamp = Stamp(account.login, now, self._token())
        facts = envelope.message, envelope.sender, envelope.recipients, stamp
        if len(envelope.message) > READ_IN_THREAD:
            return await asyncio.to_thread(prepare, *facts)
        return prepare(*facts)

    async def record_refused_sender(
        self,
        account: Account,
        refusal: SenderNotAllowed,
        origin: Origin,
        headers: Headers | None = None,
    ) -> None:
        detail = {"guard": "sender", "sender": refusal.sender}
        await self._record_refused(account, origin, headers or Headers(), detail)

    async def _record_unreadable(
        self, account: Account, envelope: Envelope, refusal: CannotDo, origin: Origin
    ) -> None:
        """A header made so that others see another sender is an attempt that is to be seen."""
        headers = await asyncio.to_thread(parse_headers, envelope.message)
        await self._record_refused(account, origin, headers, {"guard": "sender", **refusal.facts})

    async def _record_refused(
        self, account: Account, origin: Origin, headers: Headers, detail: dict[str, str]
    ) -> None:
        self._tools.told("sender")
        entry = LogRecord(
            action=Action.SEND,
            outcome="refused",
            actor=account.login,
            message_id=headers.message_id,
            subject_digest=self._tools.subject_digest(headers.subject) if headers.subject else "",
            origin=origin,
            detail=detail,
        )
        await self._tools.store.write(lambda tx: tx.log.append([entry]))

    def _ended(self, key: Key, task: asyncio.Task[Submitted]) -> None:
        """Nobody may be left to hear of it: the person's connection can be gone."""
        self._running.pop(key, None)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None and not isinstance(error, (ProxydError, Guarded)):
            log.error("sending failed", exc_info=error)

    async def _job_of(self, desk: Desk, sending: Sending, mail: HeldMail) -> SendingJob | None:
        """Of what has waited, as it was submitted, with what notes say now."""
        everybody = await self._tools.store.read(lambda tx: tx.accounts.all())
        account = next((each for each in everybody if each.id == sending.account_id), None)
        job = account and await job_of(desk, sending, account, self._granted)
        if not account or not job:
            return None
        return replace(job, leak=await self._leak(account, job.envelope, job.outgoing))

    # ------------------------------------------------------------------ after a crash

    async def _mark_uncertain(self, desk: Desk) -> None:
        mailbox = desk.mailbox

        def work(tx: Transaction) -> list[Sending]:
            left = [
                sending
                for sending in tx.outbox.pending(mailbox.id)
                if sending.state is SendState.RELAYING
                if not desk.is_at(sending.id)
            ]
            for sending in left:
                tx.outbox.uncertain(sending.id)
                if tx.held.find(sending.id):
                    tx.held.come_back(sending.id, DRAFTS, "", {"why": "uncertain"})
            tx.log.append([_interrupted(sending, mailbox.name) for sending in left])
            return left

        for sending in await self._tools.store.write(work):
            log.warning("%s: %s may or may not have gone out", mailbox.name, sending.message_id)


def _plain(recipients: Sequence[str]) -> Sequence[str]:
    return list(dict.fromkeys(plain_address(compared(each)) for each in recipients))


def _no_note(recipients: Sequence[str]) -> CannotDo:
    """Relayed, a mistyped note address would be tried for days, and the note lie there."""
    for address in _plain(recipients):
        if goes_nowhere(address) and not is_note_address(address):
            return CannotDo("no-note-address", address=address)
    return CannotDo("note-and-others")


def _interrupted(sending: Sending, mailbox: str) -> LogRecord:
    return LogRecord(
        action=Action.SEND,
        outcome="failed",
        actor=sending.login,
        mailbox=mailbox,
        message_id=sending.message_id,
        conversation=sending.conversation_id,
        origin=Origin("proxyd"),
        detail={"reason": "interrupted", "uncertain": True},
    )


async def _stopped(task: asyncio.Task[Submitted] | asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
