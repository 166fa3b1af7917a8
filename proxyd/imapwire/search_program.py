"""What stands behind SEARCH, SORT and THREAD: the grammar of search keys (RFC 9051 §9, search-key).

RECENT, NEW and OLD are RFC 3501's (§6.4.4); RFC 9051 has done away with them. Depth and number of
keys are bounded: the tree is walked by recursion, here and behind.
"""

from __future__ import annotations

import re
from datetime import date

from proxyd.imapwire import dates
from proxyd.imapwire.charset import to_utf8
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.flags import SYSTEM_FLAGS
from proxyd.imapwire.numset import NumSet, SavedResult
from proxyd.imapwire.search_key import (
    SENT,
    KAll,
    KAnd,
    KBefore,
    KEmailId,
    KFlag,
    KLarger,
    KModSeq,
    KNot,
    KOn,
    KOr,
    KRecent,
    KSaved,
    KSaveDateSupported,
    KSavedBefore,
    KSavedOn,
    KSavedSince,
    KSeq,
    KSince,
    KSmaller,
    KText,
    KThreadId,
    KUid,
    KWithin,
    SearchKey,
)
from proxyd.imapwire.tokens import Cursor

MAX_DEPTH = 50  # clients' filter editors nest three or four
MAX_KEYS = 1000  # webmail's OR chains over all addresses of a contact stay below a hundred

_NAME = re.compile(rb"[A-Za-z]+")
_CONSTANT: dict[str, SearchKey] = {
    "ALL": KAll(),
    "OLD": KNot(KRecent()),
    "NEW": KAnd((KRecent(), KFlag("\\Seen", present=False))),
    "RECENT": KRecent(),
    "SAVEDATESUPPORTED": KSaveDateSupported(),
    **{flag[1:].upper(): KFlag(flag, present=True) for flag in SYSTEM_FLAGS},
    **{"UN" + flag[1:].upper(): KFlag(flag, present=False) for flag in SYSTEM_FLAGS},
}
_TEXT = frozenset({"BCC", "BODY", "CC", "FROM", "SUBJECT", "TEXT", "TO"})
_SIZE: dict[str, type[KLarger | KSmaller]] = {"LARGER": KLarger, "SMALLER": KSmaller}
_DAY: dict[str, type[KBefore | KOn | KSince | KSavedBefore | KSavedOn | KSavedSince]] = {
    "BEFORE": KBefore,
    "ON": KOn,
    "SINCE": KSince,
    "SAVEDBEFORE": KSavedBefore,
    "SAVEDON": KSavedOn,
    "SAVEDSINCE": KSavedSince,
}
_ID: dict[str, type[KEmailId | KThreadId]] = {"EMAILID": KEmailId, "THREADID": KThreadId}
# search-modsequence = "MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer
_ENTRY = re.compile(rb'"/flags/(?:[^"\\\r\n]|\\["\\])+" ++(?:priv|shared|all) ++', re.IGNORECASE)
# objectid = 1*255(ALPHA / DIGIT / "_" / "-")
_OBJECT_ID = re.compile(rb"[A-Za-z0-9_-]{1,255}")


def read_program(cursor: Cursor, charset: str | None) -> SearchKey:
    """``search-key *(SP search-key)``: all of them must match."""
    return _Reader(cursor, charset).program()


class _Reader:
    """Counts while it reads."""

    def __init__(self, cursor: Cursor, charset: str | None) -> None:
        self._cursor = cursor
        self._charset = charset
        self._depth = 0
        self._count = 0

    def program(self) -> SearchKey:
        keys = [self._key()]
        while self._cursor.more():
            keys.append(self._key())
        return keys[0] if len(keys) == 1 else KAnd(tuple(keys))

    def _key(self) -> SearchKey:
        self._count += 1
        if self._depth >= MAX_DEPTH or self._count > MAX_KEYS:
            raise BadSyntax("Search is too complex")
        self._depth += 1
        key = self._bounded_key()
        self._depth -= 1
        return key

    def _bounded_key(self) -> SearchKey:
        cursor = self._cursor
        if cursor.peek() == b"(":
            cursor.opening()
            key = self.program()
            cursor.closing()
            return key
        found = cursor.take(_NAME)
        if found is None:
            return _numbered(cursor.messages(), KSeq)
        name = found[0].upper().decode("ascii")
        constant = _CONSTANT.get(name)
        return constant if constant is not None else self._with_argument(name)

    def _with_argument(self, name: str) -> SearchKey:
        cursor = self._cursor
        cursor.sp()
        if name in _TEXT:
            return KText(name, self._text())
        if name == "NOT":
            return KNot(self._key())
        if name == "OR":
            left = self._key()
            cursor.sp()
            return KOr(left, self._key())
        if name == "UID":
            return _numbered(cursor.messages(), KUid)
        if name in ("KEYWORD", "UNKEYWORD"):
            return KFlag(cursor.atom().decode("ascii"), present=name == "KEYWORD")
        return self._rare(name)

    def _rare(self, name: str) -> SearchKey:
        cursor = self._cursor
        if name in _DAY:
            return _DAY[name](self._date())
        if name in _SIZE:
            return _SIZE[name](cursor.number())
        if name in SENT:
            return KText(name, dates.encode_date(self._date()))
        if name == "HEADER":
            header = cursor.field_name()
            cursor.sp()
            return KText(name, self._text(), header)
        return self._extended(name)

    def _extended(self, name: str) -> SearchKey:
        """Keys of extensions."""
        cursor = self._cursor
        if name == "MODSEQ":
            # One mod-sequence counts for all metadata of a message: which item is meant, and
            # whose, makes no difference (RFC 7162 §3.1.5 permits that).
            cursor.take(_ENTRY)
            return KModSeq(cursor.number64())
        if name in ("OLDER", "YOUNGER"):
            return KWithin(cursor.nz_number(), older=name == "OLDER")
        if name in _ID:
            return _ID[name](self._object_id())
        raise BadSyntax("Unknown search key")

    def _object_id(self) -> str:
        found = self._cursor.astring()
        if _OBJECT_ID.fullmatch(found) is None:
            raise BadSyntax("Invalid object id")
        return found.decode("ascii")

    def _date(self) -> date:
        """``date = date-text / DQUOTE date-text DQUOTE``."""
        return dates.parse_date(self._cursor.astring())

    def _text(self) -> bytes:
        """In UTF-8, whatever it was."""
        return to_utf8(self._cursor.astring(), self._charset)


def _numbered(numbers: NumSet | SavedResult, make: type[KSeq | KUid]) -> SearchKey:
    return KSaved() if isinstance(numbers, SavedResult) else make(numbers)
