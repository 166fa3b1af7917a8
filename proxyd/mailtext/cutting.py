"""Text taken out of a field's value by its octets, as if it had never been written.

What stays is never decoded and encoded again: a charset that this program reads a little otherwise
than its writer would go out as another text. Only an encoded word that is cut is written anew, in
its own encoding, from its own octets; the shift state of ISO-2022-JP is kept right (RFC 1468).
"""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from proxyd.mailtext.charsets import ESCAPE, EUC_JP, ISO_2022_JP, codec_of, codec_of_raw
from proxyd.mailtext.words import Group, Piece, groups

# White space between two encoded words is not shown by itself (RFC 2047 §6.2).
_SHOWN_SPACE = b" =?us-ascii?Q?%b?="
_NO_FOLDS = str.maketrans("", "", "\r\n")
_ASCII = b"\x1b(B"
_JIS_TOKEN = re.compile(ESCAPE.pattern + rb"|.", re.DOTALL)
_EUC_TOKEN = re.compile(rb"\x8f..|[\x8e\xa1-\xfe].|.", re.DOTALL)
_Q_TOKEN = re.compile(rb"=[0-9A-Fa-f]{2}|.", re.DOTALL)


class CannotCut(ValueError):
    """The text has no place among the octets where it could be cut."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """Octets of a group, from ``first`` to ``last``; the escape sequences in force there."""

    first: int
    last: int
    before: bytes = b""
    after: bytes = b""

    def opening(self, rest: bytes) -> bytes:
        """What ``rest``, which follows the cut, needs in front of itself."""
        if not rest or self.after == self.before or ESCAPE.match(rest):
            return b""
        return self.after or _ASCII

    def alone(self) -> _Cut:
        """As seen from a word of its own, which begins in ASCII."""
        return _Cut(self.first, self.last, b"", self.after)


def text_of(value: bytes) -> str:
    """What ``cut`` counts in: all characters, those of white space and folds too."""
    return "".join(group.text for group in groups(value))


def cut(value: bytes, first: int, last: int) -> bytes:
    """Without the characters ``first`` to ``last`` of ``text_of``. Raises CannotCut."""
    found = list(groups(value))
    whole = "".join(group.text for group in found)
    result = _Joined()
    at = end = 0  # in characters, in octets
    for group in found:
        start, at = at, at + len(group.text)
        gap = value[end : group.pieces[0].start]
        end = group.pieces[-1].end
        if at <= first or start >= last:
            result.add(group, gap, value[group.pieces[0].start : end])
            continue
        here = _place(group, max(0, first - start), min(last, at) - start)
        if group.charset:
            result.add(group, gap, b"".join(_words(value, group, here)))
        else:
            rest = group.octets[here.last :]
            result.add_cut(group, group.octets[: here.first] + here.opening(rest) + rest)
    wanted = whole[:first] + whole[last:]
    if text_of(result.value()).translate(_NO_FOLDS) != wanted.translate(_NO_FOLDS):
        raise CannotCut
    return result.value()


class _Joined:
    """A value put together again: between two words stands white space, and is not shown."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._behind_a_word = False

    def value(self) -> bytes:
        return b"".join(self._parts)

    def add(self, group: Group, gap: bytes, left: bytes) -> None:
        """``gap`` stood before the group. What is empty has gone, and its gap with it."""
        if not left:
            return
        if group.charset and self._behind_a_word:
            left = (gap or b" ") + left
        self._parts.append(left)
        self._behind_a_word = bool(group.charset)

    def add_cut(self, group: Group, left: bytes) -> None:
        """Raw text; of which only white space may be left, which shall be shown as before."""
        spaces = len(left.translate(None, b"\r\n"))
        if spaces and self._behind_a_word and not left.strip():
            self._parts.append(_SHOWN_SPACE % (b"_" * spaces))
        else:
            self.add(group, b"", left)


def _words(value: bytes, group: Group, here: _Cut) -> Iterator[bytes]:
    """What is left of a group's words, and the white space between those."""
    at, end, told = 0, group.pieces[0].start, False
    for piece in group.pieces:
        start, at = at, at + len(piece.octets)
        gap, end = value[end : piece.start], piece.end
        head, tail = here.first - start, here.last - start
        if head >= len(piece.octets) or tail <= 0:
            word = value[piece.start : end]
        else:
            word = _word(piece, head, tail, here)
        if word:
            yield gap + word if told else word
            told = True


def _word(piece: Piece, head: int, tail: int, here: _Cut) -> bytes:
    """The word without its octets from ``head`` to ``tail``, which may lie outside of it."""
    units = _Q_TOKEN.findall(piece.text) if piece.encoding in b"qQ" else None
    octets = piece.octets
    rest = octets[tail:]
    if tail >= len(octets):  # its end is cut off
        joint = _ASCII if here.before not in (b"", _ASCII) and head > 0 else b""
    else:
        joint = (here if head >= 0 else here.alone()).opening(rest)
    head = max(head, 0)
    if units is None:
        text = binascii.b2a_base64(octets[:head] + joint + rest, newline=False)
    else:
        if len(units) != len(octets):
            raise CannotCut
        text = b"".join((*units[:head], *(b"=%02X" % octet for octet in joint), *units[tail:]))
    return b"=?%b?%b?%b?=" % (piece.charset, piece.encoding, text) if text else b""


def _place(group: Group, first: int, last: int) -> _Cut:
    octets = group.octets
    codec = _codec(octets, group.charset)
    if codec == ISO_2022_JP:
        return _shifted_place(octets, first, last)
    ends = [0]
    for size, characters in _characters(octets, codec):
        if len(ends) > last:
            break
        ends += [size] * characters
    if len(ends) <= last:
        raise CannotCut
    return _Cut(ends[first], ends[last])


def _codec(octets: bytes, charset: str) -> str:
    """In which it is read, whatever its name says."""
    codec = codec_of(charset) if charset else ""
    if codec in (ISO_2022_JP, EUC_JP):
        return codec
    try:
        octets.decode(codec)
    except (LookupError, ValueError):
        return codec_of_raw(octets)
    return codec


def _shifted_place(octets: bytes, first: int, last: int) -> _Cut:
    """A position is the first one behind so many characters: before escape sequences there."""
    places = {0: (0, b"")} if first == 0 else {}
    escape, count, half = b"", 0, False
    for token in _JIS_TOKEN.finditer(octets):
        if len(token[0]) > 1:
            escape, half = token[0], False
            continue
        half = escape.startswith(b"\x1b$") and not half and token[0] > b" "
        if not half:
            count += 1
            places.setdefault(count, (token.end(), escape))
        if count == last:
            break
    if first not in places or last not in places:
        raise CannotCut
    return _Cut(places[first][0], places[last][0], places[first][1], places[last][1])


def _characters(octets: bytes, codec: str) -> Iterator[tuple[int, int]]:
    """After how many octets how many characters more are complete."""
    if codec == EUC_JP:
        for token in _EUC_TOKEN.finditer(octets):
            yield token.end(), 1
        return
    try:
        reader = codecs.getincrementaldecoder(codec)("replace")
    except LookupError:
        raise CannotCut from None
    for size, octet in enumerate(octets, 1):
        if characters := reader.decode(bytes((octet,))):
            yield size, len(characters)
