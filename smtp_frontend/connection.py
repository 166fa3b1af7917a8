"""The commands of submission (RFC 6409), from EHLO to DATA.

HELO is aiosmtpd's. Ours, because its own fall short: NOOP and RSET (no enhanced codes), AUTH
(callbacks that cannot wait), MAIL (``<>`` is refused), addresses (an e-mail parser that raises),
DATA (memory for a line without end, a timer that big mails outlast).

Invariant: no mail command without a signed-in account; no sign-in without TLS, except on loopback.
"""

from __future__ import annotations

import asyncio
import ipaddress
from base64 import b64encode

import aiosmtpd.smtp

from proxyd.domain.types import Origin
from proxyd.service.api.submission import Envelope
from smtp_frontend.data import TooMuchData, read_text
from smtp_frontend.handler import Sender
from smtp_frontend.link import AUTH_LIMIT, Link
from smtp_frontend.paths import BadArgument, Path, parse_path
from smtp_frontend.replies import cleaned_fact, reply
from smtp_frontend.room import Share
from smtp_frontend.signing_in import NotSignedIn, sign_in

# Guesses: a wrong one, and one that was not looked at.
_PAUSED = {"sign-in-failed", "sign-in-busy"}


class Connection(Link):
    @property
    def origin(self) -> Origin:
        return Origin("smtp", self.address, cleaned_fact(self.session.host_name or ""), self.word)

    @property
    def may_sign_in(self) -> bool:
        return self.secure or (self.options.plain_on_loopback and _is_loopback(self.address))

    @property
    def may_encrypt(self) -> bool:
        return self._tls is not None and not self.secure and self.account is None

    # ------------------------------------------------------------------ signing in

    async def smtp_EHLO(self, hostname: str | None) -> None:  # noqa: N802
        if not hostname:
            await self.push(reply("hello-syntax", self.language))
            return
        self.forget_mail()
        self.session.extended_smtp = True
        self.session.host_name = hostname
        lines = [self.hostname, *self._extensions()]
        marked = [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]
        await self.push("\r\n".join(marked))

    def _extensions(self) -> list[str]:
        return [
            "PIPELINING",  # RFC 2920
            f"SIZE {self.options.max_message_bytes}",  # RFC 1870
            "8BITMIME",  # RFC 6152
            "SMTPUTF8",  # RFC 6531
            *(["STARTTLS"] if self.may_encrypt else []),  # RFC 3207
            *(["AUTH PLAIN LOGIN"] if self.may_sign_in else []),  # RFC 4954
            "ENHANCEDSTATUSCODES",  # RFC 2034
        ]

    async def smtp_AUTH(self, arg: str | None) -> None:  # noqa: N802
        if not self.session.host_name or not self.session.extended_smtp:
            await self.push(reply("hello-first", self.language))
        elif not self.may_sign_in:
            await self.push(reply("auth-needs-tls", self.language))
        elif self.account:
            await self.push(reply("signed-in-already", self.language))
        else:
            await self._sign_in(arg)

    async def _sign_in(self, arg: str | None) -> None:
        try:
            account = await sign_in(arg, self._asked, self.service, self.origin)
        except NotSignedIn as refusal:
            self.failures += refusal.attempt
            if refusal.key in _PAUSED:
                await asyncio.sleep(self.options.failure_delay_s)
            await self.push(reply(refusal.key, self.language))
            if refusal.attempt and self.failures >= self.options.login_failures:
                self.say_goodbye("too-many-logins")
            return
        self.account = account
        self.session.authenticated = True
        self.service.register(account, self)
        await self.push(reply("signed-in", self.language))

    async def _asked(self, challenge: bytes) -> bytes | None:
        """The client's answer to a challenge; None when it was too long (and is skipped)."""
        await self.push(b"334 " + b64encode(challenge))
        too_long = False
        while True:
            try:
                line: bytes = await self._reader.readuntil(b"\n")
            except asyncio.LimitOverrunError as overrun:
                await self._reader.read(max(overrun.consumed, 1))
                too_long = True
                continue
            return None if too_long or len(line) > AUTH_LIMIT else line

    # ------------------------------------------------------------------ the mail

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        if not await self._ready():
            return
        if self.envelope.mail_from is not None:
            await self.push(reply("mail-twice", self.language))
            return
        try:
            path = parse_path("FROM:", arg)
            self._check_mail_parameters(path)
        except BadArgument as bad:
            await self.push(self._bad(bad))
            return
        self.envelope.smtp_utf8 = "SMTPUTF8" in path.parameters
        refusal = await self.handler.sender_refused(self._sender(), path.address)
        if refusal is None:
            self.envelope.mail_from = path.address
        await self.push(refusal or reply("sender-ok", self.language))

    def _check_mail_parameters(self, path: Path) -> None:
        parameters = dict(path.parameters)
        parameters.pop("AUTH", None)  # RFC 4954 §5: must be understood, may be disregarded
        if parameters.pop("BODY", "7BIT").upper() not in ("7BIT", "8BITMIME"):
            raise BadArgument("bad-parameter-value")
        size = parameters.pop("SIZE", "0")
        if not (size.isascii() and size.isdigit()) or len(size) > 20:  # RFC 1870 §4
            raise BadArgument("bad-parameter-value")
        if int(size) > self.options.max_message_bytes:
            raise BadArgument("too-big")
        if not self._room.fits(int(size)):  # RFC 1870 §6.1: better now than after the transfer
            raise BadArgument("no-room")
        utf8 = parameters.pop("SMTPUTF8", None)
        if utf8:
            raise BadArgument("bad-parameter-value")
        if parameters:
            raise BadArgument("bad-parameter")
        if utf8 is None and not path.address.isascii():
            raise BadArgument("need-smtputf8")

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        if not await self._ready():
            return
        if self.envelope.mail_from is None:
            await self.push(reply("mail-first", self.language))
            return
        try:
            path = parse_path("TO:", arg)
            if not path.address:
                raise BadArgument("bad-address")
            if path.parameters:
                raise BadArgument("bad-parameter")
            if not self.envelope.smtp_utf8 and not path.address.isascii():
                raise BadArgument("need-smtputf8")
        except BadArgument as bad:
            await self.push(self._bad(bad))
            return
        await self.push(self._addressed_to(path.address))

    def _addressed_to(self, address: str) -> str:
        recipients = self.envelope.rcpt_tos
        if address not in recipients:
            if len(recipients) >= self.options.max_recipients:
                return reply("too-many-recipients", self.language)
            recipients.append(address)
        return reply("recipient-ok", self.language)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        if not await self._ready():
            return
        if arg or not self.envelope.rcpt_tos:
            await self.push(reply("no-argument" if arg else "recipient-first"))
            return
        await self.push(reply("go-ahead-data", self.language))
        share = self._room.share()
        try:
            await self._receive(share)
        except TooMuchData:
            self.say_goodbye("too-big-to-read")
        finally:
            share.release()

    async def _receive(self, share: Share) -> None:
        limit = self.options.max_message_bytes
        text = await read_text(self._reader, limit, self._reset_timeout, share)
        envelope = self.envelope
        self.forget_mail()
        if text.too_big or text.no_room:
            await self.push(self._bad(BadArgument("too-big" if text.too_big else "no-room")))
            return
        envelope.content = text.octets
        await self.push(await self._submit(envelope))
        if self.end_after_reply:
            self.say_goodbye(self.end_after_reply)

    async def _submit(self, envelope: aiosmtpd.smtp.Envelope) -> str:
        """The upstream server may take its time: the client's timer stands still meanwhile."""
        self._timeout_handle.cancel()
        self.submitting = True
        try:
            return await self.handler.submitted(self._sender(), _as_envelope(envelope))
        finally:
            self.submitting = False
            self._reset_timeout()

    async def _ready(self) -> bool:
        """True when a mail may begin or go on; else the client was told why not."""
        if not self.session.host_name:
            await self.push(reply("hello-first", self.language))
        elif self.account:
            return True
        else:
            key = "need-sign-in" if self.may_sign_in else "need-tls"
            await self.push(reply(key, self.language))
        return False

    def _sender(self) -> Sender:
        assert self.account  # ``_ready``
        return Sender(self.account, self.origin, self.language)

    def _bad(self, bad: BadArgument) -> str:
        limit = self.options.max_message_bytes // (1024 * 1024)
        return reply(bad.key, self.language, limit=str(max(limit, 1)))

    # ------------------------------------------------------------------ what tells nothing

    async def smtp_NOOP(self, _arg: str | None) -> None:  # noqa: N802 - RFC 5321 §4.1.1.9
        await self.push(reply("ok", self.language))

    async def smtp_RSET(self, arg: str | None) -> None:  # noqa: N802 - RFC 5321 §4.1.1.5
        if not arg:
            self.forget_mail()
        await self.push(reply("no-argument" if arg else "ok"))

    async def smtp_VRFY(self, _arg: str | None) -> None:  # noqa: N802 - RFC 5321 §7.3
        await self.push(reply("no-vrfy", self.language))

    async def smtp_EXPN(self, _arg: str | None) -> None:  # noqa: N802
        await self.push(reply("not-offered", self.language))

    async def smtp_HELP(self, _arg: str | None) -> None:  # noqa: N802
        await self.push(reply("help", self.language))


def _as_envelope(given: aiosmtpd.smtp.Envelope) -> Envelope:
    assert isinstance(given.content, bytes)
    return Envelope(given.mail_from or "", tuple(given.rcpt_tos), given.content)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
