"""The demo provider's SMTP server, on loopback: takes what the proxy relays, plays the customer.

Invariants: 250 is said when the mail is on the disk (a Maildir, ``customer``); mail to the shared
mailbox itself is in its INBOX by then; a conversation gets at most one automatic answer, over
restarts too.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from proxyd.demo import customer
from proxyd.domain.types import Clock
from proxyd.imapwire.mime import MimeMail

ANSWER_SECONDS = 10.0  # long enough to see the conversation turn to "done" first
_MAX_MESSAGE = 50 * 1024 * 1024  # as big providers take
_NULL_SENDER = ("", "<>")  # the second is aiosmtpd's spelling
_MAX_WAITING = 1000  # answers being "written"; beyond it customers are too busy to answer


def now_us() -> int:
    return time.time_ns() // 1000


class DemoSmtp:
    """An SMTP server for one user; ``deliver`` puts a mail into the mailbox's INBOX."""

    def __init__(
        self,
        data: Path,
        user: str,
        password: str,
        deliver: Callable[[bytes], object],
        mailbox: str,
        delay: float = ANSWER_SECONDS,
        *,
        clock: Clock = now_us,
    ) -> None:
        self._outbox = _Maildir(data / "customer")
        self._answered = _Answered(data / "answered")
        self._credentials = (user.encode(), password.encode())
        self._deliver = deliver
        self._mailbox = mailbox
        self._delay = delay
        self._clock = clock
        self._server: asyncio.Server | None = None
        self._waiting: set[asyncio.TimerHandle] = set()
        self._protocols: WeakSet[SMTP] = WeakSet()  # to end connections that are kept open

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; returns the port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Answers not yet written are never written."""
        for handle in self._waiting:
            handle.cancel()
        self._waiting.clear()
        if self._server is not None:
            self._server.close()
            for protocol in list(self._protocols):
                if protocol.transport is not None:
                    protocol.transport.close()
            await self._server.wait_closed()
            self._server = None

    # ---------------------------------------------------------------- aiosmtpd's hooks

    def _protocol(self) -> SMTP:
        protocol = SMTP(
            self,
            data_size_limit=_MAX_MESSAGE,
            enable_SMTPUTF8=True,
            auth_require_tls=False,  # loopback only
            authenticator=self._authenticate,
            ident="demo provider",
            hostname="localhost",
        )
        self._protocols.add(protocol)
        return protocol

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        user, password = self._credentials
        same_user = hmac.compare_digest(data.login, user)
        success = hmac.compare_digest(data.password, password) and same_user
        return AuthResult(success=success, handled=success)  # not handled: aiosmtpd says 535

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name)
        self,
        _server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        message = envelope.content
        assert isinstance(message, bytes)  # decode_data is off
        self._outbox.add(message)
        recipients = [recipient.lower() for recipient in envelope.rcpt_tos]
        if self._mailbox.lower() in recipients:
            self._deliver(message)
        outside = [one for one in envelope.rcpt_tos if one.lower() != self._mailbox.lower()]
        if outside and envelope.mail_from not in _NULL_SENDER:
            self._consider(MimeMail(message), outside[0])
        return "250 2.0.0 Accepted"

    # ---------------------------------------------------------------- the customer

    def _consider(self, mail: MimeMail, recipient: str) -> None:
        """Answer later, where an answer is due."""
        thread = customer.conversation(mail)
        if thread is None or thread in self._answered or customer.is_automatic(mail):
            return
        if len(self._waiting) >= _MAX_WAITING:
            return
        self._answered.add(thread)

        def answer() -> None:
            self._waiting.discard(handle)
            self._deliver(customer.answer(mail, recipient, self._mailbox, self._clock()))

        handle = asyncio.get_running_loop().call_later(self._delay, answer)
        self._waiting.add(handle)


class _Maildir:
    """Write-only: a copy of everything that went out."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._serial = itertools.count()
        for part in ("tmp", "new", "cur"):
            (directory / part).mkdir(parents=True, exist_ok=True)

    def add(self, message: bytes) -> None:
        name = f"{time.time_ns()}.P{os.getpid()}Q{next(self._serial)}.demo"
        temporary = self._directory / "tmp" / name
        _write_durably(temporary, message)
        temporary.rename(self._directory / "new" / name)
        _sync_directory(self._directory / "new")


class _Answered:
    """The conversations which had their automatic answer: one Message-ID a line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = set(path.read_text("utf-8").splitlines()) if path.exists() else set()

    def __contains__(self, thread: str) -> bool:
        return thread in self._threads

    def add(self, thread: str) -> None:
        self._threads.add(thread)
        _write_durably(self._path, thread.encode("utf-8") + b"\n", append=True)


def _write_durably(path: Path, octets: bytes, *, append: bool = False) -> None:
    with path.open("ab" if append else "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
