"""THREAD and UID THREAD (RFC 5256 §3)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.command.search import read_charset
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.search_key import SearchKey
from proxyd.imapwire.search_program import read_program
from proxyd.imapwire.tokens import Cursor

ALGORITHMS = frozenset({"ORDEREDSUBJECT", "REFERENCES"})


@dataclass(frozen=True, slots=True)
class Thread:
    uid: bool
    algorithm: str  # of ALGORITHMS
    charset: str  # upper case, any name
    key: SearchKey


def parse(cursor: Cursor, *, uid: bool) -> Thread:
    """``thread-alg SP charset SP search-program``."""
    cursor.sp()
    algorithm = cursor.word()
    if algorithm not in ALGORITHMS:
        raise BadSyntax("Unknown THREAD algorithm")
    cursor.sp()
    charset = read_charset(cursor)
    return Thread(uid, algorithm, charset, read_program(cursor, charset))
