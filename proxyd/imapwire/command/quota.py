"""GETQUOTA, GETQUOTAROOT and SETQUOTA (RFC 9208 §4.1)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.mailbox_name import read_label, read_name
from proxyd.imapwire.tokens import Cursor

MAX_LIMITS = 20  # RFC 9208 §5 knows four resources


@dataclass(frozen=True, slots=True)
class GetQuota:
    root: str


@dataclass(frozen=True, slots=True)
class GetQuotaRoot:
    mailbox: str


@dataclass(frozen=True, slots=True)
class SetQuota:
    root: str
    limits: tuple[tuple[str, int], ...]  # resource in upper case, any name


def parse_get(cursor: Cursor) -> GetQuota:
    cursor.sp()
    return GetQuota(read_label(cursor))


def parse_get_root(cursor: Cursor) -> GetQuotaRoot:
    cursor.sp()
    return GetQuotaRoot(read_name(cursor))


def parse_set(cursor: Cursor) -> SetQuota:
    """``quota-root-name SP "(" [setquota-resource *(SP setquota-resource)] ")"``."""
    cursor.sp()
    root = read_label(cursor)
    cursor.sp()
    limits = cursor.parenthesized(lambda: _limit(cursor))
    if len(limits) > MAX_LIMITS:
        raise BadSyntax("Too many resources")
    return SetQuota(root, tuple(limits))


def _limit(cursor: Cursor) -> tuple[str, int]:
    resource = cursor.word()
    cursor.sp()
    return resource, cursor.number64()
