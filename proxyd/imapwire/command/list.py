"""LIST, plain and extended (RFC 9051 §6.3.9, RFC 5258), with STATUS (5819) and MYRIGHTS (8440)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.command import status
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.mailbox_name import read_name, read_pattern
from proxyd.imapwire.tokens import Cursor

# RFC 5258 §3: options that the server does not know are refused with BAD.
SELECTION_OPTIONS = frozenset({"SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"})
# and STATUS, with items
RETURN_OPTIONS = frozenset({"SUBSCRIBED", "CHILDREN", "SPECIAL-USE", "MYRIGHTS"})
# RECURSIVEMATCH "MUST NOT be specified alone, or only with REMOTE" (RFC 5258 §3.1)
_NEEDS_OTHERS = frozenset({"RECURSIVEMATCH", "REMOTE"})

MAX_PATTERNS = 100  # each is matched against the whole tree


@dataclass(frozen=True, slots=True)
class List:
    reference: str
    patterns: tuple[str, ...]
    selection: frozenset[str] = frozenset()
    returns: frozenset[str] = frozenset()
    status: tuple[str, ...] = ()  # items of RETURN (STATUS (...)); empty where not asked
    extended: bool = False  # any extended syntax at all: \NonExistent and \Subscribed may be told


def parse(cursor: Cursor) -> List:
    cursor.sp()
    extended = cursor.peek() == b"("
    selection = _selection(cursor) if extended else frozenset[str]()
    reference = read_name(cursor)
    cursor.sp()
    if cursor.peek() == b"(":
        extended = True
        patterns = tuple(cursor.parenthesized(lambda: read_pattern(cursor)))
        if not 0 < len(patterns) <= MAX_PATTERNS:
            raise BadSyntax("Wrong number of LIST patterns")
    else:
        patterns = (read_pattern(cursor),)
    if not cursor.more():
        return List(reference, patterns, selection, extended=extended)
    returns, items = _returns(cursor)
    return List(reference, patterns, selection, returns, items, extended=True)


def _selection(cursor: Cursor) -> frozenset[str]:
    selection = frozenset(cursor.parenthesized(cursor.word))
    cursor.sp()
    if not selection <= SELECTION_OPTIONS:
        raise BadSyntax("Unknown LIST selection option")
    if "RECURSIVEMATCH" in selection and selection <= _NEEDS_OTHERS:
        raise BadSyntax("RECURSIVEMATCH needs another selection option")
    return selection


def _returns(cursor: Cursor) -> tuple[frozenset[str], tuple[str, ...]]:
    """``"RETURN" SP "(" [return-option *(SP return-option)] ")"``."""
    if cursor.word() != "RETURN":
        raise BadSyntax("Expected RETURN")
    cursor.sp()
    items: tuple[str, ...] = ()

    def option() -> str:
        nonlocal items
        name = cursor.word()
        if name == "STATUS":
            cursor.sp()
            items = status.read_items(cursor)
        elif name not in RETURN_OPTIONS:
            raise BadSyntax("Unknown LIST return option")
        return name

    cursor_options = frozenset(cursor.parenthesized(option))
    return cursor_options - {"STATUS"}, items
