"""Being signed in to the web pages: how long, with what shown, and how many at a time. Pure.

Whoever has the token is the person; so it is random, kept by the browser alone (we have its
digest), exchanged at each step, and worth nothing after a while.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from proxyd.domain.types import Account

SECOND_US: Final = 1_000_000
# OWASP's Session Management Cheat Sheet: 15 to 30 minutes of silence for ordinary risk.
IDLE_S: Final = 30 * 60
# NIST SP 800-63B §4.2.3: a new sign-in after 12 hours, whatever was done meanwhile.
ABSOLUTE_S: Final = 12 * 3600
# With the password alone, while the person looks for the phone with the codes.
HALF_WAY_S: Final = 10 * 60
# What concerns signing in is changed only by who has shown password and factor so lately.
STEP_UP_S: Final = 5 * 60
# Of one person: more browsers than anybody has open; the oldest goes.
MOST: Final = 10
# How often a use is written down: a page is asked for each second, half an hour is meant.
USED_EVERY_S: Final = 60
CLIENT_MOST: Final = 200  # characters kept of what a browser says of itself

TOKEN_OCTETS: Final = 32
TOKEN_LENGTH: Final = 43  # in base64url

# What may have been shown, as the log and the table name it.
PASSWORD: Final = "password"  # noqa: S105 - a word
APP: Final = "app"
RECOVERY: Final = "recovery-code"
PASSKEY: Final = "passkey"  # with the person's finger or PIN: both factors in one
SINGLE_SIGN_ON: Final = "single-sign-on"
PROVIDER_FACTOR: Final = "single-sign-on-factor"  # the organisation's provider asked for a second
_WHO: Final = frozenset({PASSWORD, PASSKEY})
_SECOND: Final = frozenset({APP, RECOVERY, PASSKEY, PROVIDER_FACTOR})


@dataclass(frozen=True, slots=True)
class WebSession:
    """``proven_us``: when the last of ``factors`` was shown. ``number`` is never given twice."""

    number: int
    account: Account
    factors: tuple[str, ...]
    begun_us: int
    used_us: int
    proven_us: int
    address: str
    client: str

    @property
    def whole(self) -> bool:
        """Whether it opens anything but the page that asks for the second factor."""
        return is_enough(self.factors, self.account)

    def ended(self, now_us: int) -> str:
        """ "idle", "age", "half-way"; or "" while it lasts. A clock that goes back ends nothing."""
        if now_us - self.begun_us >= ABSOLUTE_S * SECOND_US:
            return "age"
        if not self.whole and now_us - self.begun_us >= HALF_WAY_S * SECOND_US:
            return "half-way"
        return "idle" if now_us - self.used_us >= IDLE_S * SECOND_US else ""

    def is_fresh(self, now_us: int) -> bool:
        """Whether what concerns signing in may be changed without asking again. Never by the word
        of the organisation's provider, which may let somebody in without asking who is there; a
        code beside it shows who has the phone, and no more.
        """
        shown_here = not _WHO.isdisjoint(self.factors)
        return self.whole and shown_here and now_us - self.proven_us < STEP_UP_S * SECOND_US


def is_enough(factors: Collection[str], account: Account) -> bool:
    return not account.second_factor or not _SECOND.isdisjoint(factors)


def made_token() -> str:
    return secrets.token_urlsafe(TOKEN_OCTETS)


def digest_of(token: str) -> bytes | None:
    """None for what can't be one."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    return hashlib.sha256(b"proxyd web session 1\0" + token.encode("ascii")).digest()
