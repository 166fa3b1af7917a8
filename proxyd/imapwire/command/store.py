"""STORE and UID STORE (RFC 9051 §6.4.6) with UNCHANGEDSINCE (RFC 7162 §3.1.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxyd.imapwire import flags
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.numset import NumSet, SavedResult
from proxyd.imapwire.tokens import Cursor

# store-att-flags = ["+" / "-"] "FLAGS" [".SILENT"] SP (flag-list / (flag *(SP flag)))
_ITEM = re.compile(rb"([+-]?)FLAGS(\.SILENT)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Store:
    uid: bool
    numbers: NumSet | SavedResult
    mode: str  # "+", "-", or "=" for replacing
    silent: bool
    flags: tuple[str, ...]
    unchanged_since: int | None = None


def parse(cursor: Cursor, *, uid: bool) -> Store:
    cursor.sp()
    numbers = cursor.messages()
    cursor.sp()
    unchanged_since: int | None = None
    if cursor.peek() == b"(":
        unchanged_since = _unchanged_since(cursor)
        cursor.sp()
    item = cursor.take(_ITEM)
    if item is None:
        raise BadSyntax("Expected FLAGS, +FLAGS or -FLAGS")
    cursor.sp()
    listed = cursor.flags() if cursor.peek() == b"(" else _unlisted(cursor)
    mode = item[1].decode("ascii") or "="
    silent = item[2] is not None
    return Store(uid, numbers, mode, silent, flags.settable(listed), unchanged_since)


def _unchanged_since(cursor: Cursor) -> int:
    """``"(" "UNCHANGEDSINCE" SP mod-sequence-valzer ")"``, the one store-modifier there is."""
    cursor.opening()
    if cursor.word() != "UNCHANGEDSINCE":
        raise BadSyntax("Unknown STORE modifier")
    cursor.sp()
    modseq = cursor.number64()
    cursor.closing()
    return modseq


def _unlisted(cursor: Cursor) -> list[bytes]:
    found = [cursor.flag()]
    while cursor.more():
        found.append(cursor.flag())
    return found
