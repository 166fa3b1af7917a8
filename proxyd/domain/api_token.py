"""Tokens for programs that use the HTTP API: made, recognised, and what each may open. Pure.

A token is 43 letters and digits of chance (256 bits) between a word and a checksum, so that secret
scanners know one where it lies about, and a slip of the pen is told apart without asking anybody.
Nobody finds such a one by trying, so its digest is a single SHA-256, as of application passwords.

Must never keep, log or show one. What it may open is never more than its person's role allows:
``scopes`` is what it was made for, ``allowed`` what of it counts now.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from proxyd.domain.types import Account, Role

PREFIX: Final = "proxyd_"
SECRET_LETTERS: Final = 43  # of 62: 256 bits
CHECK_LETTERS: Final = 6  # 62 ** 6 is more than a CRC-32 can be
LENGTH: Final = len(PREFIX) + SECRET_LETTERS + CHECK_LETTERS
# Of one person: more programs than anybody connects; a list is read by people.
MOST: Final = 20
NAME_LIMIT: Final = 60  # characters, as of a device
DAY_US: Final = 86_400_000_000
USUAL_DAYS: Final = 90
# A year, and a day to exchange it in.
MOST_DAYS: Final = 366
USED_EVERY_US: Final = 60_000_000  # how often a use is written down
# A program that asks each second is one who came in, not 3,600.
CAME_IN_EVERY_US: Final = 3_600_000_000
CLIENT_MOST: Final = 120  # characters kept of what a program says of itself

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DIGESTED: Final = b"proxyd api token 1\0"
_TOKEN: Final = re.compile(
    f"{PREFIX}([0-9A-Za-z]{{{SECRET_LETTERS}}})([0-9A-Za-z]{{{CHECK_LETTERS}}})"
)


class ApiScope(StrEnum):
    """What a token may be made for. To write is not to read: who does both says both."""

    OWN_READ = "own:read"
    OWN_WRITE = "own:write"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    MAILBOXES_READ = "mailboxes:read"
    MAILBOXES_WRITE = "mailboxes:write"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_WRITE = "conversations:write"
    REPORTS_READ = "reports:read"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    LOG_READ = "log:read"
    HEALTH_READ = "health:read"


_OWN: Final = frozenset({ApiScope.OWN_READ, ApiScope.OWN_WRITE})
_WORK: Final = frozenset({ApiScope.CONVERSATIONS_READ, ApiScope.CONVERSATIONS_WRITE})
OF_ROLE: Final[Mapping[Role, frozenset[ApiScope]]] = {
    Role.STAFF: _OWN | _WORK | {ApiScope.REPORTS_READ},
    Role.ADMIN: frozenset(ApiScope) - {ApiScope.LOG_READ},
    Role.AUDITOR: _OWN | {ApiScope.LOG_READ},
}


@dataclass(frozen=True, slots=True)
class ApiToken:
    """``number`` is never given twice; ``account`` is as it is now."""

    number: int
    account: Account
    name: str  # of the program, as a person calls it
    scopes: tuple[ApiScope, ...]  # in the order of ApiScope
    created_us: int
    expires_us: int
    used_us: int | None = None
    used_address: str = ""
    used_client: str = ""
    came_in_us: int | None = None  # when that was last recorded

    @property
    def allowed(self) -> frozenset[ApiScope]:
        """The role may be another one by now."""
        return OF_ROLE[self.account.role].intersection(self.scopes)

    def is_stale(self, now_us: int, address: str) -> bool:
        """Whether what is known of its last use is to be written anew."""
        if self.used_us is None or self.used_address != address:
            return True
        return not 0 <= now_us - self.used_us < USED_EVERY_US  # nor was the clock ahead

    def comes_in(self, now_us: int, address: str) -> bool:
        """Whether this use is one for the access log: the first for long, or from elsewhere."""
        if self.came_in_us is None or self.used_address != address:
            return True
        return not 0 <= now_us - self.came_in_us < CAME_IN_EVERY_US


def made_token(choose: Callable[[str], str] = secrets.choice) -> str:
    secret = "".join(choose(_ALPHABET) for _ in range(SECRET_LETTERS))
    return PREFIX + secret + _checksum(secret)


def digest_of(token: str) -> bytes | None:
    """32 octets; None for what is none of ours, or has a slip in it."""
    found = _TOKEN.fullmatch(token)
    if found is None or _checksum(found[1]) != found[2]:
        return None
    return hashlib.sha256(_DIGESTED + token.encode("ascii")).digest()


def scopes_of(words: Iterable[str]) -> tuple[ApiScope, ...]:
    """In order, each once. Raises ValueError for another word."""
    wanted = {ApiScope(word) for word in words}
    return tuple(scope for scope in ApiScope if scope in wanted)


def _checksum(secret: str) -> str:
    """As GitHub's tokens have it: CRC-32 in base 62."""
    number, letters = zlib.crc32(secret.encode("ascii")), ""
    for _ in range(CHECK_LETTERS):
        number, digit = divmod(number, len(_ALPHABET))
        letters = _ALPHABET[digit] + letters
    return letters
