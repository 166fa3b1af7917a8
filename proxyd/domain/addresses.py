"""Mail addresses in header values: tolerant reading, for recognising who wrote.

Reads RFC 5322 §3.4 mailbox lists including what is met in practice (missing brackets, raw 8-bit
names, unbalanced quotes) in linear time, and never raises. Whether an address may be *used* is
decided elsewhere.
"""

from __future__ import annotations

import re

# More than any person writes; a header of thousands of addresses is not about people.
MAX_ADDRESSES = 1000

# Every alternative matches also when its closing sign is missing: no backtracking, linear time.
_TOKEN = re.compile(
    rb'"(?:[^"\\]|\\.)*+"?'  # a quoted string: a display name or a local part
    rb"|\((?:[^()\\]|\\.)*+\)?"  # a comment
    rb"|<[^<>]*+>?"  # an angle-addr
    rb"|[,;:]"
    rb'|[^\s"(<,;:]+',
    re.DOTALL,
)


def addresses(value: bytes) -> tuple[str, ...]:
    """The addresses in a From, To, Cc, … value, lower case, without doubles, in their order."""
    found: dict[str, None] = {}
    angle, bare, quoted = b"", b"", b""
    for match in _TOKEN.finditer(value):
        token = match[0]
        sign = token[:1]
        if sign in b",;:":
            _note(found, angle or bare)
            angle, bare = b"", b""
            if len(found) >= MAX_ADDRESSES:
                return tuple(found)
        elif sign == b"<":
            angle = angle or token.strip(b"<>")
        elif sign == b"@" and quoted:
            bare = quoted + token  # "john doe"@example.test
        elif sign not in b'"(' and b"@" in token:
            bare = bare or token
        quoted = token if sign == b'"' else b""
    _note(found, angle or bare)
    return tuple(found)


def lowered(address: str) -> str:
    """The form in which addresses are compared. Local parts too: no provider tells case apart."""
    return address.strip().lower()


def _note(found: dict[str, None], raw: bytes) -> None:
    address = raw.rpartition(b":")[2]  # RFC 5322 §4.4: a source route stands before it
    if b'"' not in address:  # RFC 5322 §4.4: white space around the parts, except in quotes
        address = b"".join(address.split())
    if b"@" in address.strip(b"@"):
        found[lowered(_text(address))] = None


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return "".join(char for char in text if char.isprintable())
