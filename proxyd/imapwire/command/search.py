"""SEARCH and UID SEARCH (RFC 9051 §6.4.4, with the CHARSET of RFC 3501).

RETURN is that of RFC 4731 §3.1 and RFC 5182 §2.1; SORT has the same (RFC 5267 §3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.search_key import SearchKey
from proxyd.imapwire.search_program import read_program
from proxyd.imapwire.tokens import Cursor

RETURN_OPTIONS = frozenset({"MIN", "MAX", "ALL", "COUNT", "SAVE"})
_DEFAULT_RETURN = frozenset({"ALL"})  # RFC 4731 §3.1: what "RETURN ()" means

_RETURN = re.compile(rb"RETURN ++", re.IGNORECASE)
_CHARSET = re.compile(rb"CHARSET ++", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Search:
    uid: bool
    key: SearchKey
    charset: str | None  # upper case, any name: which ones are known is for the handler to say
    returns: frozenset[str] | None = None  # of RETURN_OPTIONS, not empty; None without RETURN


def parse(cursor: Cursor, *, uid: bool) -> Search:
    cursor.sp()
    returns = read_returns(cursor)
    charset = read_charset(cursor) if cursor.take(_CHARSET) else None
    return Search(uid, read_program(cursor, charset), charset, returns)


def read_returns(cursor: Cursor) -> frozenset[str] | None:
    """``"RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")" SP``, if it stands here."""
    if not cursor.take(_RETURN):
        return None
    returns = frozenset(cursor.parenthesized(cursor.word))
    cursor.sp()
    if not returns <= RETURN_OPTIONS:
        raise BadSyntax("Unknown RETURN option")
    return returns or _DEFAULT_RETURN


def read_charset(cursor: Cursor) -> str:
    """``charset SP``."""
    charset = cursor.astring().decode("ascii", "replace").upper()
    cursor.sp()
    return charset
