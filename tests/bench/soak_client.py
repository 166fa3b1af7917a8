"""A client of the soak: one connection, one question at a time, and what it was told of a folder.

As a mail program it knows which UID each number is, counts what comes and takes out what goes. New
mails get the next UIDs: all of them are asked for by ``UID FETCH n:*`` when it next may.
"""

from __future__ import annotations

import asyncio
import re
from array import array
from collections.abc import Callable
from typing import cast

_NEWS = re.compile(
    rb"^\* (\d+) (EXISTS|EXPUNGE|FETCH \((?:UID (\d+) )?FLAGS \(([^)]*)\))", re.MULTILINE
)
_LITERAL = re.compile(rb"\{(\d+)\}\r\n")

Heard = Callable[[str, int, str], None]  # an event: its kind, UID and flags


class SoakClient(asyncio.Protocol):
    """Invariant: ``uids`` holds what the server has told, in the order of the numbers."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._buffer = bytearray()
        self._skip = 0  # octets of a literal that are still to come
        self._tag = 0
        self._waiting: asyncio.Future[bytes] | None = None
        self._lines: list[bytes] | None = None
        self.octets = 0  # of literals
        self.uids = array("Q")
        self.following = False
        self.grown = asyncio.Event()  # there are mails whose UID it does not know
        self.closed = False

    # -------------------------------------------------------------- the line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._buffer:
            if self._skip:
                taken = min(self._skip, len(self._buffer))
                self._skip -= taken
                self.octets += taken
                del self._buffer[:taken]
                continue
            end = self._buffer.find(b"\n")
            if end < 0:
                return
            line = bytes(self._buffer[: end + 1])
            del self._buffer[: end + 1]
            literal = _LITERAL.search(line)
            if literal and line.endswith(literal[0]):
                self._skip = int(literal[1])
            self._line(line)

    def connection_lost(self, reason: Exception | None) -> None:
        self.closed = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionError(f"closed: {reason}"))

    def _line(self, line: bytes) -> None:
        if line.startswith(b"* "):
            if self.following:
                self._news(line)
            if self._lines is not None:
                self._lines.append(line)
        elif self._waiting is not None and not self._waiting.done():
            tagged = line.startswith(b"t%d " % self._tag)
            if tagged or line.startswith(b"+"):
                self._waiting.set_result(line)

    def _news(self, line: bytes) -> None:
        found = _NEWS.match(line)
        if found is None:
            return
        number = int(found[1])
        if found[2] == b"EXISTS":
            for _ in range(number - len(self.uids)):
                self.uids.append(0)  # which UID is learned later
                self.grown.set()
        elif found[2] == b"EXPUNGE":
            self._heard("gone", self.uids.pop(number - 1), "")
        else:
            self._row(number, int(found[3] or 0), found[4].decode())

    def _row(self, number: int, uid: int, flags: str) -> None:
        known = self.uids[number - 1]
        if uid and known and uid != known:
            raise AssertionError(f"number {number} is UID {known}, and told as {uid}")
        if uid and not known:
            self.uids[number - 1] = uid
            self._heard("came", uid, "")
        if uid or known:
            self._heard("flags", uid or known, flags)

    # -------------------------------------------------------------- asking

    async def answer(self, text: bytes) -> bytes:
        """The tagged line, or "+"."""
        self._waiting = asyncio.get_running_loop().create_future()
        self.transport.write(text)
        return await self._waiting

    async def ask(self, command: str, literal: bytes | None = None) -> bytes:
        """Raises AssertionError unless it is OK, or of mails that a colleague has just expunged
        (RFC 5530 §3).
        """
        self._tag += 1
        text = b"t%d %b" % (self._tag, command.encode())
        if literal is not None:
            text += b" {%d+}\r\n%b" % (len(literal), literal)
        line = await self.answer(text + b"\r\n")
        if b" OK" not in line[:16] and b"NO [EXPUNGEISSUED]" not in line:
            raise AssertionError(f"{command[:80]}: {line.decode(errors='replace').strip()}")
        return line

    async def lines(self, command: str) -> list[bytes]:
        """The untagged lines of the answer."""
        self._lines = []
        try:
            await self.ask(command)
            return self._lines
        finally:
            self._lines = None

    async def sign_in(self, login: str, password: str) -> None:
        self._waiting = asyncio.get_running_loop().create_future()
        await self.ask(f'LOGIN "{login}" "{password}"')

    async def follow(self, folder: str) -> None:
        """SELECT, and learn which UIDs there are."""
        self.uids = array("Q")
        self.following = True
        await self.ask(f'SELECT "{folder}"')
        await self.catch_up()

    async def catch_up(self) -> None:
        """Which UIDs the new ones have. By numbers: meanwhile none goes (RFC 9051 §7.5.1)."""
        if 0 in self.uids:
            first = self.uids.index(0) + 1
            await self.ask(f"FETCH {first}:* (UID FLAGS)")
        if 0 not in self.uids:
            self.grown.clear()

    async def idle(self) -> None:
        self._tag += 1
        if not (await self.answer(b"t%d IDLE\r\n" % self._tag)).startswith(b"+"):
            raise AssertionError("IDLE is refused")

    async def done(self) -> None:
        await self.answer(b"DONE\r\n")

    def close(self) -> None:
        self.transport.abort()
