"""One submission as a value: who sends what, from which mailbox, and how it is recorded.

Decides nothing. Invariant: a record names the mail, its recipients and what came of it; never its
subject, never its text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from weakref import WeakValueDictionary

from proxyd.domain.events import Action
from proxyd.domain.note_leaks import Leak
from proxyd.domain.outbox import Sending
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.mail_rows import Alike
from proxyd.domain.types import Account, Clock, LogRecord, Origin, Right
from proxyd.mailtext.addresses import compared
from proxyd.service.api.submission import Envelope
from proxyd.service.mailbox.happening import RECIPIENTS_RECORDED
from proxyd.service.sending.desk import ConversationFacts, Desk, Guess, Reservation
from proxyd.service.sending.outgoing import Outgoing


@dataclass(frozen=True, slots=True)
class Tools:
    """What every sending uses."""

    store: Database
    clock: Clock
    sleep: Callable[[float], Awaitable[None]]
    subject_digest: Callable[[str], str]
    told: Callable[[str], None]  # hears how each submission ended, for the metrics
    turns: WeakValueDictionary[int, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def turn_of(self, account: Account) -> asyncio.Lock:
        """Of one person's mails that are to wait one is decided at a time: the next one finds it
        waiting. In every mailbox, since one may be answered from another.
        """
        return self.turns.setdefault(account.id, asyncio.Lock())


@dataclass(frozen=True, slots=True)
class Concerned:
    """A conversation that a mail is about, and the mailbox it is in."""

    desk: Desk
    facts: ConversationFacts


class Held:
    """Conversations in which colleagues wait, as long as one person's mail is on its way."""

    def __init__(self, reserved: Sequence[tuple[Desk, Reservation]]) -> None:
        self._reserved = reserved

    @classmethod
    def of(cls, concerned: Sequence[Concerned], account: Account) -> Held:
        return cls([(one.desk, one.desk.reserve(one.facts, account)) for one in concerned])

    def handed_on(self) -> Held:
        """The same in other hands; to release this one does nothing any more."""
        reserved, self._reserved = self._reserved, []
        return Held(reserved)

    def release(self) -> None:
        for desk, reservation in self._reserved:
            desk.release(reservation)
        self._reserved = []


@dataclass(frozen=True, slots=True)
class SendingJob:
    """Who sends what from which mailbox."""

    desk: Desk
    account: Account
    envelope: Envelope
    outgoing: Outgoing
    origin: Origin
    marked: bool = False  # its writer has said "all the same", see override_mark.py
    leak: Leak | None = None  # an internal note would leave with it
    others: tuple[Desk, ...] = ()  # of the other mailboxes that the person may answer from

    @property
    def desks(self) -> tuple[Desk, ...]:
        """Its own mailbox first."""
        return (self.desk, *self.others)

    def is_at(self, sending: Sending) -> bool:
        """This process is relaying it, or recording that it went out."""
        return any(desk.is_at(sending.id) for desk in self.desks)

    @property
    def waits(self) -> bool:
        """Before it leaves, so that it can be taken back, or for approval."""
        return self.asks or self.desk.mailbox.policy.send_delay_s > 0

    @property
    def asks(self) -> bool:
        """Its writer's mails wait for approval, whatever they are."""
        grant = self.account.grants.get(self.desk.mailbox.id)
        return grant is Right.RESPOND_WITH_APPROVAL

    @property
    def message_id(self) -> str:
        return self.outgoing.headers.message_id

    def concerned(self) -> tuple[Concerned, ...]:
        """The conversations this is about, as they are now, that of its own mailbox first.

        A mail in support@ may be answered as sales@, or lie in both. A read receipt or an
        auto-reply refers to a mail without answering it (RFC 3834 §2). Where only mails of ours
        name it, because they were sent from there, nobody is answered.
        """
        if not self.envelope.sender or self.outgoing.headers.automatic:
            return ()
        ids, recipients = self.outgoing.headers.answered_ids, self.envelope.recipients
        found = [(desk, desk.conversations.find(ids, recipients)) for desk in self.desks]
        about = [Concerned(desk, facts) for desk, facts in found if facts is not None]
        return tuple([one for one in about if one.facts.written] or about) or self._passed_on()

    def _passed_on(self) -> tuple[Concerned, ...]:
        """Of a forward as an attachment, which names nothing else: whoever it goes to is not
        answered by it. Of several mails the first one tells which conversation it is.
        """
        if not self.forwards:
            return ()
        ids, recipients = self.outgoing.passed_on, self.envelope.recipients
        found = [(desk, desk.conversations.find(ids, recipients)) for desk in self.desks]
        return tuple(
            Concerned(desk, replace(facts, is_answer=False))
            for desk, facts in found
            if facts is not None and facts.written
        )

    @property
    def forwards(self) -> bool:
        """It says so, or it has mails attached and says of nothing that it answers it."""
        topic, headers = self.outgoing.topic, self.outgoing.headers
        answers = topic.is_answer or bool(headers.answered_ids)
        return topic.is_forward or bool(self.outgoing.passed_on and not answers)

    def guessed(self, alike: Sequence[Alike], now_us: int) -> tuple[Concerned, ...]:
        """What this is an answer to, for the guards only: of several conversations the one in
        which somebody outside has written last, in each mailbox that has that mail.
        """
        if not self.may_guess:
            return ()
        found: list[tuple[Guess, Concerned]] = []
        for desk in self.desks:
            here = [row for row in alike if row.mailbox_id == desk.mailbox.id]
            facts = desk.conversations.guess(here, self.envelope.recipients, now_us)
            if facts is not None and facts.guess is not None:
                found.append((facts.guess, Concerned(desk, facts)))
        if not found:
            return ()
        newest, _ = max(found, key=lambda each: each[0].came_us)
        return tuple(one for guess, one in found if guess.message_id == newest.message_id)

    def outside(self, addresses: Sequence[str]) -> tuple[str, ...]:
        """Those that are none of the person's mailboxes."""
        ours = {compared(address) for desk in self.desks for address in desk.mailbox.addresses}
        return tuple(address for address in addresses if compared(address) not in ours)

    @property
    def may_guess(self) -> bool:
        """It says that it answers, and not what."""
        says = self.outgoing.topic.is_answer and bool(self.outgoing.topic.key)
        return says and bool(self.envelope.sender) and not self.outgoing.headers.automatic

    def answered(self, facts: ConversationFacts) -> tuple[str, ...]:
        """The mail being answered: not its ancestors, which References names too."""
        headers = self.outgoing.headers
        parents = tuple(each for each in headers.in_reply_to if each in facts.arrived)
        parents = parents or tuple(id_ for id_ in headers.answered_ids if id_ in facts.arrived)[:1]
        return parents or tuple(id_ for id_ in self.outgoing.passed_on if id_ in facts.arrived)


def name_of(login: str, tx: Transaction) -> str:
    """As colleagues call the person; an account that is gone has its login."""
    found = tx.accounts.find(login)
    return found[0].name if found else login


def record_of(
    job: SendingJob,
    subject_digest: Callable[[str], str],
    facts: ConversationFacts | None,
    outcome: str,
    *,
    action: Action = Action.SEND,
    **detail: object,
) -> LogRecord:
    recipients = job.envelope.recipients
    return LogRecord(
        action=action,
        outcome=outcome,
        actor=job.account.login,
        mailbox=job.desk.mailbox.name,
        message_id=job.message_id,
        subject_digest=subject_digest(job.outgoing.headers.subject),
        conversation=facts.id if facts else None,
        origin=job.origin,
        detail={
            "recipients": len(recipients),
            "to": list(recipients[:RECIPIENTS_RECORDED]),
            **detail,
        },
    )
