"""SORT and UID SORT (RFC 5256 §3, RFC 5957) with RETURN (RFC 5267 §3)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.command.search import read_charset, read_returns
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.search_key import SearchKey
from proxyd.imapwire.search_program import read_program
from proxyd.imapwire.tokens import Cursor

SORT_KEYS = frozenset(
    {
        "ARRIVAL",
        "CC",
        "DATE",
        "DISPLAYFROM",  # RFC 5957 §3
        "DISPLAYTO",
        "FROM",
        "SIZE",
        "SUBJECT",
        "TO",
    }
)


@dataclass(frozen=True, slots=True)
class SortKey:
    by: str  # of SORT_KEYS
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Sort:
    uid: bool
    keys: tuple[SortKey, ...]  # each ``by`` once: a second one could not decide anything any more
    charset: str  # upper case, any name
    key: SearchKey
    returns: frozenset[str] | None = None  # as in SEARCH


def parse(cursor: Cursor, *, uid: bool) -> Sort:
    """``[RETURN (...) SP] "(" sort-criterion *(SP sort-criterion) ")" SP charset SP program``."""
    cursor.sp()
    returns = read_returns(cursor)
    listed = cursor.parenthesized(lambda: _criterion(cursor))
    if not listed:
        raise BadSyntax("Expected a SORT criterion")
    keys: dict[str, SortKey] = {}
    for one in listed:
        keys.setdefault(one.by, one)
    cursor.sp()
    charset = read_charset(cursor)
    return Sort(uid, tuple(keys.values()), charset, read_program(cursor, charset), returns)


def _criterion(cursor: Cursor) -> SortKey:
    """``sort-criterion = ["REVERSE" SP] sort-key``."""
    by = cursor.word()
    reverse = by == "REVERSE"
    if reverse:
        cursor.sp()
        by = cursor.word()
    if by not in SORT_KEYS:
        raise BadSyntax("Unknown SORT criterion")
    return SortKey(by, reverse)
