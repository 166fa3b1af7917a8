"""STATUS (RFC 9051 §6.3.11; RECENT of RFC 3501 §6.3.10), with the items of extensions."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.mailbox_name import read_name
from proxyd.imapwire.tokens import Cursor

STATUS_ITEMS = frozenset(
    {
        "MESSAGES",
        "RECENT",
        "UIDNEXT",
        "UIDVALIDITY",
        "UNSEEN",
        "SIZE",  # RFC 8438, RFC 9051
        "DELETED",  # RFC 9051, RFC 9208 §4.1.4
        "DELETED-STORAGE",  # RFC 9208 §4.1.4
        "HIGHESTMODSEQ",  # RFC 7162 §3.1.7
        "MAILBOXID",  # RFC 8474 §4.3
        "APPENDLIMIT",  # RFC 7889 §3.1
    }
)


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
