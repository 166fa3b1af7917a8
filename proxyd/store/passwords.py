"""argon2id over passlib's API (ports.secrets.PasswordHasher).

Slow on purpose: call it off the event loop. Must never keep, log or show a password.

Invariants: every call of ``verify`` and ``verify_nobody`` does the work of one hash, also for a
login that does not exist, an unreadable hash, or text that is no password at all.
"""

from __future__ import annotations

import unicodedata

from passlib.hash import argon2

# OWASP's recommendation for argon2id (Password Storage Cheat Sheet): 19 MiB, two passes, one lane;
# about 22 ms of one core here. Hashes carry their parameters, so these can grow.
MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1

# Longer input costs nothing more with argon2; the bound keeps a hostile client's literal out.
PASSWORD_LIMIT = 1024


class PasswordHasher:
    def __init__(
        self, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES, lanes: int = LANES
    ) -> None:
        self._argon2 = argon2.using(
            type="ID", memory_cost=memory_kib, time_cost=passes, parallelism=lanes
        )
        self._nobody = _nobodys(memory_kib, passes, lanes)

    def hash(self, password: str) -> str:
        """Raises ValueError for text that cannot be a password."""
        return str(self._argon2.hash(_prepared(password)))

    def verify(self, password: str, password_hash: str) -> bool:
        try:
            return bool(self._argon2.verify(_prepared(password), password_hash))
        except ValueError:  # no password, or no hash
            self.verify_nobody("")
            return False

    def outdated(self, password_hash: str) -> bool:
        """Was it made with other parameters than these? False for what is no hash."""
        try:
            return bool(self._argon2.needs_update(password_hash))
        except ValueError:
            return False

    def verify_nobody(self, password: str) -> None:
        """Take the time ``verify`` takes, for a login that does not exist."""
        try:
            prepared = _prepared(password)
        except ValueError:
            prepared = ""
        self._argon2.verify(prepared, self._nobody)


def _nobodys(memory_kib: int, passes: int, lanes: int) -> str:
    """A hash that no password has: all of a command would wait for a real one to be made."""
    salt, digest = "A" * 22, "A" * 43  # of 16 and of 32 octets, all zero
    return f"$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${digest}"


def _prepared(password: str) -> str:
    """As RFC 8265 §4.2.2 (OpaqueString): the same password however a keyboard composes it."""
    if len(password) > PASSWORD_LIMIT:
        raise ValueError(f"a password has at most {PASSWORD_LIMIT} characters")
    password.encode()  # lone surrogates are no text: UnicodeEncodeError is a ValueError
    spaced = "".join(" " if unicodedata.category(c) == "Zs" else c for c in password)
    return unicodedata.normalize("NFC", spaced)
