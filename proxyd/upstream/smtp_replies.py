"""What a submission server says, reply by reply, in the order in which replies are owed.

The receiving half of ``smtp_line``. Knows no command. Invariants: a reply goes to who was promised
it, first come first served (RFC 2920 §3.1); one that nobody was promised spoils the line, as the
next one would be taken for another's; memory is bounded whatever the server says.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import cast

MAX_REPLY = 32_768  # a reply with all its lines: RFC 5321 §4.5.3.1.5 has 512 octets a line


@dataclass(frozen=True, slots=True)
class Reply:
    code: int
    text: str  # lines are parted by "\n"


class Replies(asyncio.Protocol):
    def __init__(self) -> None:
        self._promised: deque[asyncio.Future[Reply]] = deque()
        self._buffer = b""
        self._lines: list[bytes] = []  # of a reply which is not complete yet
        self._lost: Exception | None = None
        self._leaving = False
        self._transport: asyncio.Transport | None = None
        self.ended = asyncio.get_running_loop().create_future()

    @property
    def sound(self) -> bool:
        """The line stands, is not being left, and nothing is owed or was said unasked."""
        owed = self._promised or self._buffer or self._lines
        return self._lost is None and not self._leaving and not owed

    def promise(self) -> asyncio.Future[Reply]:
        """Of one reply; to be had before what asks for it is written."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        # Who gives a mail up does not hear of the rest.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        if self._lost is None:
            self._promised.append(future)
        else:
            future.set_exception(self._lost)
        return future

    def leave(self) -> None:
        """Nobody is interested any more: the next reply (to QUIT) ends the connection."""
        self._leaving = True

    # ------------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own are no subclasses

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._lines.append(line)
            if line[3:4] != b"-":
                self._said(self._lines)
                self._lines = []
        if len(self._buffer) + sum(map(len, self._lines)) > MAX_REPLY:
            self._end(ConnectionError("a reply without end"))

    def eof_received(self) -> None:
        self._end(ConnectionResetError("connection lost"))

    def connection_lost(self, reason: Exception | None) -> None:
        self._end(ConnectionResetError(str(reason) if reason else "connection lost"))
        if not self.ended.done():
            self.ended.set_result(None)

    def _said(self, lines: list[bytes]) -> None:
        """RFC 5321 §4.2.1: the code is that of the last line."""
        if self._leaving:
            self._end(ConnectionResetError("connection lost"))
            return
        code = lines[-1][:3]
        if not (code.isdigit() and len(code) == 3):
            said = lines[-1][:80].decode("utf-8", "replace")
            self._end(ConnectionError(f"not an SMTP reply: {said}"))
            return
        if not self._promised:
            self._end(ConnectionResetError("the server spoke unasked"))
            return
        future = self._promised.popleft()
        if not future.done():  # else it was for one who has gone
            text = b"\n".join(line[4:].strip() for line in lines)
            future.set_result(Reply(int(code), text.decode("utf-8", "replace")))

    def _end(self, reason: Exception) -> None:
        if self._lost is not None:
            return
        self._lost = reason
        while self._promised:
            future = self._promised.popleft()
            if not future.done():
                future.set_exception(reason)
        if self._transport is not None:
            self._transport.close()
