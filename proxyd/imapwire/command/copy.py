"""COPY, MOVE and their UID forms (RFC 9051 §6.4.7, §6.4.8)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.mailbox_name import read_name
from proxyd.imapwire.numset import NumSet, SavedResult
from proxyd.imapwire.tokens import Cursor


@dataclass(frozen=True, slots=True)
class Copy:
    uid: bool
    numbers: NumSet | SavedResult
    mailbox: str


@dataclass(frozen=True, slots=True)
class Move:
    uid: bool
    numbers: NumSet | SavedResult
    mailbox: str


def parse_copy(cursor: Cursor, *, uid: bool) -> Copy:
    return Copy(uid, *_arguments(cursor))


def parse_move(cursor: Cursor, *, uid: bool) -> Move:
    return Move(uid, *_arguments(cursor))


def _arguments(cursor: Cursor) -> tuple[NumSet | SavedResult, str]:
    cursor.sp()
    numbers = cursor.messages()
    cursor.sp()
    return numbers, read_name(cursor)
