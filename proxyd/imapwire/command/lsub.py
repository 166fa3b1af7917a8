"""LSUB (RFC 3501 §6.3.9)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.mailbox_name import read_name, read_pattern
from proxyd.imapwire.tokens import Cursor


@dataclass(frozen=True, slots=True)
class Lsub:
    reference: str
    pattern: str


def parse(cursor: Cursor) -> Lsub:
    cursor.sp()
    reference = read_name(cursor)
    cursor.sp()
    return Lsub(reference, read_pattern(cursor))
