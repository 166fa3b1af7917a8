"""GETACL, SETACL, DELETEACL, LISTRIGHTS and MYRIGHTS (RFC 4314 §3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.mailbox_name import read_label, read_name
from proxyd.imapwire.tokens import Cursor

# mod-rights = astring ;; +rights to add, -rights to remove, rights to replace
# rights     = astring ;; only lowercase ASCII letters and digits are allowed
_RIGHTS = re.compile(rb"[+-]?[a-z0-9]*")


@dataclass(frozen=True, slots=True)
class GetAcl:
    mailbox: str


@dataclass(frozen=True, slots=True)
class SetAcl:
    mailbox: str
    identifier: str
    rights: str  # "+lr" adds, "-lr" takes away, "lr" replaces


@dataclass(frozen=True, slots=True)
class DeleteAcl:
    mailbox: str
    identifier: str


@dataclass(frozen=True, slots=True)
class ListRights:
    mailbox: str
    identifier: str


@dataclass(frozen=True, slots=True)
class MyRights:
    mailbox: str


def parse_get(cursor: Cursor) -> GetAcl:
    cursor.sp()
    return GetAcl(read_name(cursor))


def parse_my_rights(cursor: Cursor) -> MyRights:
    cursor.sp()
    return MyRights(read_name(cursor))


def parse_delete(cursor: Cursor) -> DeleteAcl:
    return DeleteAcl(*_who(cursor))


def parse_list_rights(cursor: Cursor) -> ListRights:
    return ListRights(*_who(cursor))


def parse_set(cursor: Cursor) -> SetAcl:
    mailbox, identifier = _who(cursor)
    cursor.sp()
    rights = cursor.astring()
    if _RIGHTS.fullmatch(rights) is None:
        raise BadSyntax("Rights are lowercase letters and digits")
    return SetAcl(mailbox, identifier, rights.decode("ascii"))


def _who(cursor: Cursor) -> tuple[str, str]:
    """``SP mailbox SP identifier``."""
    cursor.sp()
    mailbox = read_name(cursor)
    cursor.sp()
    return mailbox, read_label(cursor)
