"""One ``* n FETCH (…)`` of a server, split into attribute and value (RFC 9051 §7.5.2).

The values stay wire text: nothing inside of an ENVELOPE or BODYSTRUCTURE is looked at, except to
find where it ends. Written for 10,000 rows at once: one regex step per attribute. Every pattern is
possessive, so that no row is scanned twice however it is nested.

Tolerant where the meaning is plain: more spaces than there should be, flags that are none, numbers
in quotes. A row that breaks off in something unreadable keeps what stood before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from proxyd.imapwire.flags import RECENT, SYSTEM_FLAGS, canonical, is_flag
from proxyd.imapwire.octets import Octets
from proxyd.imapwire.response import BadResponse, Fetch, ResponseFrame

_HEAD = re.compile(rb"\* ++([0-9]{1,10}) ++FETCH *+\(", re.IGNORECASE)

_QUOTED = rb'"(?:[^"\\\r\n]++|\\.)*+"'
# Nesting that one step of the regex engine takes: an ENVELOPE has 3, most BODYSTRUCTUREs fewer
# than 8. Deeper lists, and those with literals, are walked by _list_end.
_ONE_STEP_DEPTH = 8


def _list_pattern(depth: int) -> bytes:
    inner = rb'[^()"{]++|' + _QUOTED
    if depth:
        inner += rb"|" + _list_pattern(depth - 1)
    return rb"\((?:" + inner + rb")*+\)"


_LIST = _list_pattern(_ONE_STEP_DEPTH)
# A flag may be anything but a parenthesis, whatever the grammar says: a quote in one opens nothing.
_FLAGS = rb"(?<=[Ff][Ll][Aa][Gg][Ss] )\([^()]*+\)"
# msg-att-static / msg-att-dynamic: a name, perhaps a section, perhaps an origin octet, and a value.
_SECTION = rb"\[(?:[^\]\"\r\n]++|" + _QUOTED + rb")*+\](?:<[0-9]{1,10}>)?+"
_ITEM = re.compile(
    rb" *+([A-Za-z0-9][A-Za-z0-9.\-]*+(?:" + _SECTION + rb")?+) ++"
    rb"(?:~?\{([0-9]{1,19})\}\r\n"
    rb"|("
    + _FLAGS
    + rb"|[^\s(){\"\\]++|"
    + _QUOTED
    + rb"|"
    + _list_pattern(_ONE_STEP_DEPTH)
    + rb")"
    rb"|\()"
)
_IN_LIST = re.compile(rb"([()])|" + _QUOTED + rb"|~?\{([0-9]{1,19})\}\r\n|[^()\"{]++")

# Octets of a keyword, and flags of a mail: more than any client makes, and what every client can
# bear. More is a provider gone wild, and would be told with every row.
FLAG_OCTETS = 500
MOST_FLAGS = 200
_REMEMBERED_OCTETS = 1024  # of a list that is worth remembering
_LITERAL_MARK = re.compile(rb"~?\{[0-9]{1,19}\}\r\n")

NO_OCTETS: Mapping[int, Octets] = {}


def parse_fetch(frame: bytes | ResponseFrame) -> Fetch:
    """The row, as far as it can be read. Raises BadResponse where not even its number can."""
    if isinstance(frame, bytes):
        text, octets = frame, NO_OCTETS
    else:
        text, octets = frame.text, frame.octets
    head = _HEAD.match(text)
    if head is None:
        raise BadResponse("not a FETCH response")
    values: dict[bytes, bytes | Octets] = {}
    try:
        _take_values(text, head.end(), octets, values)
    except BadResponse as bad:
        return Fetch(int(head[1]), values, str(bad))
    return Fetch(int(head[1]), values)


def _take_values(
    text: bytes, position: int, octets: Mapping[int, Octets], values: dict[bytes, bytes | Octets]
) -> None:
    """Raises BadResponse where they break off."""
    end = len(text) - 1
    while text[end : end + 1] == b" ":
        end -= 1
    while position < end:
        item = _ITEM.match(text, position)
        if item is None:
            if not text[position:end].strip(b" "):
                break
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
            if position > end:
                raise BadResponse("a FETCH response without an end")
            values[name.upper()] = text[start:position].lstrip(b" ")
    if position > end or text[end : end + 1] != b")":
        raise BadResponse("a FETCH response without an end")


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


@dataclass(frozen=True, slots=True)
class Flags:
    """``left_out``: how many words of the server's list can't be flags, or were too many."""

    flags: tuple[str, ...]
    left_out: int = 0


def parse_flags(raw: bytes) -> Flags:
    """Of a FLAGS value, ``(\\Seen $x)``, each flag once and without ``\\Recent`` (RFC 9051 §7.3.1).

    What comes out can be told to any client (flags.is_flag). NIL, and what is no list, has none.
    """
    # Mailboxes have few different combinations, and thousands of rows that carry them.
    return _remembered_flags(raw) if len(raw) <= _REMEMBERED_OCTETS else _read_flags(raw)


def _read_flags(raw: bytes) -> Flags:
    if not raw.startswith(b"(") or not raw.endswith(b")"):
        return Flags(())
    found: dict[str, str] = {}
    left_out = 0
    for word in filter(None, _LITERAL_MARK.sub(b"", raw[1:-1]).split(b" ")):
        bare = word
        if word[:1] == b'"' == word[-1:] and len(word) > 1:
            bare = word[1:-1].replace(b"\\\\", b"\\")
        if not is_flag(bare) or len(bare) > FLAG_OCTETS:
            left_out += 1
            continue
        flag = canonical(bare.decode("ascii"))
        if len(found) >= MOST_FLAGS and flag not in SYSTEM_FLAGS:
            left_out += flag.lower() not in found
        else:
            found.setdefault(flag.lower(), flag)
    found.pop(RECENT.lower(), None)
    return Flags(tuple(found.values()), left_out)


_remembered_flags = lru_cache(maxsize=4096)(_read_flags)


def literal_octets(value: bytes) -> bytes | None:
    """The octets of a ``nstring``: quoted, literal or NIL (None). Raises BadResponse."""
    if value.startswith(b'"') and value.endswith(b'"') and len(value) > 1:
        return re.sub(rb"\\(.)", rb"\1", value[1:-1]) if b"\\" in value else value[1:-1]
    if value.startswith((b"{", b"~{")):
        return value.partition(b"\r\n")[2]
    if value.upper() == b"NIL":
        return None
    raise BadResponse("a string is missing")
