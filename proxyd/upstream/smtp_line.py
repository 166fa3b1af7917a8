"""One signed-in connection to a provider's submission server, over aiosmtplib.

Turns the library's exceptions into the two errors of the port, and knows at each moment whether the
message may have been accepted: from the final dot on until a reply, and at no other time. Must
never let the password into a reason.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import aiosmtplib
from aiosmtplib import SMTPResponse, SMTPServerDisconnected, SMTPTimeoutError
from aiosmtplib.protocol import SMTPProtocol

from proxyd.domain.errors import RelayRefused, RelayUnavailable, UpstreamUnavailable
from proxyd.domain.types import Server
from proxyd.imapwire.decode import printable
from proxyd.upstream import tls
from proxyd.upstream.timings import Timings

CHUNK = 64 * 1024
# What may wait in our buffers: enough to keep a fast line busy between two looks at it.
BUFFERED = 256 * 1024
LOOK = 0.01
SERVICE_CLOSING = 421  # RFC 5321 §3.8: may come in answer to anything
_LEADING_DOT = re.compile(rb"(?m)^\.")


class SmtpLine:
    """Made by ``open_line``."""

    def __init__(self, client: aiosmtplib.SMTP, timings: Timings) -> None:
        self._client = client
        self._timings = timings
        self._in_data = False  # no command may follow before the reply to the message

    @property
    def extensions(self) -> dict[str, str]:
        """EHLO keywords in lower case, with their parameters."""
        return dict(self._client.esmtp_extensions)

    async def command(self, *words: bytes, recipient: str | None = None) -> SMTPResponse:
        """Raises RelayRefused for a reply of 4xx or 5xx, RelayUnavailable for none."""
        with _line_trouble():
            reply = await self._client.execute_command(*words)
        _check(reply, recipient)
        return reply

    async def data(self, message: bytes) -> None:
        """DATA, the message, the final dot, and the server's word for it (RFC 5321 §4.1.1.4)."""
        await self.command(b"DATA")
        protocol = self._client.protocol
        if protocol is None:
            raise RelayUnavailable("connection lost", uncertain=False)
        stuffed = _LEADING_DOT.sub(b"..", message)
        if not stuffed.endswith(b"\r\n"):
            stuffed += b"\r\n"
        # Asked for before writing: a server may refuse in the middle, and then hang up.
        reply = asyncio.ensure_future(protocol.read_response(timeout=None))
        self._in_data = True
        ended = False
        try:
            # The library throws away what comes before somebody waits, and the task waits only
            # once it has run: without this turn of the loop a quick server's 250 would be lost.
            await asyncio.sleep(0)
            with _line_trouble():
                await self._write(protocol, stuffed, reply)
                if not reply.done():
                    protocol.write(b".\r\n")
                    ended = True
            with _line_trouble(uncertain=ended):
                async with asyncio.timeout(self._timings.smtp_final):
                    answer = await reply
        finally:
            reply.cancel()
        self._in_data = not ended
        _check(answer)
        if not ended:
            raise RelayUnavailable("accepted before it was all there", uncertain=True)

    async def _write(
        self, protocol: SMTPProtocol, octets: bytes, reply: asyncio.Future[SMTPResponse]
    ) -> None:
        """As fast as the server takes it; stops where it has replied already."""
        for start in range(0, len(octets), CHUNK):
            if reply.done():
                return
            protocol.write(octets[start : start + CHUNK])
            await self._drained(protocol, reply, BUFFERED)
        # The kernel has it all before the dot is written: so a line that breaks until here has
        # certainly not brought a whole message.
        await self._drained(protocol, reply, 0)

    async def _drained(
        self, protocol: SMTPProtocol, reply: asyncio.Future[SMTPResponse], most: int
    ) -> None:
        loop = asyncio.get_running_loop()
        waiting, since = -1, loop.time()
        while not reply.done():
            transport: Any = protocol.transport  # uvloop's is none of asyncio's classes
            if transport is None or transport.is_closing():
                raise SMTPServerDisconnected("connection lost")
            now_waiting = transport.get_write_buffer_size()
            if now_waiting <= most:
                return
            if now_waiting != waiting:
                waiting, since = now_waiting, loop.time()
            elif loop.time() - since > self._timings.smtp_reply:
                raise SMTPTimeoutError("the server takes no more of the message")
            await asyncio.sleep(LOOK)

    async def reset(self) -> None:
        """Give an envelope up; a server that can't even do that is left."""
        with suppress(aiosmtplib.SMTPException):
            await self._client.execute_command(b"RSET")

    async def close(self) -> None:
        """QUIT where the line still stands, without waiting for long."""
        transport: Any = self._client.transport
        if self._in_data and transport is not None:
            transport.abort()  # what is still in our buffers must not trickle out
        with suppress(aiosmtplib.SMTPException):
            if self._client.is_connected and not self._in_data:
                await self._client.quit(timeout=self._timings.logout)
        self._client.close()


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
    line = SmtpLine(client, timings)
    client.timeout = timings.smtp_reply
    try:
        with _line_trouble(server.host):
            await client.ehlo()
            await _sign_in(client, server, password)
    except BaseException:
        client.close()
        raise
    return line


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
        raise RelayUnavailable(f"{server.host}: {refused.code} {told}", uncertain=False) from None


class SignInRefused(RelayUnavailable):
    """The provider refuses the credentials: an admin must act."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, uncertain=False)


def _context(server: Server) -> ssl.SSLContext | None:
    try:
        tls.require_protection(server)
        return tls.ssl_context(server) if server.security != "plain" else None
    except UpstreamUnavailable as unusable:
        raise RelayUnavailable(unusable.reason, uncertain=False) from None


def _check(reply: SMTPResponse, recipient: str | None = None) -> None:
    if reply.code < 400:
        return
    text = printable(reply.message.encode("utf-8", "replace"))
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
        raise RelayUnavailable(reason, uncertain=uncertain) from None
