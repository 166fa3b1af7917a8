"""One submission as a value: who sends what, from which mailbox, and how it is recorded.

Decides nothing. Invariant: a record names the mail, its recipients and what came of it; never its
subject, never its text.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from proxyd.domain.events import Action
from proxyd.domain.ports import Store
from proxyd.domain.types import Account, Clock, LogRecord, Origin
from proxyd.service.api import Envelope
from proxyd.service.sending.desk import ConversationFacts, Desk
from proxyd.service.sending.outgoing import Outgoing

# A record names this many recipients; the number of all is beside it.
RECIPIENTS_RECORDED = 20


@dataclass(frozen=True, slots=True)
class Tools:
    """What every sending uses."""

    store: Store
    clock: Clock
    sleep: Callable[[float], Awaitable[None]]
    subject_digest: Callable[[str], str]
    told: Callable[[str], None]  # hears how each submission ended, for the metrics


@dataclass(frozen=True, slots=True)
class Job:
    """Who sends what from which mailbox."""

    desk: Desk
    account: Account
    envelope: Envelope
    outgoing: Outgoing
    origin: Origin
    marked: bool = False  # its writer has said "all the same", see override_mark.py

    @property
    def message_id(self) -> str:
        return self.outgoing.headers.message_id

    def conversation(self) -> ConversationFacts | None:
        """The conversation this answers, as it is now.

        A read receipt or an auto-reply refers to a mail without answering it (RFC 3834 §2).
        """
        if not self.envelope.sender or self.outgoing.headers.automatic:
            return None
        ids = self.outgoing.headers.answered_ids
        return self.desk.conversations.find(ids, self.envelope.recipients)

    def answered(self, facts: ConversationFacts | None) -> tuple[str, ...]:
        """The mail being answered: not its ancestors, which References names too."""
        if facts is None:
            return ()
        headers = self.outgoing.headers
        parents = tuple(each for each in headers.in_reply_to if each in facts.arrived)
        return parents or tuple(each for each in headers.answered_ids if each in facts.arrived)[:1]


def record_of(
    job: Job,
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
