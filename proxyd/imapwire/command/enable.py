"""ENABLE (RFC 9051 §6.3.1)."""

from __future__ import annotations

from dataclasses import dataclass

from proxyd.imapwire.tokens import Cursor


@dataclass(frozen=True, slots=True)
class Enable:
    names: tuple[str, ...]  # upper case; unknown ones are to be ignored, not refused


def parse(cursor: Cursor) -> Enable:
    cursor.sp()
    capabilities = [cursor.word()]
    while cursor.more():
        capabilities.append(cursor.word())
    return Enable(tuple(dict.fromkeys(capabilities)))
