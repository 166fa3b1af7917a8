"""ID: what the client says of itself (RFC 2971 §3.1)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.tokens import Cursor

MAX_FIELDS = 30  # RFC 2971 §3.3: "MUST NOT send more than 30 field-value pairs"

Field = tuple[bytes, bytes | None]


@dataclass(frozen=True, slots=True)
class Id:
    fields: tuple[Field, ...] | None  # None for NIL


def parse(cursor: Cursor) -> Id:
    cursor.sp()
    if cursor.peek() != b"(":
        if cursor.word() != "NIL":
            raise BadSyntax("Expected a list or NIL")
        return Id(None)

    def pair() -> Field:
        name = cursor.string()
        cursor.sp()
        return name, cursor.nstring()

    fields = cursor.parenthesized(pair)
    if len(fields) > MAX_FIELDS:
        raise BadSyntax("Too many ID fields")
    return Id(tuple(fields))
