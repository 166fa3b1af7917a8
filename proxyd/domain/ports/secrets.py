"""Encryption under the master key, and hashing of passwords."""

from __future__ import annotations

from typing import Protocol


class Sealer(Protocol):
    """Encrypts secrets under the master key (authenticated; bound to ``context``)."""

    def seal(self, secret: str, context: str) -> bytes: ...

    def open(self, sealed: bytes, context: str) -> str:
        """Raises ValueError when the key or the context is another one, or a bit changed."""
        ...


class PasswordHasher(Protocol):
    """argon2id. Slow on purpose: call it off the event loop."""

    def hash(self, password: str) -> str: ...

    def verify(self, password: str, password_hash: str) -> bool: ...

    def outdated(self, password_hash: str) -> bool:
        """Was it made with other parameters than new ones are?"""
        ...

    def verify_nobody(self, password: str) -> None:
        """Take the time ``verify`` takes, for a login that does not exist."""
        ...
