"""GETMETADATA and SETMETADATA (RFC 5464 §4.2, §4.3, §5).

Entry names have no case (§3.2): they are kept in lower case. Options stand before the mailbox in
the grammar, and behind it in the RFC's examples and in clients; the examples of §4.4 have entries
without parentheses: all are taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.mailbox_name import read_name
from proxyd.imapwire.tokens import Cursor

MAX_ENTRIES = 100  # clients ask for a handful; each is looked up
DEPTHS = frozenset({"0", "1", "infinity"})

# An entry begins with "/", no option does: that tells the two lists behind the mailbox apart.
_OPTIONS = re.compile(rb"\( *+(?=[A-Z])", re.IGNORECASE)
# §3.2: components below /private or /shared, none of them empty, without "*", "%" and non-ASCII.
_ENTRY = re.compile(rb"/(?:private|shared)(?:/[ -$&-)+-.0-~]+)*+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GetMetadata:
    mailbox: str  # "" for the server's own
    entries: tuple[str, ...]  # lower case, each once
    max_size: int | None = None  # of a value; longer ones are not told
    depth: str = "0"  # of DEPTHS


@dataclass(frozen=True, slots=True)
class SetMetadata:
    mailbox: str
    changes: tuple[tuple[str, bytes | None], ...]  # entries in lower case, each once; None removes


@dataclass(frozen=True, slots=True)
class _Options:
    max_size: int | None = None
    depth: str = "0"


def parse_get(cursor: Cursor) -> GetMetadata:
    cursor.sp()
    options = _maybe_options(cursor)
    mailbox = read_name(cursor)
    cursor.sp()
    options = options or _maybe_options(cursor) or _Options()
    entries = _entries(cursor)
    _check_number(len(entries))
    return GetMetadata(mailbox, tuple(dict.fromkeys(entries)), options.max_size, options.depth)


def parse_set(cursor: Cursor) -> SetMetadata:
    """``mailbox SP "(" entry SP value *(SP entry SP value) ")"``."""
    cursor.sp()
    mailbox = read_name(cursor)
    cursor.sp()
    changes = cursor.parenthesized(lambda: _change(cursor))
    _check_number(len(changes))
    if len(dict(changes)) < len(changes):
        raise BadSyntax("An entry is given twice")
    return SetMetadata(mailbox, tuple(changes))


def _maybe_options(cursor: Cursor) -> _Options | None:
    """``"(" getmetadata-option *(SP getmetadata-option) ")" SP``."""
    if not cursor.take(_OPTIONS):
        return None
    options = _option(cursor, _Options())
    while cursor.more():
        options = _option(cursor, options)
    cursor.closing()
    cursor.sp()
    return options


def _option(cursor: Cursor, options: _Options) -> _Options:
    name = cursor.word()
    cursor.sp()
    if name == "MAXSIZE":
        return _Options(cursor.number(), options.depth)
    if name != "DEPTH":
        raise BadSyntax("Unknown GETMETADATA option")
    depth = cursor.word().lower()
    if depth not in DEPTHS:
        raise BadSyntax("Expected 0, 1 or infinity")
    return _Options(options.max_size, depth)


def _entries(cursor: Cursor) -> list[str]:
    """``entry *(SP entry) / "(" entry *(SP entry) ")"``."""
    if cursor.peek() == b"(":
        return cursor.parenthesized(lambda: _entry(cursor))
    entries = [_entry(cursor)]
    while cursor.more():
        entries.append(_entry(cursor))
    return entries


def _entry(cursor: Cursor) -> str:
    entry = cursor.astring()
    if _ENTRY.fullmatch(entry) is None:
        raise BadSyntax("Invalid entry name")
    return entry.decode("ascii").lower()


def _change(cursor: Cursor) -> tuple[str, bytes | None]:
    """``entry SP value``; ``value = nstring / literal8``."""
    entry = _entry(cursor)
    cursor.sp()
    return entry, cursor.nstring(literal8=True)


def _check_number(entries: int) -> None:
    if not 0 < entries <= MAX_ENTRIES:
        raise BadSyntax("Wrong number of entries")
