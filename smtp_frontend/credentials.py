"""What a client sends to sign in: AUTH PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login).

Pure. Invariant: nothing in here ever puts a password into an error or a representation.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass, field


class BadCredentials(Exception):
    """``key`` names the reply."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Credentials:
    login: str
    password: str = field(repr=False)


def from_base64(line: bytes) -> bytes:
    """One response line. "*" cancels (RFC 4954 §4)."""
    word = line.strip()
    if word == b"*":
        raise BadCredentials("cancelled")
    try:
        return b64decode(word, validate=True)
    except binascii.Error:
        raise BadCredentials("not-base64") from None


def plain(message: bytes) -> Credentials:
    """``[authzid] NUL authcid NUL passwd`` (RFC 4616 §2); nobody acts for somebody else."""
    parts = message.split(b"\0")
    if len(parts) != 3:
        raise BadCredentials("sign-in-failed")
    actor, login, password = parts
    # Refused and recorded as any other wrong one: there is no login of this name.
    return pair(login if actor in (b"", login) else b"", password)


def pair(login: bytes, password: bytes) -> Credentials:
    """What is no UTF-8 is nobody's password, and is refused and recorded as any other wrong one."""
    return Credentials(
        login.decode("utf-8", "surrogateescape"), password.decode("utf-8", "surrogateescape")
    )
