"""Content-Transfer-Encodings undone (RFC 2045 §6), piece by piece.

Pure: octets in, octets out, no matter how they are cut. Tolerant as §6.7 and §6.8 ask for: what
is no code is left out (base64) or left as it is (quoted-printable). Invariants: never raises for
any octets; what is held back between two pieces is at most ``HELD`` octets; time is linear.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from proxyd.domain.types import Blob

# RFC 2045 §6.7 (5): lines of at most 76 characters. One much longer is cut where it does no harm.
HELD = 1024
PIECE = 65_536  # types.Blob promises pieces of at most this
# Every so many pieces of input the decoder's state is noted, so that reading may begin there: the
# pieces before it are read over, which costs a hundredth of decoding them.
MARK_EVERY = 16

# (what was held back, new octets, is this all?) → (decoded octets, what is held back)
Step = Callable[[bytes, bytes, bool], tuple[bytes, bytes]]

_ENDED = b"="  # state of base64 after its padding: what follows means nothing
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
# §6.7 (3): white space at a line's end was added on the way.
_TRAILING = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n)")
# No code and no soft line break: it stands for itself (RFC 2045 §6.7, "robust implementation").
_STRAY = re.compile(rb"=(?![0-9A-Fa-f]{2}|[0-9A-Fa-f]?\Z|[ \t]*+\r?(?:\n|\Z))")
# What may still turn out to be part of a code, or white space at the end of a line.
_UNDECIDED = re.compile(rb"(?:=[0-9A-Fa-f]?|=[ \t]*+\r?|(?<![ \t])[ \t]*+\r?)\Z")


def _identity(held: bytes, piece: bytes, last: bool) -> tuple[bytes, bytes]:  # noqa: FBT001
    del last
    return held + piece, b""


def _base64(held: bytes, piece: bytes, last: bool) -> tuple[bytes, bytes]:  # noqa: FBT001
    if held == _ENDED:
        return b"", held
    letters, padding, _ = (held + piece.translate(None, _NOT_BASE64)).partition(b"=")
    if not padding and not last:
        whole = len(letters) // 4 * 4
        return binascii.a2b_base64(letters[:whole]), letters[whole:]
    if len(letters) % 4 == 1:
        letters = letters[:-1]  # six bits are no octet
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)), _ENDED


def _quoted_printable(held: bytes, piece: bytes, last: bool) -> tuple[bytes, bytes]:  # noqa: FBT001
    text = _STRAY.sub(b"=3D", held + piece)
    if last:
        return binascii.a2b_qp(_TRAILING.sub(b"", text).rstrip(b" \t")), b""
    undecided = _UNDECIDED.search(text, max(0, len(text) - HELD))
    cut = undecided.start() if undecided else len(text)
    return binascii.a2b_qp(_TRAILING.sub(b"", text[:cut])), text[cut:]


_STEPS: dict[str, Step] = {
    "": _identity,
    "7bit": _identity,
    "8bit": _identity,
    "binary": _identity,
    "base64": _base64,
    "quoted-printable": _quoted_printable,
}


def step_of(encoding: str) -> Step | None:
    """None for an encoding that nobody knows to undo."""
    return _STEPS.get(encoding.strip().lower())


def decoded_start(octets: bytes, encoding: str) -> bytes:
    """Of the beginning of a part; an unknown encoding is taken for none."""
    step = step_of(encoding) or _identity
    return step(b"", octets, False)[0]  # noqa: FBT003


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where reading may begin: after so many pieces, of which so many octets came."""

    pieces: int
    octets: int
    held: bytes


class Decoded:
    """A part without its encoding: a Blob that decodes anew each time it is read.

    The encoded octets are the only copy. ``advance`` goes over them once, a piece a call, and must
    be called until it returns False before anything else is asked.
    """

    def __init__(self, raw: Blob, step: Step) -> None:
        self._raw = raw
        self._step = step
        self._marks = [_Mark(0, 0, b"")]
        self._pieces = self._decode(self._marks[0])
        self._seen = 0
        self.size = 0
        self.has_nul = False

    def advance(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            return False
        octets, held = piece
        self.size += len(octets)
        self._seen += 1
        self.has_nul = self.has_nul or b"\0" in octets
        if self._seen % MARK_EVERY == 0:
            self._marks.append(_Mark(self._seen, self.size, held))
        return True

    def chunks(self) -> Iterator[bytes]:
        return self.part(0, self.size)

    def part(self, first: int, most: int) -> Iterator[bytes]:
        """At most ``most`` octets from ``first`` on."""
        mark = next(mark for mark in reversed(self._marks) if mark.octets <= first)
        skip = first - mark.octets
        for octets, _ in self._decode(mark):
            here = octets[skip:][:most]
            skip = max(0, skip - len(octets))
            most -= len(here)
            for start in range(0, len(here), PIECE):
                yield here[start : start + PIECE]
            if most <= 0:
                return

    def _decode(self, mark: _Mark) -> Iterator[tuple[bytes, bytes]]:
        """(decoded octets, what is held back), the last one being what was left over."""
        held = mark.held
        for number, piece in enumerate(self._raw.chunks()):
            if number >= mark.pieces:
                octets, held = self._step(held, piece, False)  # noqa: FBT003
                yield octets, held
        yield self._step(held, b"", True)  # noqa: FBT003


@dataclass(frozen=True, slots=True)
class DecodedPiece:
    """``BINARY[…]<first.most>``: some octets of a decoded part, as a Blob."""

    whole: Decoded
    first: int
    most: int

    @property
    def size(self) -> int:
        return max(0, min(self.most, self.whole.size - self.first))

    def chunks(self) -> Iterator[bytes]:
        return self.whole.part(self.first, self.size)
