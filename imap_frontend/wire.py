"""One connection as the session sees it: octets in, octets out, pressure both ways.

It knows no IMAP and no Twisted; ``server`` gives it a ``WireLine``.

- Reading stops while ``read_ahead`` octets wait (the kernel then slows the peer down).
- Writes are gathered and leave in one piece at ``flush``; ``drain`` waits while the peer is slow.
- After ``close`` or the peer's end everything written is dropped, and ``wait`` and ``drain`` raise
  ConnectionGone: a running command may come to its end and is then told.
- Whatever the peer does, the socket is gone ``close_grace_s`` after ``close``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, NoReturn, Protocol, TypeVar

from imap_frontend.deflate import Deflate, Garbled
from imap_frontend.options import Options
from proxyd.domain.types import Blob

FLUSH_AT = 32 * 1024  # two TLS records' worth: gathering more saves nothing
INFLATE_AT_ONCE = 64 * 1024  # octets of plain text: what an uncompressed read brings at most

log = logging.getLogger(__name__)

T = TypeVar("T")

__all__ = ["ConnectionGone", "Garbled", "Wire", "WireLine"]


class ConnectionGone(Exception):
    """Nobody listens any more."""


class WireLine(Protocol):
    """What the server's transport must be able to do."""

    def write(self, data: bytes) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def close(self) -> None:
        """Send what is written, then close."""
        ...

    def abort(self) -> None: ...

    def start_tls(self) -> None: ...


class Wire:
    def __init__(self, line: WireLine, options: Options, *, secure: bool) -> None:
        self.secure = secure
        self._line = line
        self._options = options
        self._inbox = bytearray()
        self._reading = True
        self._out: list[bytes] = []
        self._out_size = 0
        self._woken = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._grace: asyncio.TimerHandle | None = None
        self._for_this_peer: asyncio.Task[Any] | None = None
        self._mid_literal = False
        self._deflate: Deflate | None = None
        self.gone = False
        self.written = 0  # octets so far

    # ------------------------------------------------------------ told by the server

    def received(self, data: bytes) -> None:
        if self.gone:
            return
        self._inbox += data
        if self._reading and len(self._inbox) >= self._options.read_ahead:
            self._reading = False
            self._line.pause_reading()
        self._woken.set()

    def writable(self, *, now: bool) -> None:
        if now:
            self._writable.set()
        else:
            self._writable.clear()

    def lost(self) -> None:
        if self._grace is not None:
            self._grace.cancel()
        self._end()

    # ------------------------------------------------------------ reading

    def poke(self) -> None:
        """Wake the session: something other than octets happened."""
        self._woken.set()

    async def wait(self, timeout_s: float) -> bool:
        """True when octets arrived or somebody poked; False when neither happened in time."""
        if self.gone:
            raise ConnectionGone
        if self._deflate is not None and self._deflate.has_more:
            await asyncio.sleep(0)  # a peer whose octets inflate well must not hold up the others
        elif not self._inbox and not self._woken.is_set():
            try:
                async with asyncio.timeout(timeout_s):
                    await self._woken.wait()
            except TimeoutError:
                return False
        self._woken.clear()
        if self.gone:
            raise ConnectionGone
        return True

    async def while_here(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` returns; it is cancelled when nobody is left who wants to know. One at a
        time. Raises ConnectionGone.
        """
        if self.gone:
            work.close()
            raise ConnectionGone
        self._for_this_peer = task = asyncio.ensure_future(work)
        try:
            return await task
        except asyncio.CancelledError:
            session = asyncio.current_task()
            if not self.gone or (session is not None and session.cancelling()):
                raise
            raise ConnectionGone from None
        finally:
            self._for_this_peer = None

    async def pause(self, seconds: float) -> None:
        """Let time pass; what is sent meanwhile waits."""
        await self.drain()
        await asyncio.sleep(seconds)
        if self.gone:
            raise ConnectionGone

    @property
    def waiting(self) -> int:
        """Octets that came and were not taken."""
        return len(self._inbox)

    def take(self) -> bytes:
        """All octets that wait, or as many as may be inflated at once; reading goes on.

        Raises Garbled.
        """
        data = bytes(self._inbox)
        self._inbox.clear()
        if self._deflate is not None:
            data, rest = self._deflate.inflate(data, INFLATE_AT_ONCE)
            self._inbox += rest
            if len(self._inbox) >= self._options.read_ahead:
                return data
        if not self._reading and not self.gone:
            self._reading = True
            self._line.resume_reading()
        return data

    # ------------------------------------------------------------ writing

    def write(self, data: bytes) -> None:
        if not data:
            return
        self._out.append(data)
        self._out_size += len(data)
        self.written += len(data)
        if self._out_size >= FLUSH_AT:
            self.flush()

    def flush(self) -> None:
        if self._out and not self.gone:
            data = b"".join(self._out)
            self._line.write(data if self._deflate is None else self._deflate.deflate(data))
        self._out.clear()
        self._out_size = 0

    @property
    def congested(self) -> bool:
        """The peer takes less than is written: drain before the next big thing."""
        return self.gone or not self._writable.is_set()

    @property
    def between_lines(self) -> bool:
        """A line of our own could go out now: no literal is under way, and the peer reads."""
        return not self._mid_literal and not self.congested

    async def drain(self) -> None:
        """Send what is written and wait until the peer has taken most of it."""
        self.flush()
        if not self.gone and not self._writable.is_set():
            try:
                async with asyncio.timeout(self._options.stall_s):
                    await self._writable.wait()
            except TimeoutError:
                self.abort()
        if self.gone:
            raise ConnectionGone

    async def send_literal(self, blob: Blob) -> None:
        """RFC 9051 §4.3: the length, then exactly that many octets, in pieces.

        The length can't be taken back: where the octets can't be had, the connection ends, because
        anything else that is written would be taken for mail.
        """
        self.write(b"{%d}\r\n" % blob.size)
        self._mid_literal = True
        left = blob.size
        try:
            for chunk in blob.chunks():
                left -= len(chunk)
                if left < 0:
                    break
                self.write(chunk)
                await self.drain()
        except OSError as error:
            self._break_off(f"{error.strerror or error}", error)
        if left:
            self._break_off("its length is not what was announced")
        self._mid_literal = False

    def _break_off(self, reason: str, error: OSError | None = None) -> NoReturn:
        log.error("a connection was ended in the middle of a mail: %s", reason)
        self.abort()
        raise ConnectionGone from error

    # ------------------------------------------------------------ the end

    def start_tls(self) -> None:
        self.flush()
        self._line.start_tls()
        self.secure = True

    @property
    def compressed(self) -> bool:
        return self._deflate is not None

    def start_compression(self) -> None:
        """What is written so far still goes out as it is (RFC 4978 §3)."""
        self.flush()
        self._deflate = Deflate()

    def close(self, last_words: bytes = b"") -> None:
        """Say ``last_words`` (unless a literal is under way: they would become mail) and close."""
        if self.gone:
            return
        if self._mid_literal:
            self._out.clear()
        elif last_words:
            self._out.append(last_words)
        self.flush()
        self._end()
        self._grace = asyncio.get_running_loop().call_later(
            self._options.close_grace_s, self._line.abort
        )
        self._line.close()

    def abort(self) -> None:
        if not self.gone:
            self._end()
            self._line.abort()

    def _end(self) -> None:
        self.gone = True
        self._inbox.clear()
        self._woken.set()
        self._writable.set()
        if self._for_this_peer is not None:
            self._for_this_peer.cancel()
