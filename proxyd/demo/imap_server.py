"""The demo provider's IMAP server, on loopback: sockets in, sessions out.

One task per connection, on whatever asyncio loop runs. Invariants: commands of one connection are
answered in order, one at a time; a client that does not read is cut off, not waited for; what was
acknowledged is on the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from proxyd.demo.commands import execute
from proxyd.demo.mailbox import INBOX, DemoMailbox
from proxyd.demo.mails import DemoMail
from proxyd.demo.session import DemoSession
from proxyd.demo.session_commands import CAPABILITIES
from proxyd.domain.types import Clock
from proxyd.imapwire.command import parse_command
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.framer import BadFrame, CommandFramer, Frame, NeedContinuation, RawLine

_READ = 65_536
_IDLE_SECONDS = 31 * 60.0  # RFC 9051 §5.4: at least 30 minutes
_WRITE_SECONDS = 60.0  # a reader on loopback that takes longer for one answer has stopped reading
_MAX_UNREAD = 4 * 1024 * 1024  # pushed to an idling client that does not read
_GOODBYE_SECONDS = 1.0  # on loopback a BYE is read at once or never
_MAX_CONNECTIONS = 100


def now_us() -> int:
    return time.time_ns() // 1000


class DemoImap:
    """A durable IMAP server for one user, whose folders live in the file ``path``."""

    def __init__(self, path: Path, user: str, password: str, *, clock: Clock = now_us) -> None:
        self._mailbox = DemoMailbox(path, clock)
        self._user = user
        self._password = password
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], _Connection] = {}

    @property
    def mailbox(self) -> DemoMailbox:
        return self._mailbox

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; returns the port."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=_READ)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Say goodbye to every client and close the file."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections.values():
            connection.end("Shutting down")
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            with contextlib.suppress(TimeoutError):  # a goodbye that nobody reads is dropped
                async with asyncio.timeout(_GOODBYE_SECONDS):
                    await self._server.wait_closed()
            self._server = None
        self._mailbox.close()

    def deliver(
        self,
        message: bytes,
        folder: str = INBOX,
        flags: Sequence[str] = (),
        internal_date: str | None = None,
    ) -> int:
        """Put a message into a folder, as arriving mail; returns its UID. Idlers hear at once."""
        target = self._mailbox.folders[folder]
        return self._mailbox.append(target, message, flags, internal_date).uid

    def fill(self, mails: Iterable[DemoMail]) -> None:
        """Put these mails into a mailbox that never held one; else do nothing.

        All of them or none, so that a start which was killed is simply repeated.
        """
        if self._mailbox.untouched:
            folders = self._mailbox.folders
            self._mailbox.fill(
                (folders[mail.folder], mail.octets, mail.flags, mail.internal_date)
                for mail in mails
            )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connection = _Connection(reader, writer, self._mailbox, self._user, self._password)
        if len(self._connections) >= _MAX_CONNECTIONS:
            connection.end("Too many connections")
            return
        self._connections[task] = connection
        try:
            await connection.run()
        except (ConnectionError, TimeoutError):
            writer.transport.abort()
        except asyncio.CancelledError:
            pass  # stop() has said goodbye
        finally:
            del self._connections[task]
            connection.close()


class _Connection:
    """One client."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        mailbox: DemoMailbox,
        user: str,
        password: str,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._framer = CommandFramer()
        self._session = DemoSession(mailbox, user, password, self)

    # ---------------------------------------------------------------- Line, for the session

    def write(self, data: bytes) -> None:
        self._writer.write(data)
        if self._writer.transport.get_write_buffer_size() > _MAX_UNREAD + len(data):
            self._writer.transport.abort()

    async def drain(self) -> None:
        async with asyncio.timeout(_WRITE_SECONDS):
            await self._writer.drain()

    async def read_line(self) -> bytes | None:
        self._framer.expect_line()
        event = await self._event()
        if isinstance(event, BadFrame) and event.fatal:
            self.end(event.text)
        return event.line if isinstance(event, RawLine) else None

    # ---------------------------------------------------------------- life

    async def run(self) -> None:
        self.write(f"* OK [CAPABILITY {CAPABILITIES}] The demo provider is ready\r\n".encode())
        while not self._session.ended:
            await self.drain()
            event = await self._event()
            if event is None:
                return
            await self._take(event)
            self._framer.authenticated = self._session.signed_in
        with contextlib.suppress(ConnectionError, TimeoutError):
            await self.drain()

    def end(self, text: str) -> None:
        """Goodbye without having been asked (RFC 9051 §7.1.5)."""
        self._session.ended = True
        self._writer.write(f"* BYE {text}\r\n".encode("ascii"))
        self._writer.close()

    def close(self) -> None:
        self._session.unselect()
        self._writer.close()

    async def _event(self) -> Frame | NeedContinuation | RawLine | BadFrame | None:
        """What comes next; None when the client is gone."""
        while (event := self._framer.next()) is None:
            async with asyncio.timeout(_IDLE_SECONDS):
                data = await self._reader.read(_READ)
            if not data:
                self._session.ended = True
                return None
            self._framer.feed(data)
        return event

    async def _take(self, event: Frame | NeedContinuation | RawLine | BadFrame) -> None:
        match event:
            case NeedContinuation():
                self.write(b"+ Go ahead\r\n")
            case BadFrame(fatal=True):
                self.end(event.text)
            case BadFrame():
                self._bad(event.tag, event.text)
            case Frame():
                await self._command(event)

    async def _command(self, frame: Frame) -> None:
        try:
            tagged = parse_command(frame)
        except BadSyntax as bad:
            self._bad(bad.tag, bad.text)
        else:
            await execute(self._session, tagged)

    def _bad(self, tag: bytes | None, text: str) -> None:
        self.write(b"%b BAD %b\r\n" % (tag or b"*", text.encode("ascii")))
