"""Which replies of a submission server mean that it goes on: one table, and all others do not.

    asked            goes on    from
    (the greeting)   220        RFC 5321 §4.3.2
    EHLO             250
    STARTTLS         220        RFC 3207 §4
    AUTH, a step     334        RFC 4954 §4
    AUTH, the last   235        RFC 4954 §6
    MAIL             250        also with SIZE (RFC 1870), SMTPUTF8 (RFC 6531)
    RCPT             250 251
    DATA             354
    the final dot    250
    RSET             250

400 to 599 is a refusal, whatever the second and third digit (RFC 5321 §4.2.1), 421 the end of the
connection. Where an enhanced code says the contrary of the reply (RFC 2034 §4), and whatever else
was said, nobody knows what is meant: *unbelievable*, and the connection is of no use any more.
"""

from __future__ import annotations

import re
from enum import Enum

from proxyd.domain.errors import RelayRefused, RelayUnavailable
from proxyd.upstream.smtp_replies import SmtpReply

SERVICE_CLOSING = 421  # RFC 5321 §3.8: may come in answer to anything
_ENHANCED = re.compile(rb"([245])\.[0-9]{1,3}\.[0-9]{1,3}(?: |\Z)")


class SmtpStep(Enum):
    """What was said to the server; the value is for a person to read."""

    GREETING = "the connection"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH_STEP = "a step of AUTH"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "the end of the mail"
    RSET = "RSET"


GOES_ON: dict[SmtpStep, frozenset[int]] = {
    SmtpStep.GREETING: frozenset({220}),
    SmtpStep.EHLO: frozenset({250}),
    SmtpStep.STARTTLS: frozenset({220}),
    SmtpStep.AUTH_STEP: frozenset({334}),
    SmtpStep.AUTH: frozenset({235}),
    SmtpStep.MAIL: frozenset({250}),
    SmtpStep.RCPT: frozenset({250, 251}),
    SmtpStep.DATA: frozenset({354}),
    SmtpStep.DOT: frozenset({250}),
    SmtpStep.RSET: frozenset({250}),
}
# RFC 2034 §4 excepts these; what they say behind the code is a name, or a challenge.
_NOT_ENHANCED = frozenset({SmtpStep.GREETING, SmtpStep.EHLO, SmtpStep.AUTH_STEP, SmtpStep.DATA})


class Unbelievable(RelayUnavailable):
    """No reply to what was asked. After the final dot nobody knows what became of the mail."""

    def __init__(self, asked: SmtpStep, reply: SmtpReply) -> None:
        said = f"{asked.value} was answered {reply.code} {reply.text}"
        super().__init__(said, uncertain=asked is SmtpStep.DOT)


def is_refusal(asked: SmtpStep, reply: SmtpReply) -> bool:
    """Believed, and no."""
    return 400 <= reply.code <= 599 and not _contradicts_itself(asked, reply)


def check(asked: SmtpStep, reply: SmtpReply, recipient: str | None = None) -> None:
    """Raises RelayRefused, with ``recipient`` where it was the cause; RelayUnavailable."""
    if not is_refusal(asked, reply):
        if reply.code not in GOES_ON[asked] or _contradicts_itself(asked, reply):
            raise Unbelievable(asked, reply)
        return
    if reply.code == SERVICE_CLOSING:
        raise RelayUnavailable(f"{reply.code} {reply.text}", uncertain=False)
    raise RelayRefused(reply.code, str(reply.text), recipient)


def _contradicts_itself(asked: SmtpStep, reply: SmtpReply) -> bool:
    if asked in _NOT_ENHANCED:
        return False
    found = [_ENHANCED.match(line) for line in reply.lines]
    return any(one is not None and int(one[1]) != reply.code // 100 for one in found)
