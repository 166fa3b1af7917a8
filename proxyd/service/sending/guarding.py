"""What stands in the way of a mail at this instant, and whether its sender has consented.

Brings the facts (conversation, outbox, refusals, colleagues who are sending) to the pure rules of
``domain.guard``. Never waits: the caller decides and reserves in one step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from proxyd.domain.events import Action
from proxyd.domain.guard import Refusal, answer_in_the_way, forfeits, is_consent
from proxyd.domain.outbox import Sending, SendState
from proxyd.domain.policy import Policy
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.ports.database import Transaction
from proxyd.service.sending.desk import ConversationFacts
from proxyd.service.sending.job import Concerned, Job

HOLD = "hold"  # the status that asks to wait; an installation may have none of this key


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a guard stops the mail. ``since_us`` is when that came about, 0 where nobody knows."""

    guard: str
    since_us: int
    name: str = ""
    overridable: bool = True
    own: bool = False  # it came about by the very person who is told of it

    def is_overridden(self, job: Job, refusals: Mapping[str, Refusal], now_us: int) -> bool:
        """By the mark, or by sending again what was refused because of it."""
        if not self.overridable or job.marked:
            return self.overridable
        policy, latest = job.desk.mailbox.policy, refusals.get(self.guard)
        copy = job.outgoing.copy_digest
        return policy.override and is_consent(
            self.guard, self.since_us, latest, now_us, policy.consent, copy
        )

    def refusal(self, job: Job, refusals: Mapping[str, Refusal], now_us: int) -> Refusal:
        """What is to be remembered of being stopped by it."""
        rule, copy = job.desk.mailbox.policy.consent, job.outgoing.copy_digest
        forfeited = forfeits(refusals.get(self.guard), now_us, rule, copy)
        return Refusal(self.guard, now_us, copy, forfeited)

    def facts(self, policy: Policy, *, forfeited: bool) -> dict[str, str]:
        """For the sentence: times in microseconds, pause and window in seconds, and ``how`` the
        mail can be sent all the same: "pause", "mark" or "" for not at all.
        """
        how = "mark" if policy.override_mark else ""
        if policy.override and not forfeited:
            how = "pause"
        return {
            "name": self.name,
            **({"own": "yes"} if self.own else {}),
            "when": str(self.since_us),
            "pause": str(policy.override_pause_s),
            "window": str(policy.override_window_s),
            "mark": policy.override_mark,
            "how": how if self.overridable else "",
        }


@dataclass(frozen=True, slots=True)
class Turn:
    """Who gave a conversation its status, when, and by which answer ("" = by hand)."""

    status: str
    login: str
    name: str
    at_us: int
    answer_id: str


@dataclass(frozen=True, slots=True)
class History:
    """What the database knows of this mail from before; ``turns`` are by conversation."""

    earlier: Sending | None
    refusals: Mapping[str, Refusal]
    turns: Mapping[int, Turn]


def history_of(job: Job, concerned: Sequence[Concerned], tx: Transaction) -> History:
    outbox = tx.outbox
    outgoing = job.outgoing
    conversation_id = concerned[0].facts.id if concerned else None
    mailbox_id = job.desk.mailbox.id
    stopping = [c.facts for c in concerned if c.facts.finished or c.facts.status == HOLD]
    turns = {facts.id: _turn(facts, tx) for facts in stopping}
    return History(
        outbox.find_sent(mailbox_id, job.message_id, outgoing.digest) or _lost(job, tx),
        outbox.latest_refusals(job.account.id, conversation_id, outgoing.body_digest),
        {id_: turn for id_, turn in turns.items() if turn is not None},
    )


def _lost(job: Job, tx: Transaction) -> Sending | None:
    """It went out before a backup was put back that knows nothing of it; where it is ours, a copy
    with its Message-ID lies at the provider since then.
    """
    at_us = tx.restored.sent_before(job.desk.mailbox.id, job.message_id)
    if at_us is None:
        return None
    envelope, account = job.envelope, job.account
    return Sending(
        mailbox_id=job.desk.mailbox.id,
        account_id=account.id,
        login=account.login,
        conversation_id=None,
        message_id=job.message_id,
        digest=job.outgoing.digest,
        sender=envelope.sender,
        recipients=envelope.recipients,
        created_us=at_us,
        state=SendState.UNCERTAIN,
    )


def _turn(facts: ConversationFacts, tx: Transaction) -> Turn | None:
    query = LogQuery(conversation=facts.id, action=Action.STATUS, newest_first=True, limit=1)
    for stored in tx.log.search(query):
        record = stored.record
        found = tx.accounts.find(record.actor)
        return Turn(
            status=str(record.detail.get("to", "")),
            login=record.actor,
            name=found[0].name if found else record.actor,
            at_us=stored.at_us,
            answer_id=str(record.detail.get("answer", "")),
        )
    return None


def obstacles(
    job: Job, concerned: Sequence[Concerned], history: History, now_us: int
) -> list[Obstacle]:
    """In the order in which they are told; what went out already is none of them."""
    found: list[Obstacle] = []
    earlier = history.earlier
    if earlier and earlier.id in job.desk.live:
        own = earlier.account_id == job.account.id
        found.append(Obstacle("sending", now_us, earlier.login, overridable=False, own=own))
    elif earlier:
        found.append(Obstacle("uncertain", earlier.created_us))
    answered = [one for one in concerned if one.facts.is_answer]  # a forward answers nobody
    for one in answered:
        if colleague := one.desk.colleague_sending(one.facts.id, job.account):
            found.append(Obstacle("sending", now_us, colleague.name, overridable=False))
    # One of them: who sends all the same shall not be stopped once more for the next.
    reasons = (_reason_to_wait(job, one, history.turns.get(one.facts.id)) for one in answered)
    return [*found, *islice(filter(None, reasons), 1)]


def _reason_to_wait(job: Job, concerned: Concerned, turn: Turn | None) -> Obstacle | None:
    """What stops is chosen by the mailbox of the conversation; how it is said, by the sender's."""
    facts, policy, account = concerned.facts, concerned.desk.mailbox.policy, job.account
    refers_to = job.outgoing.headers.answered_ids
    answer = answer_in_the_way(account.id, refers_to, facts.answers, facts.arrived)
    if answer and policy.guard_answered:
        return Obstacle("answered", answer.at_us, answer.name)
    known = turn if turn and turn.status == facts.status else None
    if facts.status == HOLD and policy.guard_hold:
        return _by(HOLD, known, job)
    if facts.finished and policy.guard_done and not _knows_of(job, known):
        return _by("done", known, job)
    if policy.guard_claimed and facts.assignee_id not in (None, account.id):
        return Obstacle("claimed", 0, facts.assignee)
    return None


def _by(guard: str, turn: Turn | None, job: Job) -> Obstacle:
    if turn is None:
        return Obstacle(guard, 0)
    return Obstacle(guard, turn.at_us, turn.name, own=turn.login == job.account.login)


def _knows_of(job: Job, turn: Turn | None) -> bool:
    """Whether the writer finished it, or answers the very answer that did."""
    if turn is None:
        return False
    seen = job.outgoing.headers.answered_ids
    return turn.login == job.account.login or (bool(turn.answer_id) and turn.answer_id in seen)
