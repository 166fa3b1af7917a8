"""Getting a connection for sending to where a mail may begin: greeting, EHLO, STARTTLS, AUTH.

The password is in nothing that leaves this file: what the server says in words has been through
``Mask``. Invariants: nothing that was said in clear is believed behind STARTTLS, and not one octet
may come between its 220 and the handshake (RFC 3207 §4, §6); one way to sign in is tried and no
other, because providers lock accounts that fail three times in a row.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

from proxyd.domain.errors import RelayRefused, RelayUnavailable, UpstreamUnavailable
from proxyd.domain.types import Server
from proxyd.imapwire.provider_text import Hide, printable
from proxyd.upstream import tls
from proxyd.upstream.mask import Mask
from proxyd.upstream.smtp_codes import SERVICE_CLOSING, SmtpStep, check
from proxyd.upstream.smtp_replies import SmtpReplies, SmtpReply
from proxyd.upstream.timings import Timings


class SignInRefused(RelayUnavailable):
    """The provider refuses the credentials: an admin must act."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, uncertain=False)


class Crowded(RelayUnavailable):
    """The provider wants no connection now (421, 454): too many of ours, or it rests."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, uncertain=False)


class SmtpSignIn:
    """One connection on its way. ``extensions``: EHLO keywords in lower case, with parameters."""

    def __init__(self, server: Server, password: str, timings: Timings) -> None:
        self._server = server
        self._password = password
        self._timings = timings
        self.hide: Hide = Mask(server.user, password)
        self.replies = SmtpReplies(self.hide)
        self.transport: asyncio.Transport | None = None
        self.extensions: Mapping[str, str] = {}

    async def run(self, hostname: str) -> None:
        """Raises RelayUnavailable, and SignInRefused and Crowded, which are such."""
        try:
            with trouble(self._server.host, hide=self.hide):
                await self._connect()
                await self._introduce(hostname)
                if self._server.security == "starttls":
                    await self._start_tls()
                    await self._introduce(hostname)
                await self._authenticate()
        except BaseException:
            if self.transport is not None:
                self.transport.abort()
            raise

    async def _connect(self) -> None:
        server, timings = self._server, self._timings
        context, implicit = _context(server), server.security == "tls"
        greeting = self.replies.promise()
        async with asyncio.timeout(timings.connect):
            transport, _ = await asyncio.get_running_loop().create_connection(
                lambda: self.replies,
                server.host,
                server.port,
                ssl=context if implicit else None,
                server_hostname=server.host if implicit else None,
            )
        self.transport = transport
        async with asyncio.timeout(timings.greeting):
            self._check(SmtpStep.GREETING, await greeting)

    async def _introduce(self, hostname: str) -> None:
        reply = await self._asked(SmtpStep.EHLO, b"EHLO " + hostname.encode("ascii"))
        words = (line.decode("ascii", "replace").partition(" ") for line in reply.lines[1:])
        self.extensions = {word.lower(): rest.strip() for word, _, rest in words if word}

    async def _start_tls(self) -> None:
        host = self._server.host
        if "starttls" not in self.extensions:
            raise RelayUnavailable(f"{host} does not offer STARTTLS", uncertain=False)
        await self._asked(SmtpStep.STARTTLS, b"STARTTLS")
        if not self.replies.sound:
            told = f"{host}: octets in clear behind the answer to STARTTLS"
            raise RelayUnavailable(told, uncertain=False)
        transport = await asyncio.get_running_loop().start_tls(
            self._transport,
            self.replies,
            cast(ssl.SSLContext, _context(self._server)),
            server_hostname=host,
            ssl_handshake_timeout=self._timings.connect,
        )
        if transport is None:
            raise ConnectionResetError("connection lost")
        self.transport = transport
        self.replies.connection_made(transport)

    # ------------------------------------------------------------------ AUTH

    async def _authenticate(self) -> None:
        """RFC 4954, with PLAIN (RFC 4616), LOGIN, or CRAM-MD5 (RFC 2195)."""
        offered = self.extensions.get("auth", "").lower().split()
        user, password = self._server.user.encode(), self._password.encode()
        if "plain" in offered:
            last = b"AUTH PLAIN " + base64.b64encode(b"\0%b\0%b" % (user, password))
        elif "login" in offered:
            await self._step(b"AUTH LOGIN")
            await self._step(base64.b64encode(user))
            last = base64.b64encode(password)
        elif "cram-md5" in offered:
            challenge = await self._step(b"AUTH CRAM-MD5")
            digest = hmac.digest(password, challenge, "md5").hex().encode()
            last = base64.b64encode(user + b" " + digest)
        else:
            told = f"{self._server.host} offers no way to sign in with a password"
            raise RelayUnavailable(told, uncertain=False)
        await self._asked(SmtpStep.AUTH, last)

    async def _step(self, line: bytes) -> bytes:
        reply = await self._asked(SmtpStep.AUTH_STEP, line)
        try:
            return base64.b64decode(b"".join(reply.lines))
        except binascii.Error:
            raise ConnectionError("a challenge that is no base64") from None

    # ------------------------------------------------------------------ one question

    @property
    def _transport(self) -> asyncio.Transport:
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError("connection lost")
        return self.transport

    async def _asked(self, asked: SmtpStep, line: bytes) -> SmtpReply:
        reply = self.replies.promise()
        self._transport.write(line + b"\r\n")
        async with asyncio.timeout(self._timings.smtp_reply):
            answer = await reply
        self._check(asked, answer)
        return answer

    def _check(self, asked: SmtpStep, reply: SmtpReply) -> None:
        """A refusal is no mail's fault here. 4xx: later perhaps, or with fewer connections."""
        host = self._server.host
        try:
            check(asked, reply)
        except RelayRefused as no:
            if no.code < 500:
                raise Crowded(f"{host}: {no.code} {no.text}") from None
            if asked in (SmtpStep.AUTH, SmtpStep.AUTH_STEP):
                raise SignInRefused(f"{host} refuses the password: {no.text}") from None
            raise RelayUnavailable(f"{host}: {no.code} {no.text}", uncertain=False) from None
        except RelayUnavailable as no:
            reason = f"{host}: {no.reason}"
            if reply.code == SERVICE_CLOSING:
                raise Crowded(reason) from None
            raise RelayUnavailable(reason, uncertain=False) from None


def _context(server: Server) -> ssl.SSLContext | None:
    try:
        tls.require_protection(server)
        return tls.ssl_context(server) if server.security != "plain" else None
    except UpstreamUnavailable as unusable:
        raise RelayUnavailable(unusable.reason, uncertain=False) from None


@contextmanager
def trouble(host: str = "", *, hide: Hide, uncertain: bool = False) -> Iterator[None]:
    """Everything that means "no reply" becomes RelayUnavailable."""
    try:
        yield
    except (OSError, TimeoutError) as error:
        # An OSError of the TLS layer says in its text what is wrong with the certificate.
        told = printable(hide(str(error))) or "no answer in time"
        reason = f"{host}: {told}" if host else told
        raise RelayUnavailable(reason, uncertain=uncertain) from None
