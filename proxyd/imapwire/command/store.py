"""STORE and UID STORE (RFC 9051 §6.4.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxyd.imapwire import flags
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.numset import NumSet
from proxyd.imapwire.tokens import Cursor

# store-att-flags = ["+" / "-"] "FLAGS" [".SILENT"] SP (flag-list / (flag *(SP flag)))
_ITEM = re.compile(rb"([+-]?)FLAGS(\.SILENT)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Store:
    uid: bool
    numbers: NumSet
    mode: str  # "+", "-", or "=" for replacing
    silent: bool
    flags: tuple[str, ...]


def parse(cursor: Cursor, *, uid: bool) -> Store:
    cursor.sp()
    numbers = cursor.numset()
    cursor.sp()
    item = cursor.take(_ITEM)
    if item is None:
        raise BadSyntax("Expected FLAGS, +FLAGS or -FLAGS")
    cursor.sp()
    listed = cursor.flags() if cursor.peek() == b"(" else _unlisted(cursor)
    mode = item[1].decode("ascii") or "="
    return Store(uid, numbers, mode, item[2] is not None, flags.settable(listed))


def _unlisted(cursor: Cursor) -> list[bytes]:
    found = [cursor.flag()]
    while cursor.skip(b" "):
        found.append(cursor.flag())
    return found
