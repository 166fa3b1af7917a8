"""A real submission server for tests: TLS, AUTH, and every way in which a provider can fail.

    sink = SmtpSink(certificates)
    await sink.start()                 # or: with SmtpSink(...).in_thread() as sink:
    sink.refuse_recipients.add("x@y.example")
    ...
    sink.received[0].message

Listens on 127.0.0.1 with a free port; runs in the test's own loop or in a thread of its own.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.certificates import Certificates

USER = "support@example.test"
PASSWORD = "provider secret"
COMMANDS = 4096  # so much at once are commands, or a small mail


@dataclass(frozen=True)
class Received:
    sender: str
    recipients: tuple[str, ...]
    message: bytes
    options: tuple[str, ...]


class _Connection(SMTP):
    """aiosmtpd, which can also hang up instead of answering."""

    hang_up = False

    async def push(self, status: Any) -> None:
        if self.hang_up:
            assert self.transport is not None
            self.transport.abort()  # type: ignore[attr-defined]
            raise ConnectionResetError
        await super().push(status)

    def data_received(self, data: bytes) -> None:
        if len(data) <= COMMANDS:
            self.event_handler.bytes_read.append(data)
        super().data_received(data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.mails = 0
        self.event_handler.admit(self, transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.forget(self)
        super().connection_lost(error)


@dataclass
class SmtpSink:
    """``security`` is as in domain Server: "tls", "starttls" or "plain"."""

    certificates: Certificates | None = None
    security: str = "tls"
    user: str = USER
    password: str = PASSWORD
    smtputf8: bool = True
    pipelining: bool = True
    size_limit: int = 50 * 1024 * 1024

    port: int = 0
    received: list[Received] = field(default_factory=list)
    sign_ins: int = 0
    connections: int = 0
    refuse_recipients: set[str] = field(default_factory=set)
    mails_per_connection: int = 0  # MAIL is answered 421 behind so many; 0: any number
    connections_at_once: int = 0  # who comes above is told 421; 0: any number
    bytes_read: list[bytes] = field(default_factory=list)  # one per arrival, big ones left out
    # How it fails, once set; reset them to let it work again.
    answer_rcpt: str = ""  # to every recipient: "450 4.2.1 later"
    answer_data: str = ""  # at the end of the text: "451 4.7.1 greylisted", "554 5.7.1 spam"
    stall_s: float = 0.0  # before the end of the text is answered
    drop_before_accepting: bool = False  # after the final dot; the mail is gone
    drop_after_accepting: bool = False  # after the final dot; the mail is delivered
    # What it does with a mail it has taken, so many seconds later, beside delivering it.
    afterwards: Callable[[bytes], None] | None = None
    afterwards_s: float = 0.0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _open: set[_Connection] = field(default_factory=set)

    async def start(self) -> int:
        loop = asyncio.get_running_loop()
        context = self._context()
        implicit = context if self.security == "tls" else None
        self._server = await loop.create_server(
            lambda: self._connection(context), "127.0.0.1", self.port, ssl=implicit
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for connection in list(self._open):
            if connection.transport:
                connection.transport.abort()  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    @contextmanager
    def in_thread(self) -> Iterator[SmtpSink]:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="smtp-sink", daemon=True)
        thread.start()
        asyncio.run_coroutine_threadsafe(self.start(), loop).result(10)
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self.stop(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    def _context(self) -> ssl.SSLContext | None:
        if self.security == "plain":
            return None
        assert self.certificates
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.certificate, self.certificates.key)
        return context

    def _connection(self, context: ssl.SSLContext | None) -> _Connection:
        self.connections += 1
        starttls = self.security == "starttls"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # aiosmtpd does not see that TLS was there at once
            connection = _Connection(
                self,
                hostname="provider.example",
                data_size_limit=self.size_limit,
                enable_SMTPUTF8=self.smtputf8,
                tls_context=context if starttls else None,
                require_starttls=starttls,
                auth_required=True,
                auth_require_tls=starttls,
                authenticator=self._authenticate,
            )
        self._open.add(connection)
        return connection

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        right = (given.login.decode(), given.password.decode()) == (self.user, self.password)
        self.sign_ins += right
        return AuthResult(success=right, handled=False)

    def admit(self, connection: _Connection, transport: Any) -> None:
        if self.connections_at_once and len(self._open) > self.connections_at_once:
            transport.write(b"421 4.7.0 too many connections from you\r\n")
            transport.close()

    def forget(self, connection: _Connection) -> None:
        self._open.discard(connection)

    @property
    def open_now(self) -> int:
        return len(self._open)

    async def _do_afterwards(self, content: bytes) -> None:
        await asyncio.sleep(self.afterwards_s)
        assert self.afterwards is not None
        await asyncio.to_thread(self.afterwards, content)

    # ------------------------------------------------------------------ aiosmtpd's hooks

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, said: list[str]
    ) -> list[str]:
        session.host_name = name
        return [*said[:-1], "250-PIPELINING", said[-1]] if self.pipelining else said

    async def handle_MAIL(
        self, server: _Connection, _session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        server.mails += 1
        if self.mails_per_connection and server.mails > self.mails_per_connection:
            return "421 4.7.0 too many mails on this connection"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.answer_rcpt:
            return self.answer_rcpt
        if address in self.refuse_recipients:
            return f"550 5.1.1 <{address}>: no such user here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: _Connection, _session: Session, envelope: Envelope) -> str:
        if self.stall_s:
            await asyncio.sleep(self.stall_s)
        if self.drop_before_accepting:
            server.hang_up = True
            return "250 unheard"
        if self.answer_data:
            return self.answer_data
        content = envelope.content
        assert isinstance(content, bytes)
        self.received.append(
            Received(
                envelope.mail_from or "",
                tuple(envelope.rcpt_tos),
                content,
                tuple(envelope.mail_options),
            )
        )
        if self.afterwards is not None:
            task = asyncio.create_task(self._do_afterwards(content))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        server.hang_up = self.drop_after_accepting
        return "250 2.0.0 Ok: queued"
