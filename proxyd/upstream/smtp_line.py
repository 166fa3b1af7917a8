"""One signed-in connection to a provider's submission server; aiosmtplib opens it.

Turns what happens into the two errors of the port, and knows at each moment whether the message may
have been accepted: from the final dot on until a reply, and at no other time. Must never let the
password into a reason. Invariant: ``usable`` only where the next mail begins on clean ground; a
server that waits for a text it shall not have is hung up on, never given a dot.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast

import aiosmtplib

from proxyd.domain.errors import RelayRefused, RelayUnavailable, UpstreamUnavailable
from proxyd.domain.types import Server
from proxyd.imapwire.decode import printable
from proxyd.upstream import tls
from proxyd.upstream.smtp_replies import Replies, Reply
from proxyd.upstream.timings import Timings

CHUNK = 64 * 1024
# What may wait in our buffers: enough to keep a fast line busy between two looks at it.
BUFFERED = 256 * 1024
LOOK = 0.01
# Looks that cost one turn of the loop only: uvloop writes at the end of a turn, and a small mail
# has left by then.
QUICK_LOOKS = 3
GO_ON = 354  # RFC 5321 §4.2.3
SERVICE_CLOSING = 421  # RFC 5321 §3.8: may come in answer to anything
_LEADING_DOT = re.compile(rb"(?m)^\.")


class SmtpLine:
    """Made by ``open_line``. ``extensions``: EHLO keywords in lower case, with parameters."""

    def __init__(
        self,
        transport: asyncio.Transport,
        replies: Replies,
        extensions: Mapping[str, str],
        timings: Timings,
    ) -> None:
        self._transport = transport
        self._replies = replies
        self._timings = timings
        self.extensions = dict(extensions)
        self.mails = 0  # begun on this line

    @property
    def usable(self) -> bool:
        return self._replies.sound and not self._transport.is_closing()

    async def begin(self, mail: bytes, recipients: Sequence[tuple[bytes, str]]) -> None:
        """MAIL, each RCPT and DATA, in one go where the server has PIPELINING (RFC 2920).

        Raises RelayRefused for a reply of 4xx or 5xx, with the envelope given up; RelayUnavailable.
        """
        self.mails += 1
        asked: list[tuple[bytes, str | None]] = [(mail, None), *recipients, (b"DATA", None)]
        if "pipelining" not in self.extensions:
            for command, recipient in asked:
                try:
                    _check(await self._answer(self._ask(command)), recipient)
                except RelayRefused:
                    await self._reset()
                    raise
            return
        told = self._ask(*(command for command, _ in asked))
        replies = [await self._answer([reply]) for reply in told]
        for reply, (_, recipient) in zip(replies, asked, strict=True):
            if reply.code < 400:
                continue
            if replies[-1].code < 400:
                self.abort()  # a dot would send an empty mail to those who were accepted
            elif reply.code != SERVICE_CLOSING:
                await self._reset()
            _check(reply, recipient)

    def _ask(self, *commands: bytes) -> list[asyncio.Future[Reply]]:
        promises = [self._replies.promise() for _ in commands]
        self._transport.write(b"".join(command + b"\r\n" for command in commands))
        return promises

    async def _answer(self, asked: Sequence[asyncio.Future[Reply]]) -> Reply:
        with _line_trouble():
            async with asyncio.timeout(self._patience):
                return await asked[0]

    @property
    def _patience(self) -> float:
        """A line that was kept may be dead without our knowing; a new one is slow at worst."""
        return self._timings.smtp_reply if self.mails <= 1 else self._timings.smtp_kept_reply

    async def data(self, message: bytes) -> None:
        """The message, the final dot, and the server's word for it (RFC 5321 §4.1.1.4)."""
        stuffed = _LEADING_DOT.sub(b"..", message)
        if not stuffed.endswith(b"\r\n"):
            stuffed += b"\r\n"
        # Asked for before writing: a server may refuse in the middle, and then hang up.
        reply = self._replies.promise()
        ended = False
        try:
            with _line_trouble():
                await self._write(stuffed, reply)
                if not reply.done():
                    self._transport.write(b".\r\n")
                    ended = True
            with _line_trouble(uncertain=ended):
                async with asyncio.timeout(self._timings.smtp_final):
                    answer = await reply
        except BaseException:
            self.abort()  # what is still in our buffers must not trickle out
            raise
        if not ended:
            self.abort()  # it would take the rest for commands
        _check(answer)
        if not ended:
            raise RelayUnavailable("accepted before it was all there", uncertain=True)

    async def _write(self, octets: bytes, reply: asyncio.Future[Reply]) -> None:
        """As fast as the server takes it; stops where it has replied already."""
        for start in range(0, len(octets), CHUNK):
            if reply.done():
                return
            self._transport.write(octets[start : start + CHUNK])
            await self._drained(reply, BUFFERED)
        # The kernel has it all before the dot is written: so a line that breaks until here has
        # certainly not brought a whole message.
        await self._drained(reply, 0)

    async def _drained(self, reply: asyncio.Future[Reply], most: int) -> None:
        loop = asyncio.get_running_loop()
        waiting, since, looks = -1, loop.time(), 0
        while not reply.done():
            if self._transport.is_closing():
                raise ConnectionResetError("connection lost")
            now_waiting = self._transport.get_write_buffer_size()
            if now_waiting <= most:
                return
            if now_waiting != waiting:
                waiting, since = now_waiting, loop.time()
            elif loop.time() - since > self._timings.smtp_reply:
                raise TimeoutError("the server takes no more of the message")
            looks += 1
            await asyncio.sleep(0 if looks <= QUICK_LOOKS else LOOK)

    async def _reset(self) -> None:
        """Give an envelope up; a server that can't even do that is left."""
        try:
            _check(await self._answer(self._ask(b"RSET")))
        except (RelayRefused, RelayUnavailable):
            self.abort()

    def abort(self) -> None:
        self._transport.abort()

    def leave(self) -> None:
        """QUIT, without anybody waiting for what is said to it (RFC 5321 §4.1.1.10)."""
        if not self.usable:
            self.abort()
            return
        self._replies.leave()
        self._transport.write(b"QUIT\r\n")
        asyncio.get_running_loop().call_later(self._timings.logout, self.abort)

    async def close(self) -> None:
        """``leave``, and the end of it."""
        self.leave()
        await asyncio.wait([self._replies.ended], timeout=self._timings.logout)


async def open_line(server: Server, password: str, hostname: str, timings: Timings) -> SmtpLine:
    """Connect, TLS, EHLO, AUTH. Raises RelayUnavailable."""
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=hostname,
        timeout=timings.connect,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        tls_context=_context(server),
    )
    with _line_trouble(server.host):
        await client.connect()
    client.timeout = timings.smtp_reply
    try:
        with _line_trouble(server.host):
            await client.ehlo()
            await _sign_in(client, server, password)
            return _taken_over(client, timings)
    except BaseException:
        client.close()
        raise


def _taken_over(client: aiosmtplib.SMTP, timings: Timings) -> SmtpLine:
    """From here on without the library, which knows neither PIPELINING nor an early reply."""
    transport = client.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError("connection lost")
    replies = Replies()
    transport.set_protocol(replies)
    line = cast(asyncio.Transport, transport)  # uvloop's own are no subclasses
    replies.connection_made(line)
    return SmtpLine(line, replies, client.esmtp_extensions, timings)


async def _sign_in(client: aiosmtplib.SMTP, server: Server, password: str) -> None:
    """By one method only: providers lock accounts that fail three times in a row."""
    offered = {one.lower() for one in client.server_auth_methods}
    try:
        if "plain" in offered:
            await client.auth_plain(server.user, password)
        elif "login" in offered:
            await client.auth_login(server.user, password)
        elif "cram-md5" in offered:
            await client.auth_crammd5(server.user, password)
        else:
            raise RelayUnavailable(
                f"{server.host} offers no way to sign in with a password", uncertain=False
            )
    except aiosmtplib.SMTPAuthenticationError as refused:
        told = printable(refused.message.encode("utf-8", "replace")).replace(password, "…")
        if 500 <= refused.code < 600:
            raise SignInRefused(f"{server.host} refuses the password: {told}") from None
        raise Crowded(f"{server.host}: {refused.code} {told}") from None


class SignInRefused(RelayUnavailable):
    """The provider refuses the credentials: an admin must act."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, uncertain=False)


class Crowded(RelayUnavailable):
    """The provider wants no connection now (421, 454): too many of ours, or it rests."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, uncertain=False)


def _context(server: Server) -> ssl.SSLContext | None:
    try:
        tls.require_protection(server)
        return tls.ssl_context(server) if server.security != "plain" else None
    except UpstreamUnavailable as unusable:
        raise RelayUnavailable(unusable.reason, uncertain=False) from None


def _check(reply: Reply, recipient: str | None = None) -> None:
    if reply.code < 400:
        return
    text = printable(reply.text.encode("utf-8", "replace"))
    if reply.code == SERVICE_CLOSING:
        raise RelayUnavailable(f"{reply.code} {text}", uncertain=False)
    raise RelayRefused(reply.code, text, recipient)


@contextmanager
def _line_trouble(host: str = "", *, uncertain: bool = False) -> Iterator[None]:
    """Everything that means "no reply" becomes RelayUnavailable."""
    try:
        yield
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as trouble:
        # An OSError of the TLS layer says in its text what is wrong with the certificate.
        told = printable(str(trouble).encode("utf-8", "replace")) or type(trouble).__name__
        reason = f"{host}: {told}" if host else told
        if isinstance(trouble, aiosmtplib.SMTPResponseException) and 400 <= trouble.code < 500:
            raise Crowded(reason) from None
        raise RelayUnavailable(reason, uncertain=uncertain) from None
