"""Commands that change the folder tree: CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE.

RFC 9051 §6.3.4 to §6.3.8: one mailbox name, RENAME two; CREATE may say what for (RFC 6154 §3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.mailbox_name import read_name
from proxyd.imapwire.tokens import Cursor

T = TypeVar("T")

# use-attr (RFC 6154 §6), with \\Important of RFC 8457 §3
_SPECIAL_USES = {
    use.lower(): use
    for use in (
        "\\All",
        "\\Archive",
        "\\Drafts",
        "\\Flagged",
        "\\Important",
        "\\Junk",
        "\\Sent",
        "\\Trash",
    )
}


@dataclass(frozen=True, slots=True)
class Create:
    name: str  # may end in the delimiter (§6.3.4): it only says that children are meant
    special: str | None = None  # "\\Sent"; one that no RFC knows as it was sent


@dataclass(frozen=True, slots=True)
class Delete:
    mailbox: str


@dataclass(frozen=True, slots=True)
class Subscribe:
    mailbox: str


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    mailbox: str


@dataclass(frozen=True, slots=True)
class Rename:
    mailbox: str
    to: str


def parse_one(cursor: Cursor, *, make: Callable[[str], T]) -> T:
    """A command with one mailbox name."""
    cursor.sp()
    return make(read_name(cursor))


def parse_create(cursor: Cursor) -> Create:
    """``mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"]``."""
    cursor.sp()
    name = read_name(cursor)
    if not cursor.more():
        return Create(name)
    cursor.opening()
    if cursor.word() != "USE":
        raise BadSyntax("Unknown CREATE parameter")
    cursor.sp()
    uses = dict.fromkeys(_special(use) for use in cursor.flags())
    cursor.closing()
    if len(uses) > 1:
        raise BadSyntax("A mailbox can have one special use only")
    return Create(name, next(iter(uses), None))


def _special(raw: bytes) -> str:
    use = raw.decode("ascii")
    if not use.startswith("\\"):
        raise BadSyntax("Expected a special use")
    return _SPECIAL_USES.get(use.lower(), use)


def parse_rename(cursor: Cursor) -> Rename:
    cursor.sp()
    mailbox = read_name(cursor)
    cursor.sp()
    return Rename(mailbox, read_name(cursor))
