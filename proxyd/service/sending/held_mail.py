"""What is kept of a mail that waits before it leaves, beside its row of the outbox. Decides
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from proxyd.domain.held import HeldMail
from proxyd.service.sending.desk import ConversationFacts
from proxyd.service.sending.guarding import Obstacle
from proxyd.service.sending.job import SendingJob

_SECOND_US = 1_000_000


def held_mail(
    job: SendingJob, facts: ConversationFacts | None, passed: Sequence[Obstacle], now_us: int
) -> HeldMail:
    """Without its number. ``facts``: of the conversation in the mailbox that it goes out from;
    ``passed``: all that its writer sends it in spite of.
    """
    mark, unmarked = job.desk.conversations.mark_of(
        facts.id if facts else None,
        job.answered(facts) if facts else (),
        answers=facts is not None and facts.is_answer,
    )
    delay_us = job.desk.mailbox.policy.send_delay_s * _SECOND_US
    leaves_us = None if job.asks else now_us + delay_us
    to = tuple(obstacle.consent_to for obstacle in passed)
    return HeldMail(0, now_us, leaves_us, consents=to, mark=mark, unmarked=unmarked)
