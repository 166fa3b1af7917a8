"""From a command to one call of the submission service, and from its outcome to a reply.

Called by ``connection`` when syntax, order and sign-in are right. Never touches a socket.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from proxyd.domain.errors import Busy, ProxydError, StoreUnavailable
from proxyd.domain.types import Account, Clock, Origin
from proxyd.service.api.submission import (
    Envelope,
    Guarded,
    SenderNotAllowed,
    Submission,
    Submitted,
)
from smtp_frontend.refusals import Moment, reply_to
from smtp_frontend.replies import reply

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, from where, and in which language to answer."""

    account: Account
    origin: Origin
    language: str


class Handler:
    def __init__(self, submission: Submission, clock: Clock) -> None:
        self._submission = submission
        self._clock = clock

    def language(self, account: Account) -> str:
        return self._submission.language(account)

    async def sender_refused(self, sender: Sender, address: str) -> str | None:
        """The reply to a MAIL FROM that this person may not write, recorded; None: it is right."""
        try:
            self._submission.check_sender(sender.account, address)
        except SenderNotAllowed as refusal:
            try:
                await self._submission.record_refused_sender(sender.account, refusal, sender.origin)
            except (StoreUnavailable, Busy) as error:
                return self._refused(sender, error)
            return self._refused(sender, refusal)
        return None

    async def submitted(self, sender: Sender, mail: Envelope) -> str:
        """The reply to the end of DATA."""
        try:
            submitted = await self._submission.submit(sender.account, mail, sender.origin)
        except (ProxydError, Guarded, SenderNotAllowed) as refusal:
            return self._refused(sender, refusal)
        return reply(_outcome(submitted), sender.language)

    async def handle_exception(self, error: Exception) -> str:
        """aiosmtpd calls it for our own faults: the log has the story, the client none of it."""
        log.error("fault in an SMTP session", exc_info=error)
        return reply("fault")

    def _refused(self, sender: Sender, refusal: Exception) -> str:
        return reply_to(refusal, sender.language, Moment(self._clock()))


def _outcome(submitted: Submitted) -> str:
    if submitted.asks:
        return "asks"
    if submitted.waits:
        return "waits"
    return "repeated" if submitted.repeated else "sent"
