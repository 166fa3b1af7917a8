"""What stands in the way of a mail at this instant, and whether its sender has consented.

Brings the facts (conversation, outbox, refusals, colleagues who are sending) to the rows of
``domain.guards``, which knows every guard; here is none. Never waits: the caller decides and
reserves in one step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from proxyd.domain.events import Action
from proxyd.domain.guard import Refusal, forfeits, is_consent
from proxyd.domain.guards import GUARDS, About, Facts, Guard, Kind, Reason, Turn
from proxyd.domain.held import HeldMail
from proxyd.domain.outbox import Sending, SendState
from proxyd.domain.policy import Policy
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.mail_rows import Alike
from proxyd.mailtext.topic import forms
from proxyd.service.mailbox.topics import digest_of
from proxyd.service.sending.desk import ConversationFacts
from proxyd.service.sending.job import Concerned, SendingJob, name_of
from proxyd.service.sending.perhaps_answered import (
    Unsettled,
    own_waiting,
    perhaps_answered,
    unsettled_of,
)

# How long the same mail counts as another attempt where its sender has not heard that it went out:
# people press Send again at once. The same text on another day is another mail.
UNHEARD_US = 3600 * 1_000_000
# Events that say whose turn it is also where they leave the status as it was.
_ANSWERED = frozenset({"answer", "outside"})
LOOKED_THROUGH = 20  # records of a conversation's status, the newest first


def consent_to(row: Guard, matter: str = "") -> str:
    """What a sender is told of, and may send the mail in spite of."""
    return f"{row.key} {matter}".rstrip()


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A guard stops the mail, for a reason."""

    row: Guard
    reason: Reason

    @property
    def guard(self) -> str:
        return self.row.key

    @property
    def consent_to(self) -> str:
        return consent_to(self.row, self.reason.matter)

    def is_overridden(self, job: SendingJob, refusals: Mapping[str, Refusal], now_us: int) -> bool:
        """By the mark, or by sending again what was refused because of it."""
        if not self.reason.overridable or job.marked:
            return self.reason.overridable
        policy, latest = job.desk.mailbox.policy, refusals.get(self.consent_to)
        copy = job.outgoing.copy_digest
        return policy.override and is_consent(
            self.consent_to, self.reason.since_us, latest, now_us, policy.consent, copy
        )

    def was_consented(self, held: HeldMail) -> bool:
        """When it was taken, to what there was then."""
        return self.consent_to in held.consents and self.reason.since_us <= held.at_us

    def refusal(self, job: SendingJob, refusals: Mapping[str, Refusal], now_us: int) -> Refusal:
        """What is to be remembered of being stopped by it."""
        rule, copy = job.desk.mailbox.policy.consent, job.outgoing.copy_digest
        forfeited = forfeits(refusals.get(self.consent_to), now_us, rule, copy)
        return Refusal(self.consent_to, now_us, copy, forfeited)

    def facts(self, policy: Policy, *, forfeited: bool) -> dict[str, str]:
        """For the sentence: times in microseconds, pause and window in seconds, and ``how`` the
        mail can be sent all the same: "pause", "mark", "mark-instead" of the pause that was not
        kept, or "" for not at all.
        """
        found = ways(policy, forfeited=forfeited)
        return {
            "name": self.reason.name,
            **({"own": "yes"} if self.reason.own else {}),
            **self.reason.told,
            "when": str(self.reason.since_us),
            **(found if self.reason.overridable else {**found, "how": ""}),
        }


def ways(policy: Policy, *, forfeited: bool) -> dict[str, str]:
    """How what was stopped can be sent all the same, for its sentence."""
    how = "mark" if policy.override_mark else ""
    if policy.override:
        how = "pause" if not forfeited else how and "mark-instead"
    return {
        "pause": str(policy.override_pause_s),
        "window": str(policy.override_window_s),
        "mark": policy.override_mark,
        "how": how,
    }


@dataclass(frozen=True, slots=True)
class SendingHistory:
    """What the database knows of this mail from before; ``turns`` are by conversation."""

    earlier: Sending | None
    refusals: Mapping[str, Refusal]
    turns: Mapping[int, Turn]
    alike: Sequence[Alike] = ()  # mails about the same
    unsettled: Sequence[Unsettled] = ()  # others in these conversations
    earlier_by: str = ""  # whoever sent ``earlier``, as colleagues call the person
    came_back: bool = False  # this very mail waited, and did not leave

    @property
    def sendings(self) -> Iterator[Sending]:
        """All that may be going out, or has perhaps."""
        if self.earlier is not None:
            yield self.earlier
        yield from (each.sending for each in self.unsettled)


def alike_of(job: SendingJob, digest: Callable[[str], str], tx: Transaction) -> Sequence[Alike]:
    """In the mailboxes that the person may answer from."""
    about = digest_of(digest, job.outgoing.topic.key)
    mailboxes = [desk.mailbox.id for desk in job.desks if desk.mailbox.policy.lookback_days]
    if not about or not mailboxes:
        return ()
    written = list(map(digest, forms(job.outgoing.headers.subject)))
    return tx.mail.alike(about, written, mailboxes)


def history_of(
    job: SendingJob,
    concerned: Sequence[Concerned],
    digest: Callable[[str], str],
    now_us: int,
    tx: Transaction,
) -> SendingHistory:
    outbox = tx.outbox
    outgoing = job.outgoing
    conversation_id = concerned[0].facts.id if concerned else None
    mailbox_id = job.desk.mailbox.id
    asked = [one.facts for one in concerned if _asks_whose_turn(one)]
    earlier = (
        outbox.find_sent(mailbox_id, job.message_id, outgoing.digest)
        or outbox.find_unheard(job.account.id, outgoing.digest, now_us - UNHEARD_US)
        or _lost(job, tx)
    )
    return SendingHistory(
        earlier,
        outbox.latest_refusals(job.account.id, conversation_id, outgoing.body_digest),
        {f.id: turn for f in asked if f.id is not None and (turn := _turn(f, tx)) is not None},
        alike_of(job, digest, tx) if concerned else (),
        unsettled_of(job, concerned, tx),
        name_of(earlier.login, tx) if earlier is not None else "",
        outgoing.copy_digest in outbox.came_back(mailbox_id, job.message_id),
    )


def _asks_whose_turn(one: Concerned) -> bool:
    """An untouched conversation has had none."""
    if one.facts.untouched:
        return False
    return any("turn" in guard.looks_at for guard in GUARDS if _is_asked(guard, one))


def _lost(job: SendingJob, tx: Transaction) -> Sending | None:
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
    query = LogQuery(
        conversation=facts.id, action=Action.STATUS, newest_first=True, limit=LOOKED_THROUGH
    )
    for stored in tx.log.search(query):
        record = stored.record
        same = record.detail.get("from") == record.detail.get("to")
        if same and record.detail.get("by") not in _ANSWERED:
            continue  # a forward, or an answer to somebody else
        return Turn(
            status=str(record.detail.get("to", "")),
            login=record.actor,
            name=name_of(record.actor, tx),
            at_us=stored.at_us,
            answer_id=str(record.detail.get("answer", "")),
        )
    return None


def reasons(
    job: SendingJob, concerned: Sequence[Concerned], history: SendingHistory, now_us: int
) -> list[Obstacle]:
    """All that stand in the way, told or not; what went out already is none of them."""
    return [
        Obstacle(row, reason)
        for row, facts in _questions(job, concerned, history, now_us)
        if (reason := row.rule(facts))
    ]


def told_of(found: Sequence[Obstacle]) -> list[Obstacle]:
    """Those of them that the sender is told of, in that order."""
    told: dict[str, Obstacle] = {}
    for each in found:
        # Whose turn it is is one thing: who sends all the same shall not be stopped once more for
        # the next reason of that kind.
        told.setdefault(each.row.kind if each.row.kind is Kind.TURN else each.row.key, each)
    return sorted(told.values(), key=_rank)


def standing(
    job: SendingJob,
    concerned: Sequence[Concerned],
    history: SendingHistory,
    now_us: int,
    held: HeldMail,
) -> Obstacle | None:
    """Of a mail that has waited: what stands in the way now and did not when it was taken."""
    found = reasons(job, concerned, history, now_us)
    left = [each for each in found if not each.was_consented(held)]
    return min(left, key=_rank, default=None)


def _rank(obstacle: Obstacle) -> int:
    return GUARDS.index(obstacle.row)


def _questions(
    job: SendingJob, concerned: Sequence[Concerned], history: SendingHistory, now_us: int
) -> Iterator[tuple[Guard, Facts]]:
    """Each guard that is on, and what it is asked about.

    Those of a conversation are chosen by the mailbox that it is in, those of the mail alone by the
    one that it goes out from. How it is said is the sender's.
    """
    earlier = history.earlier
    mail = Facts(
        account_id=job.account.id,
        login=job.account.login,
        refers_to=job.outgoing.headers.answered_ids,
        now_us=now_us,
        earlier=earlier,
        earlier_by=history.earlier_by,
        under_way=earlier is not None and earlier.id in job.desk.live,
        promise=job.outgoing.promise,
        files=job.outgoing.files,
        note=job.leak is not None and not job.leak.words,
        note_words=job.leak.words if job.leak else "",
        forwards=job.forwards,
    )
    for row in GUARDS:
        if row.about is About.MAIL and _is_on(row, job.desk.mailbox.policy):
            yield row, mail
    # What is answered may be known in another of the mailboxes, and since when.
    arrived = {id_: at_us for one in concerned for id_, at_us in one.facts.arrived.items()}
    for one in concerned:
        facts = _with_conversation(mail, job, one, history)
        facts = replace(facts, arrived={**arrived, **facts.arrived})
        yield from ((row, facts) for row in GUARDS if _is_asked(row, one))


def _is_asked(row: Guard, one: Concerned) -> bool:
    """A forward answers nobody."""
    about = row.about is About.REFERRING or (row.about is About.ANSWER and one.facts.is_answer)
    return about and _is_on(row, one.desk.mailbox.policy)


def _is_on(row: Guard, policy: Policy) -> bool:
    return not row.is_choice or row.key in policy.guards


def _with_conversation(
    mail: Facts, job: SendingJob, one: Concerned, history: SendingHistory
) -> Facts:
    facts = one.facts
    unnamed = one.desk.conversations.answers_alike(facts.id, history.alike)
    lately = (answer for number, answer in one.desk.guessed if number == facts.id)
    colleague = one.desk.colleague_sending(facts, job.account)
    waits = next((each for each in facts.waiting if each.account_id != job.account.id), None)
    refers_to = (facts.guess.message_id,) if facts.guess else mail.refers_to
    return replace(
        mail,
        refers_to=refers_to,
        guessed=facts.guess is not None,
        colleague=colleague.account.name if colleague else waits.name if waits else "",
        colleague_asks=colleague is None and waits is not None and waits.asks,
        colleague_guessed=colleague is not None and colleague.guessed,
        answers=(*facts.answers, *unnamed, *lately),
        own_waiting=tuple(own_waiting(job, one, refers_to, history.unsettled)),
        perhaps=tuple(perhaps_answered(job, one, refers_to, history.unsettled)),
        arrived=facts.arrived,
        outside=facts.outside,
        status=facts.status,
        stops=facts.stops.label(job.desk.mailbox.language) if facts.stops else "",
        finished=facts.finished,
        waited=facts.waited,
        turn=history.turns.get(facts.id) if facts.id is not None else None,
        assignee_id=facts.assignee_id,
        assignee=facts.assignee,
        strangers=job.outside(facts.strangers),
    )
