"""FETCH and UID FETCH (RFC 9051 §6.4.5), with modifiers by name (RFC 4466 §2.4)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.fetch_attribute import FetchAttribute, read_attribute, read_macro
from proxyd.imapwire.numset import NumSet
from proxyd.imapwire.tokens import Cursor

# Clients ask for a dozen; each may bring a whole message, so a line full of them is an attack.
MAX_ATTRIBUTES = 100

Modifier = tuple[str, int | None]  # ("CHANGEDSINCE", 17)


@dataclass(frozen=True, slots=True)
class Fetch:
    uid: bool
    numbers: NumSet
    attributes: tuple[FetchAttribute, ...]  # macros expanded, each once, in the order asked
    modifiers: tuple[Modifier, ...] = ()


def parse(cursor: Cursor, *, uid: bool) -> Fetch:
    cursor.sp()
    numbers = cursor.numset()
    cursor.sp()
    if cursor.peek() == b"(":
        listed = cursor.parenthesized(lambda: read_attribute(cursor))
        attributes = tuple(dict.fromkeys(listed))
        if not 0 < len(attributes) <= MAX_ATTRIBUTES:
            raise BadSyntax("Wrong number of FETCH attributes")
    else:
        attributes = read_macro(cursor)
    modifiers: list[Modifier] = []
    if cursor.skip(b" "):
        modifiers = cursor.parenthesized(lambda: _modifier(cursor))
    return Fetch(uid, numbers, attributes, tuple(modifiers))


def _modifier(cursor: Cursor) -> Modifier:
    name = cursor.word()
    return name, cursor.number64() if cursor.skip(b" ") else None
