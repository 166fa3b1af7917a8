"""From a command to one call of the submission service, and from its outcome to a reply.

Called by ``connection`` when syntax, order and sign-in are right. Never touches a socket.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import aiosmtpd.smtp

from proxyd.domain.errors import Busy, ProxydError, StoreUnavailable
from proxyd.domain.types import Account, Clock
from proxyd.service.api.submission import Envelope, Guarded, SenderNotAllowed, Submission
from smtp_frontend.options import Options
from smtp_frontend.replies import Moment, reply, reply_to

if TYPE_CHECKING:
    from smtp_frontend.connection import Connection

log = logging.getLogger(__name__)


class Handler:
    def __init__(self, submission: Submission, options: Options, clock: Clock) -> None:
        self._submission = submission
        self._options = options
        self._clock = clock

    def language(self, account: Account) -> str:
        return self._submission.language(account)

    async def mail(self, connection: Connection, address: str) -> str:
        account = connection.account
        assert account
        try:
            self._submission.check_sender(account, address)
        except SenderNotAllowed as refusal:
            try:
                await self._submission.record_refused_sender(account, refusal, connection.origin)
            except (StoreUnavailable, Busy) as error:
                return self._refused(connection, error)
            return self._refused(connection, refusal)
        connection.envelope.mail_from = address
        return reply("sender-ok")

    def rcpt(self, connection: Connection, address: str) -> str:
        recipients = connection.envelope.rcpt_tos
        if address not in recipients:
            if len(recipients) >= self._options.max_recipients:
                return reply("too-many-recipients", connection.language)
            recipients.append(address)
        return reply("recipient-ok")

    async def data(self, connection: Connection, envelope: aiosmtpd.smtp.Envelope) -> str:
        assert connection.account
        assert isinstance(envelope.content, bytes)
        sender, recipients = envelope.mail_from or "", tuple(envelope.rcpt_tos)
        mail = Envelope(sender, recipients, envelope.content)
        try:
            submitted = await self._submission.submit(connection.account, mail, connection.origin)
        except (ProxydError, Guarded, SenderNotAllowed) as refusal:
            return self._refused(connection, refusal)
        return reply("repeated" if submitted.repeated else "sent", connection.language)

    async def handle_exception(self, error: Exception) -> str:
        """aiosmtpd calls it for our own faults: the log has the story, the client none of it."""
        log.error("fault in an SMTP session", exc_info=error)
        return reply("fault")

    def _refused(self, connection: Connection, refusal: Exception) -> str:
        moment = Moment(self._clock())
        return reply_to(refusal, connection.language, moment)
