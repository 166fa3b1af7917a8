"""LOGIN (RFC 9051 §6.2.3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from proxyd.imapwire.tokens import Cursor


@dataclass(frozen=True, slots=True)
class Login:
    user: bytes
    password: bytes = field(repr=False)  # never in a log or a traceback


def parse(cursor: Cursor) -> Login:
    cursor.sp()
    user = cursor.astring()
    cursor.sp()
    return Login(user, cursor.astring())
