"""The line between proxyd and its provider, where everything goes wrong that can.

Reads both directions as IMAP does (RFC 9051 §2.2: lines and literals), so that a fault falls where
it hurts: into the middle of a literal, between a command and its answer, between two rows. What
comes out is what a real server could have said; no octet is ever altered.

Invariants: nothing is put in but between two whole responses; only rows of neighbouring FETCH
responses change places, and never two of one message; a command that was refused here has not
reached the provider.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import Iterable
from random import Random

from tests.servers.front import LINE_OCTETS, first_of

THROTTLED_PIECE = 512  # octets at a time, so that a slow line is slow evenly
CRUMB = 7  # octets of a segment, at most, on a line that tears everything apart
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
_ROW = re.compile(rb"\* (\d+) FETCH ")
_COMMAND = re.compile(rb"(\S+) (UID [A-Z]+|[A-Z]+)", re.IGNORECASE)
# Untagged responses that a server may send at any time (RFC 9051 §7).
ASIDES = (b"* OK Still here\r\n", b"* OK [ALERT] Maintenance tonight\r\n", b"* 0 RECENT\r\n")
CHANGES = frozenset(
    {b"APPEND", b"UID STORE", b"UID COPY", b"UID MOVE", b"UID EXPUNGE", b"STORE", b"MOVE"}
)


class FaultyLine:
    """Listens on ``port`` of 127.0.0.1 within the running loop, in front of ``server_port``."""

    def __init__(self, server_port: int, random: Random) -> None:
        self.server_port = server_port
        self.random = random
        self.port = 0
        self.refusing = False
        self.octets_s = 0  # 0: as fast as it goes
        self.crumbs = 0  # octets that are still to be sent in small pieces
        self.shuffling = False
        self.refusals: list[bytes] = []  # what the next commands are refused with
        self.lose_answers = 0  # of so many changes, the line with them
        self.cut_literals = 0
        self.goodbyes: list[bytes] = []  # said, one each, before a line breaks
        self.met: dict[str, int] = {}  # how often each fault found something to spoil
        self._goes = asyncio.Event()
        self._goes.set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self.port, limit=LINE_OCTETS
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        self.kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def kill(self) -> None:
        """Every connection is reset."""
        for task in self._tasks:
            self.count("killed")
            task.cancel()

    def stall(self) -> None:
        self._goes.clear()

    def heal(self) -> None:
        """From here on it is a line like any other."""
        self._goes.set()
        self.refusing = self.shuffling = False
        self.octets_s = self.crumbs = self.lose_answers = self.cut_literals = 0
        self.refusals.clear()
        self.goodbyes.clear()

    def unstall(self) -> None:
        self._goes.set()

    def count(self, what: str) -> None:
        self.met[what] = self.met.get(what, 0) + 1

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if self.refusing:
                self.count("refused a connection")
                return
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._carry(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, asks = await asyncio.open_connection(
            "127.0.0.1", self.server_port, limit=LINE_OCTETS
        )
        for one in (writer, asks):
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        down = _Down(self, answers, writer)
        up = _Up(self, reader, asks, down)
        try:
            await first_of(down.run(), up.run())
        finally:
            asks.transport.abort()

    async def passed(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        """At the speed of now, in pieces of now."""
        at = 0
        while at < len(data):
            await self._goes.wait()
            size = len(data) - at
            if self.crumbs > 0:
                size = min(size, self.random.randint(1, CRUMB))
                self.crumbs -= size
            elif self.octets_s:
                size = min(size, THROTTLED_PIECE)
            writer.write(data[at : at + size])
            await writer.drain()
            await asyncio.sleep(size / self.octets_s if self.octets_s else 0)
            at += size


async def _line(reader: asyncio.StreamReader) -> bytes:
    """Up to CRLF; raises IncompleteReadError at the end."""
    return await reader.readuntil(b"\n")


class _Up:
    """What proxyd says."""

    def __init__(
        self, line: FaultyLine, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
        down: _Down,
    ) -> None:  # fmt: skip
        self._line = line
        self._reader = reader
        self._writer = writer
        self._down = down
        self._idling = False

    async def run(self) -> None:
        while True:
            first = await _line(self._reader)
            if self._idling or first.upper() == b"DONE\r\n":
                self._idling = False
                await self._line.passed(first, self._writer)
                continue
            await self._command(first)

    async def _command(self, first: bytes) -> None:
        found = _COMMAND.match(first)
        tag, name = (found[1], found[2].upper()) if found else (b"", b"")
        if tag and self._line.refusals and name not in (b"LOGOUT", b"IDLE"):
            self._line.count("refused a command")
            await self._swallowed(first)
            await self._down.say(tag + b" " + self._line.refusals.pop() + b"\r\n")
            return
        self._idling = name == b"IDLE"
        if self._line.lose_answers and name in CHANGES:
            self._line.lose_answers -= 1
            self._down.lost_tag = tag
        await self._whole(first)

    async def _whole(self, first: bytes) -> None:
        """A command with its literals; the server answers with "+" where it must."""
        literal = _LITERAL.search(first)
        await self._line.passed(first, self._writer)
        while literal:
            await self._line.passed(await self._literal(int(literal[1])), self._writer)
            rest = await _line(self._reader)
            literal = _LITERAL.search(rest)
            await self._line.passed(rest, self._writer)

    async def _literal(self, size: int) -> bytes:
        if not self._line.cut_literals or size < 2:
            return await self._reader.readexactly(size)
        # Half of it arrives.
        self._line.cut_literals -= 1
        self._line.count("cut in a literal going up")
        half = await self._reader.readexactly(self._line.random.randrange(1, size))
        await self._line.passed(half, self._writer)
        raise ConnectionResetError

    async def _swallowed(self, first: bytes) -> None:
        """Without the provider; a literal that waits for "+" never comes."""
        literal = _LITERAL.search(first)
        while literal and literal[2]:
            await self._reader.readexactly(int(literal[1]))
            literal = _LITERAL.search(await _line(self._reader))


class _Down:
    """What the provider says."""

    def __init__(
        self, line: FaultyLine, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._line = line
        self._reader = reader
        self._writer = writer
        self._lock = asyncio.Lock()
        self._rows: list[tuple[bytes, bytes]] = []  # (number, response), held back to be shuffled
        self.lost_tag = b"\0"

    async def say(self, response: bytes) -> None:
        """Something of our own, between two responses."""
        async with self._lock:
            await self._line.passed(response, self._writer)

    async def run(self) -> None:
        while True:
            response = await self._response()
            if response.startswith(self.lost_tag + b" "):
                self._line.count("lost the answer to a change")
                return
            row = _ROW.match(response)
            if row and self._line.shuffling:
                self._rows.append((row[1], response))
                if self._more():
                    continue
                response = b""
            await self._told(response)

    async def _told(self, response: bytes) -> None:
        async with self._lock:
            rows, self._rows = self._rows, []
            for piece in self._shuffled(rows):
                await self._line.passed(piece, self._writer)
            await self._line.passed(response, self._writer)
            if self._line.goodbyes:
                self._line.count("said BYE")
                await self._line.passed(self._line.goodbyes.pop(), self._writer)
                await self._writer.drain()
                raise ConnectionResetError

    def _shuffled(self, rows: list[tuple[bytes, bytes]]) -> Iterable[bytes]:
        """Another order, some of them twice, something else in between."""
        random = self._line.random
        if len({number for number, _ in rows}) == len(rows):
            if len(rows) > 1:
                self._line.count("changed the order")
            random.shuffle(rows)
        for _, response in rows:
            yield response
            if random.random() < 0.2:
                self._line.count("said a row twice")
                yield response
            if random.random() < 0.2:
                yield random.choice(ASIDES)

    def _more(self) -> bool:
        """Is another response here already?"""
        return b"\n" in self._reader._buffer  # type: ignore[attr-defined]  # no public way

    async def _response(self) -> bytes:
        pieces = [await _line(self._reader)]
        while literal := _LITERAL.search(pieces[-1]):
            size = int(literal[1])
            if self._line.cut_literals and size > 1:
                await self._cut(b"".join(pieces), size)
            pieces.append(await self._reader.readexactly(size))
            pieces.append(await _line(self._reader))
        return b"".join(pieces)

    async def _cut(self, head: bytes, size: int) -> None:
        self._line.cut_literals -= 1
        self._line.count("cut in a literal coming down")
        half = await self._reader.readexactly(self._line.random.randrange(size))
        async with self._lock:
            await self._line.passed(head + half, self._writer)
        raise ConnectionResetError
