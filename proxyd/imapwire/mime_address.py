"""Address lists of header fields (RFC 5322 §3.4, obsolete routes included) as IMAP wants them.

Encoded words and raw 8-bit octets stay as they are: the client decodes (RFC 9051 §7.5.2). It must
never know about messages or the wire. Invariants: whatever the input, nothing is raised; time is
linear in the text; a group's members stand between its two markers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxyd.imapwire.mime_header import comment_end, unquoted

# Stand-ins for what an address lacks: a missing host would read as the mark of a group (RFC 9051
# §7.5.2). The words are Dovecot's.
MISSING_MAILBOX = b"MISSING_MAILBOX"
MISSING_DOMAIN = b"MISSING_DOMAIN"

_TOKEN = re.compile(
    rb'(?P<space>[ \t\r\n]+)|"(?P<quoted>(?:[^"\\]|\\.)*)"?|(?P<special>[<>,;:@])'
    rb'|(?P<literal>\[[^\]\r\n]*\]?)|(?P<word>[^ \t\r\n"<>,;:@()\[]+)',
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Address:
    """One address; a group begins with ``host`` None and ends with all four None."""

    name: bytes | None
    route: bytes | None
    mailbox: bytes | None
    host: bytes | None


GROUP_END = Address(None, None, None, None)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # "space", "quoted", "special", "literal", "word", "comment"
    text: bytes


def addresses(text: bytes) -> list[Address]:
    """The addresses of a field's unfolded value, in order."""
    reader = _Reader()
    for token in _tokens(text):
        reader.take(token)
    return reader.finish()


def _tokens(text: bytes) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        if text[at : at + 1] == b"(":
            end = comment_end(text, at)
            inside = text[at + 1 : end - 1] if text[end - 1 : end] == b")" else text[at + 1 : end]
            found.append(_Token("comment", unquoted(inside).strip()))
            at = end
            continue
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:  # a lone ")"
            at += 1
            continue
        inside = match[match.lastgroup]
        found.append(_Token(match.lastgroup, unquoted(inside) if match["quoted"] else inside))
        at = match.end()
    return found


class _Reader:
    """Collects tokens until something ends an address."""

    def __init__(self) -> None:
        self._found: list[Address] = []
        self._words: list[_Token] = []  # outside <…>
        self._angle: list[_Token] | None = None  # inside <…>, or what was
        self._inside_angle = False
        self._in_group = False

    def take(self, token: _Token) -> None:
        if token.kind != "special":
            self._collect(token)
        elif self._inside_angle:
            if token.text == b">":
                self._inside_angle = False
            else:
                self._collect(token)
        elif token.text == b"<" and self._angle is None:
            self._angle = []
            self._inside_angle = True
        elif token.text == b",":
            self._flush()
        elif token.text == b":" and self._may_begin_group():
            self._found.append(Address(None, None, _phrase(self._words), None))
            self._words = []
            self._in_group = True
        elif token.text == b";":
            self._end_group()
        else:
            self._collect(token)

    def _may_begin_group(self) -> bool:
        return not self._in_group and self._angle is None and _phrase(self._words) is not None

    def finish(self) -> list[Address]:
        self._end_group()
        return self._found

    def _collect(self, token: _Token) -> None:
        if self._inside_angle and self._angle is not None:
            self._angle.append(token)
        else:
            self._words.append(token)

    def _end_group(self) -> None:
        self._flush()
        if self._in_group:
            self._found.append(GROUP_END)
            self._in_group = False

    def _flush(self) -> None:
        words, angle = self._words, self._angle
        self._words, self._angle, self._inside_angle = [], None, False
        if angle is not None:
            self._found.append(_address(_phrase(words) or _comment(words), angle))
        elif any(token.kind not in ("space", "comment") for token in words):
            self._found.append(_address(_comment(words), words))


def _phrase(words: list[_Token]) -> bytes | None:
    """A display name: quoted strings without their quotes, white space as single blanks."""
    pieces = [b" " if token.kind == "space" else token.text for token in words if _shown(token)]
    return b" ".join(b"".join(pieces).split()) or None


def _shown(token: _Token) -> bool:
    return token.kind != "comment"


def _comment(words: list[_Token]) -> bytes | None:
    """``a@example.test (Name)``: the old way to give a name."""
    return next((t.text for t in reversed(words) if t.kind == "comment" and t.text), None)


def _address(name: bytes | None, words: list[_Token]) -> Address:
    solid = [token for token in words if token.kind not in ("space", "comment")]
    route, solid = _route(solid)
    at = next((i for i in range(len(solid) - 1, -1, -1) if _is_at(solid[i])), len(solid))
    mailbox = b"".join(token.text for token in solid[:at])
    host = b"".join(token.text for token in solid[at + 1 :])
    return Address(name, route, mailbox or MISSING_MAILBOX, host or MISSING_DOMAIN)


def _route(words: list[_Token]) -> tuple[bytes | None, list[_Token]]:
    """``@a,@b:local@host`` (RFC 5322 §4.4) → the route and the rest."""
    if not words or not _is_at(words[0]):
        return None, words
    for index, token in enumerate(words):
        if token.kind == "special" and token.text == b":":
            return b"".join(token.text for token in words[:index]), words[index + 1 :]
    return None, words


def _is_at(token: _Token) -> bool:
    return token.kind == "special" and token.text == b"@"
