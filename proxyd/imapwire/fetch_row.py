"""One ``* n FETCH (…)`` of a server, split into attribute and value (RFC 9051 §7.5.2).

The values stay wire text: nothing inside of an ENVELOPE or BODYSTRUCTURE is looked at, except to
find where it ends. Written for 10,000 rows at once: one regex step per attribute. Every pattern is
possessive, so that no row is scanned twice however it is nested.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from proxyd.imapwire.flags import RECENT, canonical
from proxyd.imapwire.response import BadResponse, Fetch, Octets, ResponseFrame

_HEAD = re.compile(rb"\* ([0-9]{1,10}) FETCH \(", re.IGNORECASE)

_QUOTED = rb'"(?:[^"\\\r\n]++|\\.)*+"'
# Nesting that one step of the regex engine takes: an ENVELOPE has 3, most BODYSTRUCTUREs fewer
# than 8. Deeper lists, and those with literals, are walked by _list_end.
_ONE_STEP_DEPTH = 8


def _list_pattern(depth: int) -> bytes:
    inner = rb'[^()"{]++|' + _QUOTED
    if depth:
        inner += rb"|" + _list_pattern(depth - 1)
    return rb"\((?:" + inner + rb")*+\)"


# msg-att-static / msg-att-dynamic: a name, perhaps a section, perhaps an origin octet, and a value.
_SECTION = rb"\[(?:[^\]\"\r\n]++|" + _QUOTED + rb")*+\](?:<[0-9]{1,10}>)?+"
_ITEM = re.compile(
    rb" ?([A-Za-z0-9][A-Za-z0-9.\-]*+(?:" + _SECTION + rb")?+) "
    rb"(?:~?\{([0-9]{1,19})\}\r\n"
    rb"|([^\s(){\"\\]++|" + _QUOTED + rb"|" + _list_pattern(_ONE_STEP_DEPTH) + rb")"
    rb"|\()"
)
_IN_LIST = re.compile(rb"([()])|" + _QUOTED + rb"|~?\{([0-9]{1,19})\}\r\n|[^()\"{]++")

NO_OCTETS: Mapping[int, Octets] = {}


def parse_fetch(frame: bytes | ResponseFrame) -> Fetch:
    """Raises BadResponse."""
    if isinstance(frame, bytes):
        text, octets = frame, NO_OCTETS
    else:
        text, octets = frame.text, frame.octets
    head = _HEAD.match(text)
    if head is None:
        raise BadResponse("not a FETCH response")
    values: dict[bytes, bytes | Octets] = {}
    position, end = head.end(), len(text) - 1
    while position < end:
        item = _ITEM.match(text, position)
        if item is None:
            raise BadResponse("a FETCH response with a broken attribute")
        name, literal, plain = item.groups()
        position = item.end()
        if plain is not None:
            values[name.upper()] = plain
        elif literal is not None and position in octets:
            values[name.upper()] = octets[position]
        else:
            start = item.end(1) + 1
            position = position + int(literal) if literal else _list_end(text, position)
            values[name.upper()] = text[start:position]
    if position != end or text[end:] != b")":
        raise BadResponse("a FETCH response without an end")
    return Fetch(int(head[1]), values)


def _list_end(text: bytes, position: int) -> int:
    """Where the list ends whose "(" is just before ``position``."""
    depth = 1
    while depth:
        token = _IN_LIST.match(text, position)
        if token is None:
            raise BadResponse("a FETCH response with a broken list")
        position = token.end()
        if token[1] is not None:
            depth += 1 if token[1] == b"(" else -1
        elif token[2] is not None:
            position += int(token[2])
    return position


# Mailboxes have few different combinations of flags, and thousands of rows that carry them.
@lru_cache(maxsize=4096)
def parse_flags(raw: bytes) -> tuple[str, ...]:
    """The flags of a FLAGS value, ``(\\Seen $x)``, without ``\\Recent`` (RFC 9051 §7.3.1)."""
    if not raw.startswith(b"(") or not raw.endswith(b")"):
        raise BadResponse("flags without parentheses")
    words = raw[1:-1].decode("utf-8", "replace").split()
    return tuple(flag for word in words if (flag := canonical(word)) != RECENT)


def literal_octets(value: bytes) -> bytes | None:
    """The octets of a ``nstring``: quoted, literal or NIL (None). Raises BadResponse."""
    if value.startswith(b'"') and value.endswith(b'"') and len(value) > 1:
        return re.sub(rb"\\(.)", rb"\1", value[1:-1]) if b"\\" in value else value[1:-1]
    if value.startswith((b"{", b"~{")):
        return value.partition(b"\r\n")[2]
    if value.upper() == b"NIL":
        return None
    raise BadResponse("a string is missing")
