"""AUTHENTICATE with its optional initial response (RFC 9051 §6.2.2, SASL-IR RFC 4959)."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.tokens import Cursor

# initial-resp = (base64 / "=")
_INITIAL = re.compile(rb"[A-Za-z0-9+/=]+")


@dataclass(frozen=True, slots=True)
class Authenticate:
    mechanism: str  # upper case
    initial: bytes | None = field(repr=False)  # decoded; b"" for "=", None where the client waits


def parse(cursor: Cursor) -> Authenticate:
    cursor.sp()
    mechanism = cursor.word()
    if not cursor.more():
        return Authenticate(mechanism, None)
    initial = cursor.take(_INITIAL)
    if initial is None:
        raise BadSyntax("Invalid base64")
    return Authenticate(mechanism, b"" if initial[0] == b"=" else decode_base64(initial[0]))


def decode_base64(raw: bytes) -> bytes:
    """A SASL response line; raises BadSyntax. The caller looks for "*", which cancels, first."""
    try:
        return binascii.a2b_base64(raw, strict_mode=True) if raw else b""
    except binascii.Error:
        raise BadSyntax("Invalid base64") from None
