"""Header fields of a message or body part, as they stand: names, raw octets, unfolded values.

Used by everything that describes a locally held message. It must never know sockets or commands.
Invariants: no octet is changed but by unfolding; joining every ``raw`` gives the header back (but
for its closing blank line); whatever the input, nothing is raised; time is linear in the header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# A field is a line and the lines after it which begin with white space (RFC 5322 §2.2.3). A lone LF
# ends a line too: mail that came in by APPEND may have it.
_FIELD = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*\n?")
_BLANK = re.compile(rb"\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]")
_HEADER_END = re.compile(rb"\n\r?\n")

# RFC 2045 §5.1 with quoted strings and comments; "anything else" keeps broken fields going.
_PARAMETER_TOKEN = re.compile(
    rb'[ \t\r\n]+|"(?P<quoted>(?:[^"\\]|\\.)*)"?|(?P<special>[;=/(),])'
    rb'|(?P<word>[^ \t\r\n";=/(),]+)',
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
# One comment may hold others (RFC 5322 §3.2.2).
_COMMENT_PIECE = re.compile(rb"\\.|[()]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Field:
    """One header field. ``name`` is upper case; "" for a line that is no field."""

    name: bytes
    raw: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Valued:
    """A value with parameters (Content-Type, Content-Disposition). Names keep their case."""

    value: bytes
    parameters: tuple[tuple[bytes, bytes], ...]

    def parameter(self, name: bytes) -> bytes | None:
        wanted = name.lower()
        return next((v for n, v in self.parameters if n.lower() == wanted), None)


def header_end(raw: bytes, start: int, limit: int) -> int:
    """Where the body begins: after the first blank line, or ``limit`` when there is none."""
    blank = _BLANK.match(raw, start, limit)
    if blank is None:
        blank = _HEADER_END.search(raw, start, limit)
    return limit if blank is None else blank.end()


def fields(header: bytes) -> list[Field]:
    """The fields in order; ends at the blank line."""
    found = []
    at = 0
    while at < len(header):
        match = _FIELD.match(header, at)
        if match is None or _BLANK.fullmatch(match[0]):
            break
        found.append(_field(match[0]))
        at = match.end()
    return found


def _field(raw: bytes) -> Field:
    name, colon, value = raw.partition(b":")
    if not colon:
        return Field(b"", raw, b"")
    return Field(name.strip(b" \t").upper(), raw, unfolded(value))


def unfolded(value: bytes) -> bytes:
    """RFC 5322 §2.2.3; the white space which a line was folded at becomes one space."""
    return _FOLD.sub(b" ", value).strip(b" \t\r\n")


def first(found: list[Field], name: bytes) -> bytes | None:
    """The value of the first field of that (upper-case) name."""
    return next((field.value for field in found if field.name == name), None)


def unquoted(text: bytes) -> bytes:
    """The inside of a quoted string without its escapes."""
    return _ESCAPE.sub(rb"\1", text) if b"\\" in text else text


def comment_end(text: bytes, start: int) -> int:
    """The offset after the comment that opens at ``start``; the text's end if it never closes."""
    depth = 0
    for piece in _COMMENT_PIECE.finditer(text, start):
        if piece[0] == b"(":
            depth += 1
        elif piece[0] == b")":
            depth -= 1
            if depth == 0:
                return piece.end()
    return len(text)


def valued(text: bytes) -> Valued:
    """``text/plain; charset="x"`` → value and parameters; what can't be read is left out."""
    pieces: list[list[tuple[bytes, bool]]] = [[]]
    for token, special in _tokens(text):
        if special and token == b";":
            pieces.append([])
        else:
            pieces[-1].append((token, special))
    value = b"".join(token for token, _ in pieces[0])
    parameters = (_parameter(piece) for piece in pieces[1:])
    return Valued(value, tuple(p for p in parameters if p is not None))


def _parameter(piece: list[tuple[bytes, bool]]) -> tuple[bytes, bytes] | None:
    if len(piece) < 2 or piece[0][1] or piece[1] != (b"=", True):
        return None
    return piece[0][0], b"".join(token for token, _ in piece[2:])


def _tokens(text: bytes) -> list[tuple[bytes, bool]]:
    """(octets, is a special) in order, without white space and comments."""
    found: list[tuple[bytes, bool]] = []
    at = 0
    while at < len(text):
        if text[at : at + 1] == b"(":
            at = comment_end(text, at)
            continue
        match = _PARAMETER_TOKEN.match(text, at)
        if match is None:
            break
        at = match.end()
        if match.lastgroup is not None:
            token = match[match.lastgroup]
            quoted = match.lastgroup == "quoted"
            found.append((unquoted(token) if quoted else token, match.lastgroup == "special"))
    return found
