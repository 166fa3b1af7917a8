"""What a submission server says, reply by reply, in the order in which replies are owed.

The receiving half of ``smtp_line``. Knows no command. Invariants: a reply goes to who was promised
it, first come first served (RFC 2920 §3.1); one that nobody was promised spoils the line, as the
next one would be taken for another's; so does what is no reply to the letter (RFC 5321 §4.2); what
is said in words is ``ProviderText``; memory is bounded whatever the server says.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from dataclasses import dataclass, field
from typing import cast

from proxyd.imapwire.provider_text import Hide, ProviderText, nothing_to_hide

MAX_REPLY = 32_768  # a reply with all its lines
MAX_LINE = 2_048  # RFC 5321 §4.5.3.1.5 has 512 octets; four times that is no mistake any more
# Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_CLOSING = b"421"  # RFC 5321 §3.8: also said to who asked nothing


@dataclass(frozen=True, slots=True)
class SmtpReply:
    code: int
    text: ProviderText
    lines: tuple[bytes, ...] = field(default=(), repr=False, compare=False)  # behind the code


class SmtpReplies(asyncio.Protocol):
    """``hide`` takes the secrets out of what is said in words."""

    def __init__(self, hide: Hide = nothing_to_hide) -> None:
        self._hide = hide
        self._promised: deque[asyncio.Future[SmtpReply]] = deque()
        self._buffer = b""
        self._code = b""  # of a reply which is not complete yet
        self._lines: list[bytes] = []  # of the same
        self._size = 0  # octets of the same
        self._lost: Exception | None = None
        self._leaving = False
        self._transport: asyncio.Transport | None = None
        self.spoke_unasked = False
        self.ended = asyncio.get_running_loop().create_future()

    @property
    def sound(self) -> bool:
        """The line stands, is not being left, and nothing is owed or was said unasked."""
        owed = self._promised or self._buffer or self._lines
        return self._lost is None and not self._leaving and not owed

    def promise(self) -> asyncio.Future[SmtpReply]:
        """Of one reply; to be had before what asks for it is written."""
        future: asyncio.Future[SmtpReply] = asyncio.get_running_loop().create_future()
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
        """Also when TLS begins."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own are no subclasses

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._line(line.removesuffix(b"\r"))
        if len(self._buffer) > MAX_LINE or self._size > MAX_REPLY:
            self._end(ConnectionError("a reply without end"))

    def eof_received(self) -> None:
        self._end(ConnectionResetError("connection lost"))

    def connection_lost(self, reason: Exception | None) -> None:
        self._end(ConnectionResetError(str(reason) if reason else "connection lost"))
        if not self.ended.done():
            self.ended.set_result(None)

    def _line(self, line: bytes) -> None:
        found = _LINE.fullmatch(line) if len(line) <= MAX_LINE else None
        # RFC 5321 §4.2.1: each line of a reply has the same code.
        if found is None or (self._lines and found[1] != self._code):
            said = ProviderText(line, self._hide)
            self._end(ConnectionError(f"not an SMTP reply: {said}"))
            return
        self._code = found[1]
        self._lines.append((found[3] or b"").strip())
        self._size += len(line) + 2
        if found[2] != b"-":
            self._said(int(self._code), tuple(self._lines))
            self._lines, self._size = [], 0

    def _said(self, code: int, lines: tuple[bytes, ...]) -> None:
        if self._leaving:
            self._end(ConnectionResetError("connection lost"))
            return
        if not self._promised:
            self.spoke_unasked = self.spoke_unasked or self._code != _CLOSING
            self._end(ConnectionResetError("the server spoke unasked"))
            return
        future = self._promised.popleft()
        if not future.done():  # else it was for one who has gone
            text = ProviderText(b" ".join(lines), self._hide)
            future.set_result(SmtpReply(code, text, lines))

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
