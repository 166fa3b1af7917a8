"""STATUS (RFC 9051 §6.3.11; RECENT of RFC 3501 §6.3.10)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.mailbox_name import read_name
from proxyd.imapwire.tokens import Cursor

STATUS_ITEMS = frozenset({"MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "SIZE"})


@dataclass(frozen=True, slots=True)
class Status:
    mailbox: str
    items: tuple[str, ...]  # upper case, each once, in the order asked


def parse(cursor: Cursor) -> Status:
    cursor.sp()
    mailbox = read_name(cursor)
    cursor.sp()
    return Status(mailbox, read_items(cursor))


def read_items(cursor: Cursor) -> tuple[str, ...]:
    """``"(" status-att *(SP status-att) ")"``; also LIST's RETURN (STATUS (...)) (RFC 5819)."""
    items = tuple(dict.fromkeys(cursor.parenthesized(cursor.word)))
    if not items or not STATUS_ITEMS.issuperset(items):
        raise BadSyntax("Unknown STATUS item")
    return items
