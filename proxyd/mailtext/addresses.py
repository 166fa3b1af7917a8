"""Address lists of header fields (RFC 5322 §3.4 with its obsolete forms of §4.4, RFC 6532), read
as every mail that exists must be read: whatever stands there.

For showing, sorting, searching and for knowing who wrote. Whether somebody may *send* in a name is
asked of ``authors``, which takes nothing that two readers could read differently. Encoded words
and raw 8-bit octets stay as they are. Invariant: a group's members stand between its two markers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from proxyd.mailtext.quoting import QUOTED_INSIDE, comment_end, unquoted

# More than any person writes; a header of thousands of addresses is not about people.
MAX_ADDRESSES = 1000
# Of what stands between two commas; the rest of it is passed over, since a word takes in memory
# some forty times what it takes as text.
MAX_WORDS = 4096
MAX_HOST = 253  # RFC 1035 §2.3.4, as text

# What most fields consist of, in one step: ``name <local@host>`` or ``local@host``, then a comma.
_WORD = rb'[^\s<>()\[\]\\,;:@"]++'
_PLAIN = re.compile(
    rb"[ \t]*+(?:"
    rb'(?:"([^"\\]*+)"[ \t]*+|([^<>()\[\]\\,;:@"]*+))<(' + _WORD + rb")@(" + _WORD + rb")>"
    rb"|(" + _WORD + rb")@(" + _WORD + rb"))[ \t]*+(?:,|\Z)"
)
_TOKEN = re.compile(
    rb'(?P<space>[ \t\r\n]++)|"(?P<quoted>' + QUOTED_INSIDE + rb')"?|(?P<special>[<>,;:@])'
    rb'|(?P<literal>\[[^\]\r\n]*+\]?)|(?P<word>[^ \t\r\n"<>,;:@()\[]++)',
    re.DOTALL,
)
_ATOM = r"[^\s\x00-\x20\x7f\"(),:;<>@\[\\\].]++"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*+")
# What nearly all are; the rest is looked at more closely.
_USUAL = re.compile(rb"[A-Za-z0-9_+\-]++(?:\.[A-Za-z0-9_+\-]++)*+@[A-Za-z0-9.\-]++")
_TO_LOWER = str.maketrans({chr(c): chr(c + 32) for c in range(ord("A"), ord("Z") + 1)})


@dataclass(frozen=True, slots=True)
class Address:
    """One address, b"" for a part that it lacks. A group begins with ``host`` None and its name as
    ``mailbox`` (RFC 9051 §7.5.2), and ends with all four None.
    """

    name: bytes | None
    route: bytes | None
    mailbox: bytes | None
    host: bytes | None

    @property
    def text(self) -> str:
        """``local@host`` as it is compared; "" where a part is missing."""
        if not self.mailbox or not self.host:
            return ""
        written = self.mailbox + b"@" + self.host
        if _USUAL.fullmatch(written):
            return written.decode("ascii").lower()
        return compared(f"{quoted_local(readable(self.mailbox))}@{readable(self.host)}")


GROUP_END = Address(None, None, None, None)


def addresses(value: bytes) -> Iterator[Address]:
    """The addresses of a field's unfolded value, in order."""
    at, end = 0, len(value)
    while at < end:
        match = _PLAIN.match(value, at)
        if match is None:
            yield from _Reader().read(value[at:])
            return
        quoted, words, mailbox, host, bare, bare_host = match.groups()
        at = match.end()
        if mailbox is None:
            yield Address(None, None, bare, bare_host)
        else:
            yield Address(_spaced(quoted or words or b""), None, mailbox, host)


def texts(values: Iterable[bytes], most: int = MAX_ADDRESSES) -> tuple[str, ...]:
    """Of one or several fields: the first addresses as they are compared, without doubles."""
    every = chain.from_iterable(map(addresses, values))
    found = dict.fromkeys(address.text for address in islice(every, most))
    found.pop("", None)
    return tuple(found)


def compared(address: str) -> str:
    """The form in which addresses are compared.

    No provider tells case apart, in ASCII; of other letters lower case may be somebody else's
    ("K", the Kelvin sign, becomes "k"). A host with letters beyond ASCII is the host of its
    A-labels (RFC 5891 §4.4).
    """
    if address.isascii():
        return address.strip().lower()
    local, at, host = address.strip().rpartition("@")
    return lowered(local) + at + a_labels(host)


def lowered(text: str) -> str:
    """In ASCII only: other letters become letters of another look, or ASCII ones."""
    return text.translate(_TO_LOWER)


def a_labels(host: str) -> str:
    """In lower case, as the name is asked for in the DNS (RFC 5891 §4.4).

    What is no name there stays, and with it what only looks like one: full width, capitals beyond
    ASCII, other dots.
    """
    host = lowered(host)
    if host.isascii() or len(host) > MAX_HOST:  # the codec takes quadratic time
        return host
    try:
        found = host.encode("idna")
        return found.decode("ascii") if found.decode("idna") == host else host
    except UnicodeError:
        return host


def quoted_local(local: str) -> str:
    """A local part as it is written: in quotes where it needs them (RFC 5322 §3.4.1)."""
    if _DOT_ATOM.fullmatch(local):
        return local
    escaped = local.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def readable(raw: bytes) -> str:
    """UTF-8 (RFC 6532), else octet by octet; without what is not printable."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text if text.isprintable() else "".join(char for char in text if char.isprintable())


_Token = tuple[str, bytes]  # "space", "quoted", "special", "literal", "word", "comment"
_AT = ("special", b"@")


def _tokens(text: bytes) -> Iterator[_Token]:
    at, end = 0, len(text)
    while at < end:
        if text[at] == 0x28:  # "("
            close = comment_end(text, at)
            inside = text[at + 1 : close - 1 if text[close - 1 : close] == b")" else close]
            yield "comment", unquoted(inside).strip()
            at = close
            continue
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:  # a lone ")"
            at += 1
            continue
        inside = match[match.lastgroup]
        yield match.lastgroup, unquoted(inside) if match.lastgroup == "quoted" else inside
        at = match.end()


class _Reader:
    """Collects tokens until something ends an address."""

    def __init__(self) -> None:
        self._words: list[_Token] = []  # outside <…>
        self._angle: list[_Token] | None = None  # inside <…>, or what was
        self._inside_angle = False
        self._in_group = False

    def read(self, text: bytes) -> Iterator[Address]:
        for token in _tokens(text):
            kind, sign = token
            if kind != "special" or (self._inside_angle and sign != b">"):
                self._collect(token)
            elif self._inside_angle:
                self._inside_angle = False
            elif sign == b"<" and self._angle is None:
                self._angle, self._inside_angle = [], True
            elif sign == b",":
                yield from self._ended()
            elif sign == b":" and self._may_begin_group():
                yield Address(None, None, _phrase(self._words), None)
                self._words, self._in_group = [], True
            elif sign == b";":
                yield from self._group_ended()
            else:
                self._collect(token)
        yield from self._group_ended()

    def _may_begin_group(self) -> bool:
        return not self._in_group and self._angle is None and _phrase(self._words) is not None

    def _collect(self, token: _Token) -> None:
        words = self._angle if self._inside_angle and self._angle is not None else self._words
        if len(words) < MAX_WORDS:
            words.append(token)

    def _group_ended(self) -> Iterator[Address]:
        yield from self._ended()
        if self._in_group:
            yield GROUP_END
            self._in_group = False

    def _ended(self) -> Iterator[Address]:
        words, angle = self._words, self._angle
        self._words, self._angle, self._inside_angle = [], None, False
        if angle is not None:
            yield _address(_phrase(words) or _comment(words), angle)
        elif any(kind not in ("space", "comment") for kind, _ in words):
            yield _address(_comment(words), words)


def _phrase(words: list[_Token]) -> bytes | None:
    """A display name: quoted strings without their quotes, white space as single blanks."""
    pieces = (b" " if kind == "space" else text for kind, text in words if kind != "comment")
    return _spaced(b"".join(pieces))


def _spaced(name: bytes) -> bytes | None:
    return b" ".join(name.split()) or None


def _comment(words: list[_Token]) -> bytes | None:
    """``a@example.test (Name)``: the old way to give a name."""
    return next((text for kind, text in reversed(words) if kind == "comment" and text), None)


def _address(name: bytes | None, words: list[_Token]) -> Address:
    solid = [token for token in words if token[0] not in ("space", "comment")]
    route, solid = _route(solid)
    at = next((i for i in range(len(solid) - 1, -1, -1) if solid[i] == _AT), len(solid))
    mailbox = b"".join(text for _, text in solid[:at])
    host = b"".join(text for _, text in solid[at + 1 :])
    return Address(name, route, mailbox, host)


def _route(words: list[_Token]) -> tuple[bytes | None, list[_Token]]:
    """``@a,@b:local@host`` (RFC 5322 §4.4) → the route and the rest."""
    if not words or words[0] != _AT:
        return None, words
    for index, token in enumerate(words):
        if token == ("special", b":"):
            return b"".join(text for _, text in words[:index]), words[index + 1 :]
    return None, words
