"""Commands that change the folder tree: CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE.

RFC 9051 §6.3.4 to §6.3.8: one mailbox name, RENAME two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from proxyd.imapwire.mailbox_name import read_name
from proxyd.imapwire.tokens import Cursor

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Create:
    mailbox: str  # may end in the delimiter (§6.3.4): it only says that children are meant


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


def parse_rename(cursor: Cursor) -> Rename:
    cursor.sp()
    mailbox = read_name(cursor)
    cursor.sp()
    return Rename(mailbox, read_name(cursor))
