"""Can a provider's FETCH value be told to a client as it stands (RFC 9051 §7.5.2, §9 msg-att)?

Values are handed on verbatim, so what is no value of its attribute would break the client's
grammar. Looks at shape only, in one pass and without recursion; what a text says is not its
business.
"""

from __future__ import annotations

import re

from proxyd.imapwire.octets import Octets
from proxyd.imapwire.response import number_in

# Lists in lists that clients read by recursion; real mail has fewer than 20. Dovecot describes
# 100 levels of parts, and the parameters of the innermost stand in one list more.
MOST_DEPTH = 128
ENVELOPE_FIELDS = 10
_LISTS = (b"ENVELOPE", b"BODYSTRUCTURE", b"BODY")
_NUMBERS = (b"RFC822.SIZE", b"BINARY.SIZE[")
# quoted, as any client reads it (RFC 3501 §9 QUOTED-CHAR): more than ASCII stands in literals.
_QUOTED = rb'"(?:[^"\\\r\n\x00\x80-\xff]++|\\["\\])*+"'
# What stands in a list without quotes: nothing else does (RFC 9051 §9 envelope, body).
_ATOM = rb"(?:(?i:NIL)|[0-9]{1,19}+)(?=[ ()])"
# nstring; a body section is one, and so is everything in brackets but BINARY.SIZE.
_STRING = re.compile(_QUOTED + rb"|NIL", re.IGNORECASE)
_TOKEN = re.compile(rb" ++|([()])|~?\{([0-9]{1,19})\}\r\n|" + _QUOTED + rb"|" + _ATOM)
# What nearly all rows are, in one step of the regex engine: no literals, single or more spaces.
# Twenty times as quick as token after token, and an ENVELOPE may have a million addresses.


def _element(depth: int) -> bytes:
    """Possessive all through, so that nothing is scanned twice."""
    within = rb"|" + _list(depth - 1) if depth else b""
    return rb"(?:" + _ATOM + rb"|" + _QUOTED + within + rb")"


def _list(depth: int) -> bytes:
    return rb"\((?: ++|" + _element(depth) + rb")*+\)"


_PLAIN_ENVELOPE = re.compile(
    rb"\((?:%b ++){%d}+%b\)" % (_element(2), ENVELOPE_FIELDS - 1, _element(2))
)
# The parts of a multipart stand side by side.
_PLAIN_STRUCTURE = re.compile(rb"\(%b(?: ++%b|%b)++\)" % (_element(5), _element(5), _list(4)))
# media-basic and its like: type and subtype of the first part are strings, and never NIL.
_OF_A_KIND = re.compile(rb"(?: *+\()++ *+(?:~?\{|%b ++(?:~?\{|%b))" % (_QUOTED, _QUOTED))


def can_be_told(name: bytes, value: bytes | Octets) -> bool:
    """``name`` in upper case."""
    if not isinstance(value, bytes):
        return True
    if name in _LISTS:
        return _is_list(name, value)
    if name.startswith(_NUMBERS):
        return number_in(value) is not None and value.isdigit()
    if b"[" in name or name.startswith(b"RFC822"):
        return value.startswith((b"{", b"~{")) or _STRING.fullmatch(value) is not None
    if name == b"INTERNALDATE":
        return value.startswith(b'"') and _STRING.fullmatch(value) is not None
    return True


def _is_list(name: bytes, value: bytes) -> bool:
    if name == b"ENVELOPE":
        return bool(_PLAIN_ENVELOPE.fullmatch(value)) or _elements(value) == ENVELOPE_FIELDS
    if _OF_A_KIND.match(value) is None:
        return False
    return bool(_PLAIN_STRUCTURE.fullmatch(value)) or _elements(value) > 1


def _elements(value: bytes) -> int:
    """How many things stand in the outermost list; 0 where it is none, or nested too deep."""
    depth = position = count = 0
    size = len(value)
    while position < size:
        token = _TOKEN.match(value, position)
        if token is None or (not depth and token[1] != b"("):
            return 0
        position = token.end()
        count += depth == 1 and token[1] != b")" and value[token.start()] != _SPACE
        if token[1] == b"(":
            depth += 1
        elif token[1]:
            depth -= 1
        elif token[2]:
            position += int(token[2])
        if depth > MOST_DEPTH or (not depth and position != size):
            return 0
    return count if not depth and position == size else 0


_SPACE = ord(" ")
