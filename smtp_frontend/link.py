"""The life of one connection on top of aiosmtpd: admitted, encrypted, timed, ended.

From aiosmtpd 1.4.6 come the command loop and the timer; its STARTTLS is replaced, as it works on
private parts of Python's TLS transports. Knows no mail command (``connection`` does).

Invariants
- Nothing received before a TLS handshake is acted upon after it (RFC 3207 §4.2, §6).
- Whatever the peer does, the connection ends: every wait has a timer, and closing ends in abort.
- What was admitted leaves the gate once.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import AnyStr, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from proxyd.domain.one_a_turn import OneATurn
from proxyd.domain.types import Account
from proxyd.service.api.sign_in import SignIn
from smtp_frontend.handler import Handler
from smtp_frontend.options import Meter, Options
from smtp_frontend.replies import GOODBYES, reply
from smtp_frontend.room import Room
from smtp_frontend.stock_replies import in_our_words
from smtp_frontend.turn import turn

# RFC 5321 §4.5.3.1.4: 512 octets; MAIL and RCPT may be longer by their parameters (RFC 1870 §3,
# RFC 6152 §7, RFC 6531 §3.4), AUTH by RFC 4954 §4.
COMMAND_LIMIT = 512
PATH_COMMAND_LIMIT = 1024
AUTH_LIMIT = 12_288
# One read of the loop is 256 KiB; a line of a mail is taken in pieces of this size.
READER_LIMIT = 65_536

# A handshake that takes too long is a ConnectionAbortedError.
_GONE = (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError)

Command = Callable[[str | None], Awaitable[None]]


class Link(SMTP):
    # Set before the first command runs, and kept; aiosmtpd declares them optional.
    session: Session
    envelope: Envelope
    transport: asyncio.Transport | None  # None: the connection is gone
    _handler_coroutine: asyncio.Task[None]
    _timeout_handle: asyncio.TimerHandle

    def __init__(
        self,
        handler: Handler,
        sign_in_service: SignIn,
        options: Options,
        *,
        address: str,
        tls: ssl.SSLContext | None,
        leave: Callable[[], None],
        room: Room,
        meter: Meter,
        turns: OneATurn,
    ) -> None:
        """``turns``: which STARTTLS waits for; who serves a door with TLS had its own before."""
        self.command_size_limits: dict[str, int] = {}  # the class's own is shared by all
        self.line_length_limit = READER_LIMIT
        super().__init__(
            handler,
            data_size_limit=options.max_message_bytes,
            enable_SMTPUTF8=True,
            hostname=options.hostname,
            ident="ESMTP",
            timeout=options.idle_s,
            auth_required=True,
            loop=asyncio.get_running_loop(),
        )
        self.command_size_limits = defaultdict(
            lambda: COMMAND_LIMIT,
            {"MAIL": PATH_COMMAND_LIMIT, "RCPT": PATH_COMMAND_LIMIT, "AUTH": AUTH_LIMIT},
        )
        self._smtp_methods = {
            name: self._measured(name, method) for name, method in self._smtp_methods.items()
        }
        self.address = address  # of the peer
        self.account: Account | None = None
        self.service = sign_in_service
        self.options = options
        self.failures = 0
        self._tls = tls
        self._leave = leave  # the gate
        self._room = room
        self._meter = meter
        self._turns = turns
        self.handler = handler
        self.word = secrets.token_hex(8)
        self._admitted = False
        self._beginning: asyncio.Task[None] | None = None  # the handshake
        self.submitting = False
        self.end_after_reply = ""
        self._login_timer: asyncio.TimerHandle | None = None
        self._last_code = b""

    # ------------------------------------------------------------------ the connection

    @property
    def secure(self) -> bool:
        return self.transport is not None and bool(self.transport.get_extra_info("sslcontext"))

    @property
    def language(self) -> str:
        return self.handler.language(self.account) if self.account else self.options.language

    async def serve(self, connection: socket.socket, *, implicit_tls: bool) -> None:
        """From accepting on; returns when the handshake is over. The gate has admitted it."""
        self._beginning = asyncio.current_task()
        begun = False
        try:
            await self.loop.connect_accepted_socket(
                lambda: self,
                connection,
                ssl=self._tls if implicit_tls else None,
                ssl_handshake_timeout=self.options.handshake_s if implicit_tls else None,
            )
            begun = True
        except OSError as error:  # ssl.SSLError is one
            self._handshake_failed(error)
        finally:
            self._beginning = None
            if self.transport is not None and not begun:  # let go in the moment of its beginning
                self.transport.abort()  # connection_lost does the rest
            elif not begun:
                connection.close()
                self._leave()

    def _handshake_failed(self, error: OSError) -> None:
        """No TLS or too slow; who just left was not turned away."""
        if not isinstance(error, _GONE):
            self._meter.turned_away("handshake", self.address)

    @property
    def settled(self) -> bool:
        """See ``gate.Guest``."""
        return self.account is not None

    @property
    def begun(self) -> bool:
        """See ``gate.Guest``."""
        return self.secure

    def let_go(self) -> None:
        """Without a word: somebody else needs the place."""
        if self._beginning is not None:
            self._beginning.cancel()
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._admitted = True
        self._meter.sessions(1)
        super().connection_made(transport)
        self._login_timer = self.loop.call_later(self.options.login_s, self._login_timeout)
        self._handler_coroutine.add_done_callback(_forget)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._admitted:
            return
        self._admitted = False
        self._leave()
        self._meter.sessions(-1)
        if self._login_timer:
            self._login_timer.cancel()
        self._sign_out()
        super().connection_lost(error)

    def eof_received(self) -> bool:
        """No half of a connection stays. aiosmtpd cancels the task that reads the commands and
        leaves the closing to it: who is gone before the greeting would keep a place for a minute.
        """
        if self._admitted:
            super().eof_received()
        return False

    async def push(self, status: AnyStr) -> None:
        octets = status.encode("utf-8", "replace") if isinstance(status, str) else status
        octets = in_our_words(octets)
        self._last_code = octets[:1]
        await super().push(octets)
        # A flood of pipelined commands is read from a buffer and answered into one: no await on
        # its way would let anybody else have a turn (promise 9).
        await asyncio.sleep(0)

    def _measured(self, name: str, method: Command) -> Command:
        async def run(arg: str | None) -> None:
            if self.transport is None or self.transport.is_closing():
                raise ConnectionResetError  # nothing pipelined behind a goodbye is carried out
            began = time.perf_counter()
            await method(arg)
            outcome = "ok" if self._last_code in (b"2", b"3") else "refused"
            self._meter.command(name, outcome, time.perf_counter() - began)

        return run

    # ------------------------------------------------------------------ endings

    def end(self, reason: str) -> None:
        """``api.Session``: the account was switched off or changed, or the server stops."""
        if self.submitting:
            # What is going out is told first: who hears nothing, or that it failed, sends again.
            self.end_after_reply = reason
        else:
            self.say_goodbye(reason)

    def say_goodbye(self, key: str) -> None:
        """One last reply, then close; abort where the peer does not read it."""
        transport = self.transport
        if transport is None:
            self.let_go()  # in mid-handshake
            return
        key = key if key in GOODBYES else "ended"
        self._end_with(transport, reply(key, self.language))

    async def smtp_QUIT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's names
        if arg:
            await self.push(reply("no-argument", self.language))
        elif self.transport is not None:
            self._end_with(self.transport, reply("bye", self.language))
            self._last_code = b"2"
            self._handler_coroutine.cancel()  # what was pipelined behind it is not read

    def _end_with(self, transport: asyncio.Transport, line: str) -> None:
        if not transport.is_closing():
            transport.write(line.encode() + b"\r\n")
            transport.close()
        self.loop.call_later(self.options.close_grace_s, transport.abort)
        if self._handler_coroutine is not asyncio.current_task():
            self._handler_coroutine.cancel()

    def forget_mail(self) -> None:
        self.envelope = self._create_envelope()

    def _sign_out(self) -> None:
        if self.account:
            self.service.unregister(self.account, self)
            self.account = None

    def _timeout_cb(self) -> None:
        self.say_goodbye("timeout")

    def _login_timeout(self) -> None:
        if self.account is None:
            self.say_goodbye("timeout")

    # ------------------------------------------------------------------ TLS

    async def smtp_STARTTLS(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's names
        if arg:
            await self.push(reply("no-argument", self.language))
        elif self.secure:
            await self.push(reply("tls-already", self.language))
        elif self._tls is None:
            await self.push(reply("no-tls", self.language))
        elif self.account:
            # §4.2 would have to forget who that is, and the password has gone in clear already.
            await self.push(reply("tls-too-late", self.language))
        elif self._reader._buffer:  # type: ignore[attr-defined] # StreamReader tells no other way
            # RFC 3207 §6: a command behind STARTTLS was put there by somebody else.
            self.say_goodbye("injected")
        else:
            self._writer.transport.pause_reading()  # type: ignore[attr-defined] # typeshed
            await turn(self._turns, self.address)
            await self.push(reply("go-ahead-tls", self.language))
            await self._begin_tls(self._tls)

    async def _begin_tls(self, context: ssl.SSLContext) -> bool:
        begun = False
        try:
            await self._writer.start_tls(context, ssl_handshake_timeout=self.options.handshake_s)
            begun = True
        except OSError as error:
            self._handshake_failed(error)
            return False
        finally:
            if not begun:  # asyncio tells nobody of a connection that is lost in a handshake
                self._writer.close()
                self.loop.call_soon(self.connection_lost, None)
        self.transport = cast(asyncio.Transport, self._writer.transport)
        # Python 3.11's StreamWriter.start_tls leaves the reader's flow control at the old one.
        self._reader._transport = self.transport  # type: ignore[attr-defined]
        peer = self.session.peer
        self.session = self._create_session()  # RFC 3207 §4.2: forget what was said in clear
        self.session.peer = peer
        self.forget_mail()
        return True


def _forget(task: asyncio.Task[None]) -> None:
    """A connection that breaks is no news; faults were told by ``handle_exception``."""
    if not task.cancelled():
        task.exception()
