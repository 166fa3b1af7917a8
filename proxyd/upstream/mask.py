"""Takes a mailbox's secrets out of what its provider says, however they were written.

What was sent: the password or token as it is, quoted with escapes, in base64 (SASL PLAIN, LOGIN,
XOAUTH2, OAUTHBEARER). What may come back: all that, and broken into lines, in other case, in part,
percent-encoded, in hexadecimal, as an entity, in base64 of another alignment. Found are whole short
secrets and any ``PART`` characters of long ones, in views of the text: as it is and with escapes
undone, each whole, without blanks, and without everything that is no letter and no digit.

Must never be asked to alter mail: only sentences, codes and names of a protocol go through it.
"""

from __future__ import annotations

import base64
import html
import re
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

PART = 8  # characters of a secret that may not be shown; six octets of base64
SHORTEST = 4  # of an encoded or squeezed form: less is in every sentence
HIDDEN = "…"

# Controls, and what has no width.
_INVISIBLE = frozenset(map(chr, (*range(33), *range(127, 161), 0xAD, *range(0x200B, 0x2010))))
_ESCAPE = re.compile(
    r"(?:%|=|\+|\\x)([0-9a-f]{2})"  # RFC 3986 §2.1, RFC 2045 §6.7, RFC 3461 §4, C
    r"|\\u([0-9a-f]{4})|\\([0-7]{3})|(&\#?\w{1,8};)|\\(.)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _View:
    """One way to read a text. ``at[i]`` is the piece of the text that gave ``letters[i]``."""

    letters: str
    at: list[tuple[int, int]]

    def only(self, wanted: Callable[[str], bool]) -> _View:
        kept = [(c, at) for c, at in zip(self.letters, self.at, strict=True) if wanted(c)]
        return _View("".join(c for c, _ in kept), [at for _, at in kept])


class Mask:
    """``Mask(user, password)`` is a ``Hide``. Of a token the same: it is the password then."""

    def __init__(self, user: str, secret: str) -> None:
        forms = set(_forms(user, secret)) if secret else set()
        self._whole = _parts(forms)
        self._within = [
            (wanted, _parts(_squeezed(forms, wanted))) for wanted in (_ink, str.isalnum)
        ]

    def __call__(self, text: str) -> str:
        if not self._whole:
            return text
        hidden = bytearray(len(text))
        for view in (_as_it_is(text), _unescaped(text)):
            _mark(hidden, view, self._whole)
            for wanted, parts in self._within:
                _mark(hidden, view.only(wanted), parts)
        return "".join(_shown(text, hidden)) if any(hidden) else text

    def __repr__(self) -> str:
        return "Mask()"


def _forms(user: str, secret: str) -> Iterator[str]:
    """Each in the letters that are compared: see ``_folded``."""
    octets = secret.encode()
    yield _folded(secret)
    yield _folded(octets.decode("latin-1"))  # UTF-8, taken for something else
    halves = secret.encode("utf-16-be")  # as JSON escapes them
    yield _folded("".join(chr(one) for (one,) in struct.iter_unpack(">H", halves)))
    named = user.encode()
    sent = (
        octets,
        b"\0%b\0%b" % (named, octets),  # RFC 4616
        b"%b\0%b\0%b" % (named, named, octets),
        b"user=%b\1auth=Bearer %b\1\1" % (named, octets),  # XOAUTH2
        b"n,a=%b,\1auth=Bearer %b\1\1" % (named, octets),  # RFC 7628
    )
    encoded = [base64.b64encode(one).decode() for one in sent]
    encoded += [one.hex() for one in sent]
    encoded += [_aligned(octets, offset) for offset in range(3)]
    encoded += [one.replace("+", "-").replace("/", "_") for one in encoded]
    yield from (_folded(one) for one in encoded if len(one) >= SHORTEST)


def _aligned(octets: bytes, offset: int) -> str:
    """The base64 of ``octets`` inside of something: without what its neighbours decide."""
    text = base64.b64encode(b"\0" * offset + octets).decode().rstrip("=")
    whole = (offset + len(octets)) * 8 // 6  # characters with bits of nothing behind it
    return text[-(-offset * 8 // 6) : whole]


def _ink(letter: str) -> bool:
    return not letter.isspace() and letter not in _INVISIBLE


def _squeezed(forms: Iterable[str], wanted: Callable[[str], bool]) -> Iterator[str]:
    for form in forms:
        rest = "".join(filter(wanted, form))
        if len(rest) >= SHORTEST:
            yield rest


def _parts(forms: Iterable[str]) -> dict[int, frozenset[str]]:
    """By length: what may stand nowhere."""
    found: dict[int, set[str]] = {}
    for form in forms:
        length = min(len(form), PART)
        pieces = (form[i : i + length] for i in range(len(form) - length + 1))
        found.setdefault(length, set()).update(pieces)
    return {length: frozenset(pieces) for length, pieces in found.items()}


def _mark(hidden: bytearray, view: _View, parts: dict[int, frozenset[str]]) -> None:
    letters, at = view.letters, view.at
    for length, pieces in parts.items():
        for start in range(len(letters) - length + 1):
            if letters[start : start + length] in pieces:
                begin, end = at[start][0], at[start + length - 1][1]
                hidden[begin:end] = b"\1" * (end - begin)


def _shown(text: str, hidden: bytearray) -> Iterator[str]:
    inside = False
    for letter, is_hidden in zip(text, hidden, strict=True):
        if not is_hidden:
            yield letter
        elif not inside:
            yield HIDDEN
        inside = bool(is_hidden)


def _folded(text: str) -> str:
    """In lower case, letter for letter: some letters become two."""
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def _as_it_is(text: str) -> _View:
    return _View(_folded(text), [(i, i + 1) for i in range(len(text))])


def _unescaped(text: str) -> _View:
    letters: list[str] = []
    at: list[tuple[int, int]] = []
    position = 0
    for found in _ESCAPE.finditer(text):
        letters += text[position : found.start()]
        at += [(i, i + 1) for i in range(position, found.start())]
        meant = _meant(found)
        letters += meant
        at += [found.span()] * len(meant)
        position = found.end()
    letters += text[position:]
    at += [(i, i + 1) for i in range(position, len(text))]
    return _View(_folded("".join(letters)), at)


def _meant(found: re.Match[str]) -> str:
    octet, code, octal, entity, quoted = found.groups()
    if octet or code:
        return chr(int(octet or code, 16))
    if octal:
        return chr(int(octal, 8))
    return html.unescape(entity) if entity else quoted or ""
