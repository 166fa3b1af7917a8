"""What stands in the way of a mail at this instant, and whether its sender has consented.

Brings the facts (conversation, outbox, refusals, colleagues who are sending) to the pure rules of
``domain.guard``. Never waits: the caller decides and reserves in one step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proxyd.domain.guard import OverrideRule, Refusal, answer_in_the_way, is_consent
from proxyd.domain.outbox import Sending
from proxyd.domain.ports import Transaction
from proxyd.service.sending.desk import ConversationFacts, outbox_of
from proxyd.service.sending.job import Job


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a guard stops the mail. ``since_us`` is when that came about."""

    guard: str
    since_us: int
    name: str = ""
    overridable: bool = True

    def is_overridden(
        self, refusals: Mapping[str, Refusal], now_us: int, rule: OverrideRule
    ) -> bool:
        refusal = refusals.get(self.guard)
        return self.overridable and is_consent(self.guard, self.since_us, refusal, now_us, rule)

    def facts(self, rule: OverrideRule) -> dict[str, str]:
        """For the sentence: times in microseconds, the pause in seconds."""
        return {
            "name": self.name,
            "when": str(self.since_us),
            "pause": str(-(-rule.pause_us // 1_000_000)),
        }


@dataclass(frozen=True, slots=True)
class History:
    """What the database knows of this mail from before."""

    earlier: Sending | None
    refusals: Mapping[str, Refusal]


def history_of(job: Job, facts: ConversationFacts | None, tx: Transaction) -> History:
    outbox = outbox_of(tx)
    outgoing = job.outgoing
    conversation_id = facts.id if facts else None
    return History(
        outbox.find_sent(job.desk.mailbox.id, job.message_id, outgoing.digest),
        outbox.latest_refusals(job.account.id, conversation_id, outgoing.body_digest),
    )


def obstacles(
    job: Job, facts: ConversationFacts | None, earlier: Sending | None, now_us: int
) -> list[Obstacle]:
    """In the order in which they are told; what went out already is none of them."""
    found: list[Obstacle] = []
    if earlier and earlier.id in job.desk.live:
        found.append(Obstacle("sending", now_us, earlier.login, overridable=False))
    elif earlier:
        found.append(Obstacle("uncertain", earlier.created_us))
    if facts is None:
        return found
    if colleague := job.desk.colleague_sending(facts.id, job.account):
        found.append(Obstacle("sending", now_us, colleague.name, overridable=False))
    refers_to = job.outgoing.headers.answered_ids
    answer = answer_in_the_way(job.account.id, refers_to, facts.answers, facts.arrived)
    if answer:
        found.append(Obstacle("answered", answer.at_us, answer.name))
    return found
