"""Values to wire text: strings, mailbox names, flag lists (RFC 9051 §4 and §9).

Literals are written with their marker and octets in one piece, ``{n}CRLF...``: right for a server's
answers. A client that must wait for "+" takes them apart again (the upstream driver's business).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from proxyd.imapwire import mutf7
from proxyd.imapwire.flags import ATOM_CLASS

NIL = b"NIL"

# A quoted string has no CR, LF, NUL, and no 8-bit octet that a rev1 client would stumble over.
_QUOTABLE = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]*")
_NEEDS_BACKSLASH = re.compile(rb'(["\\])')
# astring = 1*ASTRING-CHAR / string ; ASTRING-CHAR = ATOM-CHAR / resp-specials
_ASTRING_ATOM = re.compile(rb"(?:" + ATOM_CLASS + rb"|\])+")


def quotable(value: bytes) -> bool:
    """Can it be a quoted string?"""
    return _QUOTABLE.fullmatch(value) is not None


def quoted(value: bytes) -> bytes:
    """A quoted string; ``value`` must have no CR, LF or NUL."""
    return b'"' + _NEEDS_BACKSLASH.sub(rb"\\\1", value) + b'"'


def literal(value: bytes, marker: bytes = b"") -> bytes:
    """A literal; ``marker`` b"+" makes it non-synchronizing (RFC 7888)."""
    return b"{%d%b}\r\n%b" % (len(value), marker, value)


def quote_or_literal(value: bytes) -> bytes:
    """``string``: quoted where that is possible, else a literal."""
    return quoted(value) if quotable(value) else literal(value)


def nstring(value: bytes | None) -> bytes:
    """``nstring``: NIL for None."""
    return NIL if value is None else quote_or_literal(value)


def astring(value: bytes) -> bytes:
    """``astring``: bare where the grammar allows it.

    NIL is quoted, because some parsers read it as nothing wherever it stands.
    """
    if _ASTRING_ATOM.fullmatch(value) is not None and value.upper() != NIL:
        return value
    return quote_or_literal(value)


def mailbox(name: str, *, utf8: bool = False) -> bytes:
    """A mailbox name: modified UTF-7, bare or quoted, never a literal.

    With ``utf8`` as a client wants it that enabled UTF-8: quoted strings have 8-bit octets then
    (RFC 9051 §4.3, RFC 6855 §3). ``name`` has no CR, LF or NUL.
    """
    if not utf8:
        return astring(mutf7.encode(name))
    return astring(name.encode()) if name.isascii() else quoted(name.encode())


def flag_list(flags: Iterable[str]) -> bytes:
    """``flag-list``: ``(\\Seen $x)``."""
    return b"(" + " ".join(flags).encode("ascii") + b")"
