"""SEARCH and UID SEARCH (RFC 9051 §6.4.4, with the CHARSET of RFC 3501)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxyd.imapwire.search_key import SearchKey, read_program
from proxyd.imapwire.tokens import Cursor

_RETURN = re.compile(rb"RETURN ", re.IGNORECASE)
_CHARSET = re.compile(rb"CHARSET ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Search:
    uid: bool
    key: SearchKey
    charset: str | None  # upper case, any name: which ones are known is for the handler to say
    returns: frozenset[str] | None  # options of RETURN (...), upper case; None without RETURN


def parse(cursor: Cursor, *, uid: bool) -> Search:
    cursor.sp()
    returns: frozenset[str] | None = None
    if cursor.take(_RETURN):
        returns = frozenset(cursor.parenthesized(cursor.word))
        cursor.sp()
    charset: str | None = None
    if cursor.take(_CHARSET):
        charset = cursor.astring().decode("ascii", "replace").upper()
        cursor.sp()
    return Search(uid, read_program(cursor, charset), charset, returns)
