"""One mail's way from a person to the provider: guards, outbox, relay, record.

Order is everything here. Invariants
- The outbox row is durable before the first octet goes out, the record before success is told.
- Deciding and reserving the conversation happen without an await between them: of two colleagues
  who answer in the same instant one is stopped.
- What went out is never sent again without consent: what the outbox can't tell is a guard's case.
- A consent lets one mail through. It is used up before the first octet goes out, and is given back
  only where the mail did not go.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

from proxyd.domain.errors import (
    Busy,
    RelayRefused,
    RelayUnavailable,
    StoreUnavailable,
    UpstreamError,
)
from proxyd.domain.events import Action
from proxyd.domain.guard import Answer, Refusal
from proxyd.domain.guards import PERHAPS_ANSWERED, UNCERTAIN
from proxyd.domain.held import HeldMail
from proxyd.domain.outbox import Sending, SendState
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.mail_rows import Alike
from proxyd.domain.types import LogRecord
from proxyd.service.api.submission import Guarded, PerhapsSent, Submitted
from proxyd.service.sending.desk import ConversationFacts, Desk
from proxyd.service.sending.guarding import (
    Obstacle,
    SendingHistory,
    alike_of,
    consent_to,
    history_of,
    reasons,
    told_of,
    ways,
)
from proxyd.service.sending.held_mail import held_mail
from proxyd.service.sending.job import Concerned, Held, SendingJob, Tools, record_of

# The database comes back after seconds (a lock) or after somebody made room on the disk.
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 30.0
# Somebody waits at the compose window: better "try again" than a longer silence.
SETTLE_WAIT_S = 10.0


CAME_BACK = "came-back"  # a key of the replies table, in the log and in the metrics


class Delivery:
    """One SendingJob, carried out once."""

    def __init__(self, job: SendingJob, tools: Tools) -> None:
        self._job = job
        self._tools = tools
        self._desk = job.desk
        self._concerned: tuple[Concerned, ...] = ()  # the conversations as they were when decided
        self._guessed: tuple[Concerned, ...] = ()  # where it names none of theirs: by its subject
        self._earlier: Sending | None = None  # a doubtful one, which this one repeats
        self._refusals: Mapping[str, Refusal] = {}  # the latest by guard, of the same text
        self._told: tuple[Refusal, ...] = ()  # the refusals that this one overrides
        self._unheard = False  # whoever sends it will not be told that it went out
        self._waited = 0  # the number under which it has waited; 0: it has not
        self._noted_unheard = 0  # the sending of which the outbox says so

    def hang_up(self) -> None:
        """Its sender is gone, or was told that it failed."""
        self._unheard = True

    async def hear(self) -> None:
        """Somebody else is about to be told that it went out. Where that can't be written the next
        attempt counts as a repetition, as if nobody had been.
        """
        if number := self._noted_unheard:
            with contextlib.suppress(StoreUnavailable):
                await self._tools.store.write(lambda tx: tx.outbox.unheard(number, None))

    async def run(self) -> Submitted:
        if not self._job.waits:
            return await self._decide()
        async with self._tools.turn_of(self._job.account):
            return await self._decide()

    async def _decide(self) -> Submitted:
        job, tools = self._job, self._tools
        self._concerned = job.concerned()
        alike = await self._alike()
        self._guessed = job.guessed(alike, tools.clock())  # none are alike where it names one
        history = await self._history()
        earlier = history.earlier
        if earlier and await self._has_gone_out(earlier):
            tools.told("repeated")
            return await self._note_repeated(earlier)
        if history.came_back:
            await self._refuse_again()
        # From here to the reservation nothing may wait, except to refuse.
        self._concerned, now = job.concerned(), tools.clock()
        self._refusals = history.refusals
        self._guessed = () if self._names_one else job.guessed(alike, now)
        found = reasons(job, self._judged, history, now)
        consents = told_of(found)
        for obstacle in consents:
            if not obstacle.is_overridden(job, history.refusals, now):
                await self._refuse(obstacle)
        self._earlier = earlier
        if not job.marked:
            self._told = tuple(history.refusals[obstacle.consent_to] for obstacle in consents)
        held = Held.of(self._judged, job.account)
        if job.waits:
            await self._keep(held, consents, found)
            tools.told("held")
            return Submitted(job.message_id, waits=True, asks=job.asks)
        await self._send(held, consents)
        tools.told("sent")
        return Submitted(job.message_id)

    async def _alike(self) -> Sequence[Alike]:
        """Asked for only where a mail says that it answers, and not what."""
        job, digest = self._job, self._tools.subject_digest
        if self._names_one or not job.may_guess:
            return ()
        return await self._tools.store.read(lambda tx: alike_of(job, digest, tx))

    async def _history(self) -> SendingHistory:
        job, concerned, digest = self._job, self._judged, self._tools.subject_digest
        now = self._tools.clock()
        history = await self._tools.store.read(
            lambda tx: history_of(job, concerned, digest, now, tx)
        )
        left = (one for one in history.sendings if one.state is SendState.RELAYING)
        if not all(map(job.is_at, left)):
            # It may have been settled since that read; a second one sees it.
            history = await self._tools.store.read(
                lambda tx: history_of(job, concerned, digest, now, tx)
            )
        return history

    async def _has_gone_out(self, earlier: Sending) -> bool:
        """True for what the upstream server accepted, recorded or about to be, and for what waits
        here already.
        """
        settling = self._desk.settling.get(earlier.id)
        if settling:
            await asyncio.wait([settling], timeout=SETTLE_WAIT_S)
            if not settling.done():
                raise StoreUnavailable("a mail that went out cannot be recorded")
            return True
        return earlier.state in (SendState.RELAYED, SendState.FILED, SendState.HELD)

    async def _note_repeated(self, earlier: Sending) -> Submitted:
        waits = {"waits": True} if earlier.state is SendState.HELD else {}
        entry = self._entry("ok", action=Action.SEND, repeated=True, **waits)

        def work(tx: Transaction) -> bool:
            tx.outbox.unheard(earlier.id, None)
            tx.log.append([entry])
            return bool(waits) and tx.held.asks(earlier.id)

        asks = await self._tools.store.write(work)
        return Submitted(self._job.message_id, repeated=True, waits=bool(waits), asks=asks)

    async def _refuse(self, obstacle: Obstacle) -> NoReturn:
        entry = self._entry("refused", guard=obstacle.guard)
        refusal = obstacle.refusal(self._job, self._refusals, self._tools.clock())
        who = self._who_what

        def work(tx: Transaction) -> None:
            if obstacle.reason.overridable:
                tx.outbox.add_refusal(*who, refusal)
            tx.log.append([entry])

        await self._tools.store.write(work)
        self._tools.told(obstacle.guard)
        mailbox = self._desk.mailbox
        facts = obstacle.facts(mailbox.policy, forfeited=refusal.forfeited)
        raise Guarded(obstacle.guard, mailbox.language, facts, mailbox.policy.tz)

    async def _refuse_again(self) -> NoReturn:
        """A program repeats what a person has taken back since: it has not heard of its 250."""
        entry = self._entry("refused", guard=CAME_BACK)
        await self._tools.store.write(lambda tx: tx.log.append([entry]))
        self._tools.told(CAME_BACK)
        mailbox = self._desk.mailbox
        facts = {"when": "0", "how": ""}
        raise Guarded(CAME_BACK, mailbox.language, facts, mailbox.policy.tz)

    @property
    def _who_what(self) -> tuple[int, int | None, str]:
        """What a refusal, and so a consent, is for."""
        facts = self._facts
        return self._job.account.id, facts.id if facts else None, self._job.outgoing.body_digest

    @property
    def _names_one(self) -> bool:
        """A mail from outside. A gateway's id that only mails of ours name says nothing."""
        return any(one.facts.written for one in self._concerned)

    @property
    def _judged(self) -> tuple[Concerned, ...]:
        """What the guards are asked about; nothing else is done with what is guessed."""
        return (*self._guessed, *self._concerned)

    @property
    def _facts(self) -> ConversationFacts | None:
        """Of the conversation under which its refusals are recorded."""
        return self._judged[0].facts if self._judged else None

    # ------------------------------------------------------------------ the way out

    async def _send(self, held: Held, consents: Sequence[Obstacle]) -> None:
        conversations, went = self._desk.conversations, False
        conversations.begin(self._job.outgoing.headers, self._job.account)
        try:
            sending_id = await self._begin(consents)
            try:
                await self._relay(sending_id)
                await self._complete_once(sending_id)
            except (StoreUnavailable, Busy):
                if sending_id in self._desk.accepted:
                    # It went out: the conversation stays reserved until that is recorded.
                    self.hang_up()
                    settling = asyncio.create_task(self._settle(sending_id, held.handed_on()))
                    self._desk.settling[sending_id] = settling
                raise
            finally:
                went = sending_id in self._desk.accepted
                self._desk.accepted.discard(sending_id)
                self._desk.live.discard(sending_id)
        finally:
            if not went:
                conversations.give_up(self._job.message_id)
            held.release()

    async def _keep(
        self, held: Held, consents: Sequence[Obstacle], found: Sequence[Obstacle]
    ) -> None:
        """It waits before it leaves (leaving.py), and is durable from here on. ``found``: all that
        stood in the way, and does so when it leaves: that stops it no more.
        """
        try:
            number = await self._begin(consents, waits=found)
            self._desk.live.discard(number)
            # From here on the mail itself holds off colleagues. What can't be shown now is later.
            with contextlib.suppress(StoreUnavailable, Busy, UpstreamError):
                await self._desk.conversations.show_held(number)
        finally:
            held.release()
            self._desk.conversations.held_news.set()

    def _hold(self, tx: Transaction, mail: HeldMail) -> None:
        tx.held.hold(mail, len(self._job.outgoing.copy))
        if self._unheard:
            tx.outbox.unheard(mail.sending_id, mail.at_us)
            self._noted_unheard = mail.sending_id

    async def _begin(
        self, consents: Sequence[Obstacle], *, waits: Sequence[Obstacle] | None = None
    ) -> int:
        """``waits``: not None where it does, see ``_keep``."""
        how = "mark" if self._job.marked else "repeat"
        entries = [
            self._entry("ok", action=Action.OVERRIDE, guard=obstacle.guard, how=how)
            for obstacle in consents
        ]
        sending, earlier, told, who = self._sending(), self._earlier, self._told, self._who_what
        mail = None
        if waits is not None:
            mail = held_mail(self._job, self._own_facts, waits, self._tools.clock())
            made = self._job.outgoing.copy_digest
            sending = replace(sending, state=SendState.HELD, made=made)
            step = "asks" if self._job.asks else "held"
            entries.append(self._entry("ok", action=Action.LEAVING, step=step))

        def work(tx: Transaction) -> int | None:
            if told and not tx.outbox.spend_refusals(*who, told):
                return None
            if (
                earlier and earlier.state is SendState.RELAYING
            ):  # nobody is at it: see domain.outbox
                tx.outbox.uncertain(earlier.id)
            tx.log.append(entries)
            number = tx.outbox.begin(sending)
            if mail is not None:
                self._hold(tx, replace(mail, sending_id=number))
            return number

        sending_id = await self._tools.store.write(work)
        if sending_id is None:  # the same text, to other recipients, was faster
            await self._refuse(consents[0])
        self._desk.live.add(sending_id)
        for obstacle in consents:
            self._tools.told(f"override-{obstacle.guard}")
        return sending_id

    def _sending(self) -> Sending:
        job = self._job
        return Sending(
            mailbox_id=self._desk.mailbox.id,
            account_id=job.account.id,
            login=job.account.login,
            conversation_id=self._concerned[0].facts.id if self._concerned else None,
            message_id=job.message_id,
            digest=job.outgoing.digest,
            sender=job.envelope.sender,
            recipients=job.envelope.recipients,
            created_us=self._tools.clock(),
            message=job.outgoing.copy,
        )

    async def _relay(self, sending_id: int) -> None:
        envelope, message = self._job.envelope, self._job.outgoing.message
        try:
            async with self._desk.lines:
                await self._desk.relay.send(envelope.sender, envelope.recipients, message)
            self._desk.accepted.add(sending_id)
            self._note_guessed()
        except RelayRefused as error:
            entry = self._entry("refused", by="upstream", code=error.code)
            refused = error
            await self._note_failure(lambda tx: self._did_not_go(tx, sending_id, refused), entry)
            raise
        except RelayUnavailable as error:
            await self._note_unavailable(sending_id, error)
            if not error.uncertain:
                raise
            mailbox = self._desk.mailbox
            found = ways(mailbox.policy, forfeited=False)
            raise PerhapsSent(error.reason, mailbox.language, found) from error

    def _note_guessed(self) -> None:
        """For colleagues who answer the same before its copy is in Sent."""
        person = self._job.account
        given = Answer(person.id, person.name, self._tools.clock(), self._job.message_id)
        for one in self._guessed:
            if one.facts.id is not None:
                one.desk.guessed.append((one.facts.id, given))

    async def _note_unavailable(self, sending_id: int, error: RelayUnavailable) -> None:
        # Its sender is told now: who sends the same again knows, and who sends other words.
        now, copy = self._tools.clock(), self._job.outgoing.copy_digest
        again = consent_to(UNCERTAIN), consent_to(PERHAPS_ANSWERED, self._job.message_id)
        told = [Refusal(guard, now, copy) for guard in again]

        def work(tx: Transaction) -> None:
            if error.uncertain:
                self._may_have_gone(tx, sending_id, told)
            else:
                self._did_not_go(tx, sending_id, error)

        entry = self._entry("failed", reason=error.reason, uncertain=error.uncertain)
        await self._note_failure(work, entry)

    def _may_have_gone(self, tx: Transaction, sending_id: int, told: Sequence[Refusal]) -> None:
        tx.outbox.uncertain(sending_id)
        for refusal in told:
            tx.outbox.add_refusal(*self._who_what, refusal)

    def _did_not_go(
        self, tx: Transaction, sending_id: int, error: RelayRefused | RelayUnavailable
    ) -> None:
        tx.outbox.refused(sending_id)
        for refusal in self._told:
            tx.outbox.add_refusal(*self._who_what, refusal)

    async def _note_failure(self, work: Callable[[Transaction], None], entry: LogRecord) -> None:
        """Unrecorded, the row stays *relaying*, which is read as uncertain: the safe side."""
        self._tools.told("failed")

        def both(tx: Transaction) -> None:
            work(tx)
            tx.log.append([entry])

        await self._tools.store.write(both)

    # ------------------------------------------------------------------ it went out

    async def _complete_once(self, sending_id: int) -> None:
        """The other mailboxes first: the record that it went out is the last word, and until that
        is said all of it is said again.
        """
        for one in self._concerned:
            if one.desk is not self._desk:
                await self._complete(one.desk, one.facts, lambda tx: None, [])
        went = self._entry("ok")
        await self._complete(
            self._desk, self._own_facts, lambda tx: self._went(tx, sending_id), [went]
        )
        self._desk.unfiled.set()

    @property
    def _own_facts(self) -> ConversationFacts | None:
        return next((one.facts for one in self._concerned if one.desk is self._desk), None)

    async def _complete(
        self,
        desk: Desk,
        facts: ConversationFacts | None,
        also: Callable[[Transaction], None],
        records: Sequence[LogRecord],
    ) -> None:
        job = self._job
        await desk.conversations.complete(
            conversation_id=facts.id if facts else None,
            account=job.account,
            message_id=job.message_id,
            in_reply_to=job.answered(facts) if facts else (),
            also=also,
            records=records,
            answers=facts is not None and facts.is_answer,
            origin=job.origin,
            recipients=job.envelope.recipients,
            names=job.outgoing.headers.answered_ids,
            left=self._waited if desk is self._desk else 0,
        )

    def _went(self, tx: Transaction, sending_id: int) -> None:
        tx.outbox.relayed(sending_id)
        if self._unheard:
            tx.outbox.unheard(sending_id, self._tools.clock())
            self._noted_unheard = sending_id
        if self._earlier:  # else it would go once more when its own Message-ID is tried again
            tx.outbox.went_after_all(self._desk.mailbox.id, self._job.outgoing.digest)

    async def _settle(self, sending_id: int, held: Held) -> None:
        """The upstream server said 250: that must be recorded, however long it takes."""
        wait = FIRST_RETRY_S
        try:
            while True:
                await self._tools.sleep(wait)
                try:
                    return await self._complete_once(sending_id)
                except (StoreUnavailable, Busy):
                    wait = min(wait * 2, LONGEST_RETRY_S)
        finally:
            del self._desk.settling[sending_id]
            held.release()

    def _entry(self, outcome: str, *, action: Action = Action.SEND, **detail: object) -> LogRecord:
        """What is guessed is named where it stops a mail, or would have: it is no part of it."""
        facts, digest = self._facts, self._tools.subject_digest
        if facts is not None and facts.guess is not None:
            detail["guessed"] = "subject"
            if "guard" not in detail:
                facts = self._concerned[0].facts if self._concerned else None
        return record_of(self._job, digest, facts, outcome, action=action, **detail)
