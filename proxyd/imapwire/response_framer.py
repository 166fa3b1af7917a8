"""Server octets to whole responses: lines with their literals, before any grammar (RFC 9051 §4.3).

Sans-IO: ``feed`` octets in any split, get the responses that are complete. Invariants:
- the responses depend on the octets alone, never on how they were split;
- what is kept in memory is bounded by ResponseLimits; a big FETCH literal goes to the spool;
- each octet is looked at a bounded number of times: no input makes it slow.

Must never know what a response means, except that human text has no literals and that only FETCH
brings big ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from proxyd.imapwire.octets import Octets
from proxyd.imapwire.response import BadResponse, LiteralSink, ResponseFrame

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ResponseLimits:
    """``response``: octets of one response in memory. A SEARCH result of two million UIDs fits.

    ``spool_from``: a FETCH literal above this goes to the spool (most mail is far below).
    ``literal``: the biggest literal taken at all; three times what the most generous provider
    (Microsoft 365: 150 MB) lets through.
    """

    response: int = 16 * MIB
    spool_from: int = 256 * 1024
    literal: int = 512 * MIB


# literal = "{" number64 "}" CRLF ; literal8 = "~{" number64 "}" CRLF. RFC 7888 forbids "+" here.
_LITERAL = re.compile(rb"\{([0-9]{1,19})\}")
# resp-cond-state, resp-cond-bye, continue-req: human text, which may well end in "{5}".
_HUMAN = re.compile(rb"\+|[^ ]++ ++(?:OK|NO|BAD|BYE|PREAUTH)(?: |\Z)", re.IGNORECASE)
_FETCH = re.compile(rb"\* ++[0-9]++ ++FETCH *+\(", re.IGNORECASE)
# A quote in a flag opens nothing (fetch_row.py).
_FLAGS = re.compile(rb"FLAGS \([^()]*+\)", re.IGNORECASE)
# Parentheses in strings and in BODY[HEADER.FIELDS (…)] do not nest. Both are satisfied with a
# missing end, so that no octet is looked at twice.
_NO_NESTING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?+|\[[^\]]*+\]?+', re.DOTALL)


class ResponseFramer:
    """The framer of one connection."""

    def __init__(
        self,
        spool: Callable[[int], LiteralSink],
        limits: ResponseLimits | None = None,
    ) -> None:
        self._limits = limits or ResponseLimits()
        self._spool = spool
        self._line: list[bytes] = []  # pieces of a line whose end has not come yet
        self._parts: list[bytes] = []  # what is complete of the response under way
        self._size = 0  # of both
        self._offset = 0  # of _parts
        self._depth = 0  # of the parentheses in the lines of _parts …
        self._uncounted: list[bytes] = []  # … without these
        self._octets: dict[int, Octets] = {}
        self._sink: LiteralSink | None = None
        self._missing = 0  # octets of the literal under way

    @property
    def pending(self) -> bool:
        """Has a response begun that is not complete?"""
        return bool(self._line or self._parts or self._missing)

    def feed(self, data: bytes) -> list[bytes | ResponseFrame]:
        """The responses that ``data`` completes. Raises BadResponse."""
        found: list[bytes | ResponseFrame] = []
        position, end = 0, len(data)
        while position < end:
            if self._missing:
                position = self._take_literal(data, position)
                continue
            line_end = data.find(b"\n", position)
            if line_end < 0:
                self._keep(self._line, data[position:])
                break
            line = data[position:line_end]
            position = line_end + 1
            if self._line:
                line = b"".join((*self._line, line))
                self._line.clear()
            if line.endswith(b"\r"):
                line = line[:-1]
            if not line.endswith(b"}") or not self._begins_literal(line):
                found.append(self._completed(line))
        return found

    def close(self) -> None:
        """Nothing more comes: what is half read is given back at once, files above all."""
        if self._sink is not None:
            self._sink.close()
            self._sink = None
        self._octets = {}
        self._parts.clear()
        self._line.clear()

    def _keep(self, where: list[bytes], piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limits.response:
            raise BadResponse("a response is too long")
        where.append(piece)

    def _completed(self, line: bytes) -> bytes | ResponseFrame:
        self._size = 0
        if not self._parts:
            return line
        text = b"".join((*self._parts, line))
        self._parts.clear()
        self._uncounted.clear()
        self._offset = self._depth = 0
        if not self._octets:
            return text
        frame = ResponseFrame(text, self._octets)
        self._octets = {}
        return frame

    def _begins_literal(self, line: bytes) -> bool:
        marker = _LITERAL.fullmatch(line, max(line.rfind(b"{"), 0))
        if marker is None or (not self._parts and _HUMAN.match(line)):
            return False
        size = int(marker[1])
        if size > self._limits.literal:
            raise BadResponse("a literal is too long")
        self._uncounted.append(line)
        self._size = self._offset  # of the line's pieces nothing is kept twice
        self._keep(self._parts, line + b"\r\n")
        self._offset = self._size
        self._missing = size
        # Deeper down (an ENVELOPE with a huge subject) it stays a part of the wire text.
        big = size > self._limits.spool_from
        if big and _FETCH.match(self._parts[0]) and self._counted_depth() == 1:
            self._sink = self._spool(size)
        elif self._size + size > self._limits.response:
            raise BadResponse("a response is too long")
        return True

    def _counted_depth(self) -> int:
        """Of the place where a literal begins. Only big ones ask, each line is looked at once."""
        for line in self._uncounted:
            bare = _NO_NESTING.sub(b"", _FLAGS.sub(b"", line))
            self._depth += bare.count(b"(") - bare.count(b")")
        self._uncounted.clear()
        return self._depth

    def _take_literal(self, data: bytes, position: int) -> int:
        piece = data[position : position + self._missing]
        self._missing -= len(piece)
        if self._sink is None:
            self._keep(self._parts, piece)
            self._offset = self._size
            return position + len(piece)
        self._sink.write(piece)
        if not self._missing:
            self._octets[self._offset] = self._sink.finish()
            self._sink = None
        return position + len(piece)
