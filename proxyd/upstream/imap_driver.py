"""The socket under an ImapClient: Twisted's endpoint, TLS, flow control and watchdog.

Everything above awaits ``ImapLine.run`` and sees no Deferred.
Invariants:
- one batch of commands at a time; its answer has every untagged response that came meanwhile;
- whoever stops waiting for a batch breaks the line: an answer nobody takes must not be taken for
  the next one's;
- memory and disk per batch are bounded, as is the time without any progress;
- every failure is UpstreamUnavailable with a reason for the log; no command's text is in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from twisted.internet import error
from twisted.internet.protocol import Protocol

from proxyd.domain.errors import UpstreamLimited, UpstreamUnavailable
from proxyd.domain.types import Blob, Server
from proxyd.imapwire.response import BadResponse, Response, Status
from proxyd.upstream import tls
from proxyd.upstream.blob_producer import BlobProducer
from proxyd.upstream.command import UpstreamCommand, simple
from proxyd.upstream.imap_client import ImapClient, InFlight
from proxyd.upstream.limits import limits_sign_in
from proxyd.upstream.spool import Spool
from proxyd.upstream.timings import Timings

MIB = 1024 * 1024
# What one batch may bring into memory: the flags of two million messages. Callers ask for less.
BATCH_OCTETS = 256 * MIB
# And onto the disk: a few dozen of the biggest mails that providers take.
BATCH_SPOOLED = 2048 * MIB
# A timer so late tells that this process did not run (a busy machine, a suspended laptop).
LATE_S = 0.1


@dataclass(slots=True)
class BatchAnswer:
    """What came of a batch: a tagged status per command, in their order, and the rest."""

    statuses: list[Status]
    untagged: list[Response]


@dataclass(eq=False, slots=True)
class _Batch:
    begun: list[InFlight]
    done: asyncio.Future[BatchAnswer]
    hear: Callable[[Response], None] | None  # instead of collecting
    watched: bool = True  # by the watchdog; IDLE isn't
    untagged: list[Response] = field(default_factory=list)
    octets: int = 0
    spooled: int = 0


class ImapLine(Protocol):
    """One connection."""

    transport: Any  # TCP, or the TLS layer on it

    def __init__(self, server: Server, reactor: Any, timings: Timings) -> None:
        self._server = server
        self._reactor = reactor
        self._timings = timings
        self._loop = asyncio.get_running_loop()
        self.client = ImapClient(self._spool, self._hear)
        self._batch: _Batch | None = None
        self._unwritten: list[bytes | Blob] = []
        self._sending = False
        self._greeting: asyncio.Future[Status] = self._loop.create_future()
        self._gone = False  # Twisted has said connectionLost
        self._reason: str | None = None  # why the line is of no use any more
        self._progress = reactor.seconds()
        self._watchdog: Any = None
        self._look_at = 0.0

    # ------------------------------------------------------------------ for the layers above

    @property
    def lost(self) -> bool:
        return self._reason is not None

    async def greeting(self) -> Status:
        """The server's first line."""
        try:
            async with asyncio.timeout(self._timings.greeting):
                return await self._greeting
        except TimeoutError:
            self.abort("no greeting")
            raise self.failure() from None

    async def run(
        self, commands: Sequence[UpstreamCommand], *, hear: Callable[[Response], None] | None = None
    ) -> BatchAnswer:
        """Write the commands together and wait for all their answers. NO is an answer."""
        if self.lost:
            raise self.failure()
        if self._batch is not None:
            raise RuntimeError("a batch is under way")
        if not commands:
            return BatchAnswer([], [])
        done: asyncio.Future[BatchAnswer] = self._loop.create_future()
        batch = _Batch([self.client.begin(one) for one in commands], done, hear)
        batch.watched = not any(one.name == "IDLE" for one in commands)
        self._batch = batch
        self._progress = self._reactor.seconds()
        self._watch()
        self._pump()
        try:
            return await done
        except asyncio.CancelledError:
            self.abort("the answer was not waited for")
            raise

    def release(self) -> None:
        """End an IDLE that is under way; its answer must come in due time from now on."""
        self.client.release()
        if self._batch is not None:
            self._batch.watched = True
            self._progress = self._reactor.seconds()
            self._watch()
        self._pump()

    def start_tls(self) -> None:
        """After the server's OK to STARTTLS. A handshake that fails shows at the next command."""
        self.client.tls_begins()
        tls.cover(self, self._server, self._reactor)

    def leave(self) -> None:
        """Say LOGOUT and close in order, without waiting for either."""
        if self.lost or self._batch is not None:
            self.abort("closed here")
            return
        self.client.begin(simple("LOGOUT"))
        self._pump()
        self._reason = "closed here"
        if self._watchdog is not None:
            self._watchdog.cancel()
        self._watchdog = self._reactor.callLater(self._timings.logout, self._look)
        self.transport.loseConnection()

    def abort(self, reason: str) -> None:
        """The line is of no use any more: everybody who waits gets ``reason``."""
        if self._reason is None:
            self._reason = reason
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog = None
        self._fail_waiting()
        self.client.close()
        self._unwritten.clear()
        if not self._gone:
            self.transport.abortConnection()

    def failure(self) -> UpstreamUnavailable:
        """What to raise now that the line is lost."""
        bye = self.client.bye
        kind = UpstreamLimited if bye is not None and limits_sign_in(bye) else UpstreamUnavailable
        return kind(f"{self._server.host}: {self._reason or 'connection lost'}")

    # ------------------------------------------------------------------ Twisted's side

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's interface; again when TLS starts
        self.transport.setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self.lost:
            return
        self._progress = self._reactor.seconds()
        batch = self._batch
        if batch is not None:
            batch.octets += len(data)
        try:
            self.client.feed(data)
            if batch is not None and batch.octets - batch.spooled > BATCH_OCTETS:
                raise BadResponse("more answers than anybody asked for")
        except BadResponse as bad:
            self.abort(f"not understood: {bad}")
            return
        self._finish_batch()
        self._pump()

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        self._gone = True
        self.abort(self._reason or self._why_lost(reason))

    def _write(self, data: bytes) -> None:
        self._progress = self._reactor.seconds()
        self.transport.write(data)

    def _blob_written(self) -> None:
        self.transport.unregisterProducer()
        self._sending = False
        self._pump()

    # ------------------------------------------------------------------ inside

    def _spool(self, size: int) -> Spool:
        if self._batch is None:
            raise BadResponse("a big literal that nobody asked for")
        self._batch.spooled += size
        if self._batch.spooled > BATCH_SPOOLED:
            raise BadResponse("more mail than anybody asked for")
        return Spool()

    def _hear(self, response: Response) -> None:
        if not self._greeting.done() and isinstance(response, Status):
            self._greeting.set_result(response)
        elif self._batch is None:
            return
        elif self._batch.hear is not None:
            self._batch.hear(response)
        else:
            self._batch.untagged.append(response)

    def _finish_batch(self) -> None:
        batch = self._batch
        if batch is None:
            return
        statuses = [one.status for one in batch.begun if one.status is not None]
        if len(statuses) < len(batch.begun):
            return
        if self._sending and all(one.ok for one in statuses):
            self.abort("not understood: OK before all of the command was sent")
            return
        self._batch = None
        if not batch.done.done():
            batch.done.set_result(BatchAnswer(statuses, batch.untagged))

    def _pump(self) -> None:
        """Write what may be written; a blob takes over until the peer has taken it."""
        if self._sending or self.lost:
            return
        self._unwritten += self.client.outgoing()
        while self._unwritten:
            piece = self._unwritten.pop(0)
            if not isinstance(piece, bytes):
                self._sending = True
                producer = BlobProducer(piece, self._write, self._blob_written, self.abort)
                self.transport.registerProducer(producer, True)  # noqa: FBT003
                producer.resumeProducing()
                return
            self._write(piece)

    def _watch(self) -> None:
        if self._watchdog is not None or self._batch is None or not self._batch.watched:
            return
        now = self._reactor.seconds()
        self._look_at = max(self._progress + self._timings.stall, now)
        self._watchdog = self._reactor.callLater(self._look_at - now, self._look)

    def _look(self) -> None:
        self._watchdog = None
        batch = self._batch
        if self.lost:
            self.abort("closed here")
        if batch is None or not batch.watched:
            return
        now = self._reactor.seconds()
        if now - self._look_at > LATE_S:
            # We stood still ourselves: what has come meanwhile is read after this timer.
            self._progress = now - self._timings.stall + LATE_S
        if now - self._progress >= self._timings.stall:
            names = ", ".join(sorted({one.command.name for one in batch.begun}))
            self.abort(f"no answer to {names} for {self._timings.stall:g} s")
        else:
            self._watch()

    def _fail_waiting(self) -> None:
        batch, self._batch = self._batch, None
        waiting: list[asyncio.Future[Any]] = [self._greeting]
        if batch is not None:
            waiting.append(batch.done)
            batch.untagged.clear()  # big mails among them are open files
        for future in waiting:
            if not future.done():
                future.set_exception(self.failure())
        # Nobody may be waiting for the greeting: that is no mistake worth a warning.
        if not self._greeting.cancelled():
            self._greeting.exception()

    def _why_lost(self, reason: Any) -> str:
        if self.client.bye is not None:
            return f"said goodbye: {self.client.bye.text or 'BYE'}"
        value = getattr(reason, "value", None)
        if value is None or isinstance(value, error.ConnectionDone):
            return "closed the connection"
        if isinstance(value, error.ConnectionLost | error.ConnectError):
            return "connection lost"
        return f"TLS: {tls.reason(value)}"
