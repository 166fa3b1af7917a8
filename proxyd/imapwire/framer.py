"""Client octets to frames: lines and literals, before any grammar (RFC 9051 §4.3, RFC 7888).

Sans-IO: ``feed`` octets in any split, then call ``next`` until it returns None. Invariants:
- the events depend on the octets alone, never on how they were split;
- a literal's octets are never looked at as a command, not even those of a refused literal;
- nothing is stored beyond Limits: after ``next`` returned None, ``pending`` is less than a line;
- one frame at a time: what was sent behind it stays unread until ``next`` is called again, so that
  STARTTLS can throw it away and AUTHENTICATE or IDLE can read it as lines;
- after a fatal BadFrame nothing more comes.

Lines end in CRLF; a bare LF is taken too, as Dovecot does. Must never know what a command means,
except that APPEND carries messages.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from proxyd.imapwire.frame import (
    BadFrame,
    Frame,
    FramerEvent,
    Limits,
    Literal,
    NeedContinuation,
    RawLine,
    Spool,
)
from proxyd.imapwire.literal_store import SPOOL_FROM, TOO_LARGE, LiteralStore, Spooled

# literal = "{" number64 ["+"] "}" CRLF *CHAR8 ; literal8 = "~{" ... (RFC 9051 §9).
# 19 digits hold any number64, and keep int() cheap.
_LITERAL = re.compile(rb"(~?)\{([0-9]{1,19})(\+?)\}\Z")
_BROKEN_LITERAL = re.compile(rb"\{[^{}\"]*\}\Z")
# Possessive, and satisfied with a missing end quote: no input makes it scan twice.
_QUOTED = re.compile(rb'"(?:[^"\\]++|\\.)*+"?+', re.DOTALL)
__all__ = [
    "SPOOL_FROM",
    "BadFrame",
    "CommandFramer",
    "Frame",
    "FramerEvent",
    "Limits",
    "Literal",
    "NeedContinuation",
    "RawLine",
    "Spool",
]

# tag = 1*<any ASTRING-CHAR except "+">
TAG = re.compile(rb"[!#$&',\-./0-9:;<=>?@A-Z\[\]^_`a-z|}~]+")
_APPEND = re.compile(rb"[^ ]+ APPEND ++", re.IGNORECASE)
_URL = re.compile(rb"[ (]URL ++\Z", re.IGNORECASE)  # CATENATE's (RFC 4469 §5): a string like others

SKIP_FACTOR = 2  # of a command, so many times ``append`` are read and thrown away
NO_LITERAL = -1


class CommandFramer:
    """The framer of one connection."""

    def __init__(
        self, limits: Limits | None = None, spool: Callable[[int], Spool] | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._spool = spool
        self.authenticated = False
        self._buffer = bytearray()
        self._scanned = 0  # octets at the head of the buffer known to have no LF
        self._raw = False
        self._dead = False
        self._store: LiteralStore | None = None
        self._start_command()

    @property
    def pending(self) -> int:
        """Octets received and not consumed."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take octets as they came from the connection."""
        if not self._dead:
            self._buffer += data

    def expect_line(self) -> None:
        """Make the next event a RawLine. Only between commands."""
        self._raw = True

    def discard(self) -> int:
        """Throw away what is buffered and half read; returns how many unconsumed octets it was.

        RFC 9051 §6.2.1: octets sent in clear behind STARTTLS must not become commands.
        """
        thrown = len(self._buffer)
        if self._store is not None:
            self._store.close()
        self._buffer = bytearray()
        self._scanned = 0
        self._start_command()
        return thrown

    def next(self) -> FramerEvent | None:
        """The next event, or None when more octets are needed."""
        if self._dead:
            return None
        if self._raw:
            return self._next_raw()
        event: FramerEvent | None = None
        while event is None:
            if self._remaining != NO_LITERAL and not self._fill_literal():
                return None
            line = self._take_line()
            if line is None:
                return None
            event = line if isinstance(line, BadFrame) else self._take_text(line)
        return event

    def close(self) -> None:
        """Nothing more comes: what is half read is given back at once, files above all."""
        self._dead = True
        self.discard()

    # ------------------------------------------------------------ lines

    def _start_command(self) -> None:
        self._parts: list[bytes | Literal | Spooled] = []
        self._head = b""  # the first text: tag and name
        self._used = 0  # octets of text, against Limits.line
        self._store = None
        self._fault: str | None = None  # the command is refused, but not yet at its end
        self._too_big = False
        self._skipped = 0  # octets of refused literals
        self._kept = False  # are the octets of the running literal kept?
        self._remaining = NO_LITERAL

    def _take_line(self) -> bytes | BadFrame | None:
        """A line without its end; None when it is not all there; BadFrame when it is too long."""
        limits = self._limits
        line_limit = limits.line if self.authenticated else limits.unauthenticated_line
        allowed = line_limit - self._used
        end = self._buffer.find(b"\n", self._scanned, max(allowed, 0))
        if end < 0:
            self._scanned = len(self._buffer)
            if self._scanned < allowed:
                return None
            if not self._parts:
                self._head = bytes(self._buffer[:allowed])
            return self._fatal("Command line is too long")
        line = bytes(memoryview(self._buffer)[:end])
        del self._buffer[: end + 1]
        self._scanned = 0
        self._used += end + 1
        return line[:-1] if line.endswith(b"\r") else line

    def _next_raw(self) -> RawLine | BadFrame | None:
        line = self._take_line()
        if line is None or isinstance(line, BadFrame):
            return line
        self._raw = False
        self._start_command()
        if b"\0" in line:
            return BadFrame(None, "NUL is not allowed")
        return RawLine(line)

    def _take_text(self, line: bytes) -> FramerEvent | None:
        """One line of a command: the whole of it, or the part up to a literal."""
        marker = _LITERAL.search(line) if line.endswith(b"}") else None
        text = line[: marker.start()] if marker else line
        if not self._parts:
            self._head = text
        self._parts.append(text)
        self._fault = self._fault or _flaw(text)
        if marker is not None:
            size, binary = int(marker[2]), bool(marker[1])
            return self._start_literal(size, synchronizing=not marker[3], binary=binary)
        if text.endswith(b"+}") and _BROKEN_LITERAL.search(text):
            # Octets of unknown number follow, and they must not become commands.
            return self._fatal("Invalid literal")
        return self._end_command()

    # ------------------------------------------------------------ literals

    def _start_literal(self, size: int, *, synchronizing: bool, binary: bool) -> FramerEvent | None:
        message = self._is_message()
        if self._store is None:
            self._store = LiteralStore(self._limits, self._spool, authenticated=self.authenticated)
        refusal = self._store.refusal(size, message=message)
        if refusal is not None:
            self._too_big = message and refusal == TOO_LARGE and self._fault is None
            self._fault = self._fault or refusal
        if synchronizing and self._fault:
            # Without "+" the client sends no octets: its command ends here (RFC 9051 §4.3).
            return self._end_command()
        if refusal is not None:
            self._skipped += size
            if not self._may_skip():
                return self._fatal(refusal)
        self._remaining = size
        self._kept = self._fault is None
        if self._kept:
            self._store.begin(size, message=message, binary=binary)
        return NeedContinuation() if synchronizing else None

    def _is_message(self) -> bool:
        """Does the text so far lead to a message of APPEND (and not to a name or a URL)?"""
        append = _APPEND.match(self._head) if self.authenticated else None
        if append is None or (len(self._parts) == 1 and append.end() == len(self._head)):
            return False
        text = self._parts[-1]
        return not (isinstance(text, bytes) and _URL.search(text))

    def _may_skip(self) -> bool:
        return self.authenticated and self._skipped <= SKIP_FACTOR * self._limits.append

    def _fill_literal(self) -> bool:
        """Move what is there of the literal to the store; True when the literal is whole."""
        take = min(self._remaining, len(self._buffer))
        if take:
            if self._kept and self._store is not None:
                self._store.write(bytes(memoryview(self._buffer)[:take]))
            del self._buffer[:take]
            self._scanned = 0
            self._remaining -= take
        if self._remaining:
            return False
        self._remaining = NO_LITERAL
        if self._kept and self._store is not None:
            self._parts.append(self._store.end())
        return True

    # ------------------------------------------------------------ ends

    def _end_command(self) -> Frame | BadFrame:
        if self._fault is not None:
            bad = BadFrame(self._tag(), self._fault, too_big=self._too_big)
            self._start_command()
            return bad
        parts: tuple[bytes | Literal, ...]
        if self._store is None:  # no literal: there is text, and nothing else
            parts = tuple(part for part in self._parts if isinstance(part, bytes))
        else:
            parts = self._store.finish(self._parts)
        self._start_command()
        return Frame(parts)

    def _fatal(self, text: str) -> BadFrame:
        tag = self._tag()
        self.discard()
        self._dead = True
        return BadFrame(tag, text, fatal=True)

    def _tag(self) -> bytes | None:
        found = TAG.match(self._head)
        if found is None or self._head[found.end() : found.end() + 1] != b" ":
            return None
        return found[0]


def _flaw(text: bytes) -> str | None:
    """What no command's text may have, whatever the command."""
    if b"\0" in text:
        return "NUL is not allowed"
    # "{" stands in quoted strings and before literals, nowhere else in the grammar.
    if b"{" in text and b"{" in _QUOTED.sub(b"", text):
        return "Invalid literal"
    return None
