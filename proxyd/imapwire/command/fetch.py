"""FETCH and UID FETCH (RFC 9051 §6.4.5), CHANGEDSINCE and VANISHED (RFC 7162 §3.1.4, §3.2.6)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.fetch_attribute import FetchAttribute, read_attribute, read_macro
from proxyd.imapwire.numset import NumSet, SavedResult
from proxyd.imapwire.tokens import Cursor

# Clients ask for a dozen; each may bring a whole message, so a line full of them is an attack.
MAX_ATTRIBUTES = 100


@dataclass(frozen=True, slots=True)
class Fetch:
    uid: bool
    numbers: NumSet | SavedResult
    attributes: tuple[FetchAttribute, ...]  # macros expanded, each once, in the order asked
    changed_since: int | None = None
    vanished: bool = False


def parse(cursor: Cursor, *, uid: bool) -> Fetch:
    cursor.sp()
    numbers = cursor.messages()
    cursor.sp()
    if cursor.peek() == b"(":
        listed = cursor.parenthesized(lambda: read_attribute(cursor))
        attributes = tuple(dict.fromkeys(listed))
        if not 0 < len(attributes) <= MAX_ATTRIBUTES:
            raise BadSyntax("Wrong number of FETCH attributes")
    else:
        attributes = read_macro(cursor)
    if not cursor.more():
        return Fetch(uid, numbers, attributes)
    modifiers = dict(cursor.parenthesized(lambda: _modifier(cursor)))
    since, vanished = modifiers.get("CHANGEDSINCE"), "VANISHED" in modifiers
    if not modifiers or (vanished and (since is None or not uid)):
        raise BadSyntax("VANISHED needs UID FETCH and CHANGEDSINCE")  # RFC 7162 §3.2.6
    return Fetch(uid, numbers, attributes, since, vanished)


def _modifier(cursor: Cursor) -> tuple[str, int]:
    name = cursor.word()
    if name == "VANISHED":
        return name, 0
    if name != "CHANGEDSINCE":
        raise BadSyntax("Unknown FETCH modifier")
    cursor.sp()
    # The grammar begins at 1; 0, "everything", is what clients send that have nothing yet.
    return name, cursor.number64()
