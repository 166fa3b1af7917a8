"""EXPUNGE (RFC 9051 §6.4.3) and UID EXPUNGE (§6.4.9, RFC 4315 §2.1)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.numset import NumSet, SavedResult
from proxyd.imapwire.tokens import Cursor


@dataclass(frozen=True, slots=True)
class Expunge:
    uids: NumSet | SavedResult | None  # None: every message with \Deleted


def parse(_cursor: Cursor) -> Expunge:
    return Expunge(None)


def parse_uid(cursor: Cursor) -> Expunge:
    cursor.sp()
    return Expunge(cursor.messages())
