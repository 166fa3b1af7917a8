"""Where the parts of a MIME message begin and end (RFC 2046 §5.1, §5.2.1), by offsets.

The standard library's parser decodes and re-encodes; IMAP sections must be byte exact, so this one
only notes offsets. It must never know what a section or a body structure looks like on the wire.
Invariants: 0 ≤ start ≤ body ≤ end ≤ len(raw) for each part; children lie inside their parent, in
order, and do not overlap; whatever the input, nothing is raised and nothing recurses here.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import islice

from proxyd.mailtext.fields import Field, fields, first, header_end
from proxyd.mailtext.parameters import Valued, valued

# Deeper or further parts stay undivided inside their parent. Real mail nests below 10 and has a few
# hundred parts at most; Dovecot stops at the same two numbers.
MAX_DEPTH = 100
MAX_PARTS = 10_000
# Lines that begin with "--" are looked at, each for the boundaries of all open parts; two a part.
# Behind so many others (dashes drawn in a log) nothing is divided any more.
MAX_DASHES = 50_000

_DASHES = re.compile(rb"^--", re.MULTILINE)
_TYPE = re.compile(rb"[!#-'*+.0-9A-Z^-~-]+/[!#-'*+.0-9A-Z^-~-]+", re.IGNORECASE)


@dataclass(slots=True)
class MimePart:
    """A message or body part: ``[start, body)`` is its header, ``[body, end)`` its body."""

    start: int
    body: int
    end: int
    fields: list[Field]
    kind: Valued | None  # Content-Type, None where absent or unreadable
    type: bytes  # effective, lower case: "text/plain"
    children: list[MimePart] = field(default_factory=list)
    message: MimePart | None = None  # what a message/rfc822 part holds
    divided: bool = False  # a multipart with a boundary

    def value(self, name: bytes) -> bytes | None:
        return first(self.fields, name)


@dataclass(slots=True)
class _Open:
    """A part whose end is not known yet. ``boundary`` is b"" where it divides nothing."""

    part: MimePart
    boundary: bytes = b""
    closed: bool = False  # its closing delimiter was seen: what follows is epilogue


@dataclass(frozen=True, slots=True)
class _Delimiter:
    start: int
    end: int  # where the next line begins
    owner: int  # index into the open parts
    closing: bool


def tree(raw: bytes) -> MimePart:
    """The message's parts."""
    return _Builder(raw).build()


class _Builder:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._dashes = [match.start() for match in islice(_DASHES.finditer(raw), MAX_DASHES)]
        # From where the next delimiter was looked for last, and what it is; () after a change.
        self._ahead: tuple[()] | tuple[int, _Delimiter | None] = ()
        self._open: list[_Open] = []
        self._prefixes: tuple[bytes, ...] = ()
        self._parts = 0

    def build(self) -> MimePart:
        root = self._descend(0, b"text/plain")
        at = self._open[-1].part.body
        while (mark := self._next_delimiter(at)) is not None:
            if self._parts >= MAX_PARTS:
                break
            self._close(mark.owner + 1, self._before(mark.start))
            owner = self._open[mark.owner]
            at = mark.end
            if mark.closing:
                owner.closed, self._ahead = True, ()
                continue
            digest = owner.part.type == b"multipart/digest"  # RFC 2046 §5.1.5
            child = self._descend(mark.end, b"message/rfc822" if digest else b"text/plain")
            owner.part.children.append(child)
            at = self._open[-1].part.body
        self._close(0, len(self._raw))
        return root

    def _descend(self, start: int, default: bytes) -> MimePart:
        """Open the part that begins at ``start``, and the messages nested at its beginning."""
        part = top = self._begin(start, default)
        while (
            part.type == b"message/rfc822"
            and len(self._open) < MAX_DEPTH
            and self._parts < MAX_PARTS
        ):
            part.message = self._begin(part.body, b"text/plain")
            part = part.message
        return top

    def _begin(self, start: int, default: bytes) -> MimePart:
        mark = self._next_delimiter(start)
        limit = len(self._raw) if mark is None else mark.start
        body = header_end(self._raw, start, limit)
        found = fields(self._raw[start:body])
        kind = _content_type(found)
        name = default if kind is None else kind.value.lower()
        part = MimePart(start, body, body, found, kind, name)
        self._parts += 1
        boundary = b""
        if kind is not None and name.startswith(b"multipart/") and len(self._open) < MAX_DEPTH:
            boundary = (kind.parameter(b"boundary") or b"").rstrip()
        part.divided = bool(boundary)
        self._open.append(_Open(part, boundary))
        if boundary:
            self._refresh()
        return part

    def _close(self, keep: int, end: int) -> None:
        for opened in self._open[keep:]:
            opened.part.end = max(opened.part.body, end)
        del self._open[keep:]
        self._refresh()

    def _refresh(self) -> None:
        self._prefixes = tuple(opened.boundary for opened in self._open if opened.boundary)
        self._ahead = ()

    def _before(self, line: int) -> int:
        """The line break in front of a delimiter belongs to the delimiter (RFC 2046 §5.1.1)."""
        if line >= 1 and self._raw[line - 1] == 0x0A:
            line -= 1
            if line >= 1 and self._raw[line - 1] == 0x0D:
                line -= 1
        return line

    def _next_delimiter(self, at: int) -> _Delimiter | None:
        if self._ahead:  # messages in messages ask the same again and again
            since, mark = self._ahead
            if since <= at and (mark is None or mark.start >= at):
                return mark
        mark = self._found_delimiter(at)
        self._ahead = at, mark
        return mark

    def _found_delimiter(self, at: int) -> _Delimiter | None:
        if not self._prefixes:
            return None
        for index in range(bisect_left(self._dashes, at), len(self._dashes)):
            start = self._dashes[index]
            if self._raw.startswith(self._prefixes, start + 2):
                mark = self._delimiter(start)
                if mark is not None:
                    return mark
        return None

    def _delimiter(self, start: int) -> _Delimiter | None:
        """Whose delimiter the line is: the longest boundary it begins with, innermost first.

        A line need only begin with the boundary (RFC 2046 §5.1.1), hence the longest wins. One that
        is closed still claims its lines, so that no shorter boundary of an outer part does.
        """
        owner, length = -1, 0
        for index in range(len(self._open) - 1, -1, -1):
            boundary = self._open[index].boundary
            longer = len(boundary) > length
            reopens = len(boundary) == length and owner >= 0 and self._open[owner].closed
            if (longer or reopens) and self._raw.startswith(boundary, start + 2):
                owner, length = index, len(boundary)
        if self._open[owner].closed:
            return None
        closing = self._raw.startswith(b"--", start + 2 + length)
        newline = self._raw.find(b"\n", start)
        end = len(self._raw) if newline < 0 else newline + 1
        return _Delimiter(start, end, owner, closing)


def _content_type(found: list[Field]) -> Valued | None:
    text = first(found, b"CONTENT-TYPE")
    if text is None:
        return None
    kind = valued(text)
    return kind if _TYPE.fullmatch(kind.value) else None
