"""Header text as a person reads it: RFC 2047 encoded words and raw 8-bit octets become str.

The result of ``decoded`` holds no control characters and no lone surrogates, so that it can go into
a database, a log line and a sentence. Knows nothing of which field it reads.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from proxyd.mailtext.charsets import guessed, in_charset

# A subject is shown on one line; what is longer than this is not read by anybody.
MAX_TEXT = 4096

# RFC 2047 §2, tolerant: spaces inside Q text are met in practice, an empty text too.
_WORD = re.compile(rb"=\?([A-Za-z0-9_.:+*'()\-]{1,60})\?([bBqQ])\?([^?\r\n]*)\?=")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_Q_OCTET = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


class Piece(NamedTuple):
    """A stretch of the value: an encoded word, or (``encoding`` b"") what stands between two."""

    start: int
    end: int
    octets: bytes  # in its charset, the encoding undone
    charset: bytes = b""  # as written, with its language
    encoding: bytes = b""
    text: bytes = b""  # the encoded text


class Group(NamedTuple):
    """Pieces that are read as one: some senders cut a character in two, against RFC 2047 §5."""

    charset: str  # lower case; "" for raw text
    pieces: list[Piece]

    @property
    def octets(self) -> bytes:
        return b"".join(piece.octets for piece in self.pieces)

    @property
    def text(self) -> str:
        return in_charset(self.octets, self.charset) if self.charset else guessed(self.octets)


def decoded(raw: bytes) -> str:
    """The text of a header value, folded or not (RFC 5322 §2.2.3: the line break goes alone)."""
    raw = raw[: 2 * MAX_TEXT].replace(b"\r", b"").replace(b"\n", b"")[:MAX_TEXT]
    if b"=?" not in raw:
        return _tidy(guessed(raw))
    if alone := _WORD.fullmatch(raw):  # as most are
        return _tidy(in_charset(undone(alone[2], alone[3]), _charset(alone[1])))
    return _tidy("".join(group.text for group in groups(raw)))


def groups(raw: bytes) -> Iterator[Group]:
    """What makes up the text, in order. White space between two words is none of it (§6.2)."""
    group: Group | None = None
    at = 0
    for match in _WORD.finditer(raw):
        between = raw[at : match.start()]
        charset = _charset(match[1])
        if between.strip() or (group is None and between):
            if group is not None:
                yield group
            yield Group("", [Piece(at, match.start(), between)])
            group = None
        at = match.end()
        octets = undone(match[2], match[3])
        piece = Piece(match.start(), at, octets, match[1], match[2], match[3])
        if group is not None and group.charset == charset:
            group.pieces.append(piece)
            continue
        if group is not None:
            yield group
        group = Group(charset, [piece])
    if group is not None:
        yield group
    if at < len(raw):
        yield Group("", [Piece(at, len(raw), raw[at:])])


def _charset(written: bytes) -> str:
    """RFC 2231 §5: charset*language."""
    return written.partition(b"*")[0].decode("ascii").lower()


def undone(encoding: bytes, text: bytes) -> bytes:
    """The octets of an encoded text."""
    if encoding in b"bB":
        data = _NOT_BASE64.sub(b"", text)
        if len(data) % 4 == 1:
            data = data[:-1]
        try:
            return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
        except binascii.Error:
            return text
    spaced = text.replace(b"_", b" ")
    return _Q_OCTET.sub(lambda match: bytes([int(match[1], 16)]), spaced)


def _tidy(text: str) -> str:
    return text.strip() if text.isprintable() else _CONTROLS.sub(" ", text).strip()
