"""COMPRESS (RFC 4978 §3)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.tokens import Cursor


@dataclass(frozen=True, slots=True)
class Compress:
    algorithm: str  # upper case, any name


def parse(cursor: Cursor) -> Compress:
    cursor.sp()
    return Compress(cursor.word())
