"""Application passwords: one for each device of a person, which opens mail and nothing else. Pure.

Made by proxyd alone, never chosen: 24 of 31 letters, 118 bits. Nobody finds such a one by trying,
not even whoever has the digest, so the digest is a single SHA-256: no core is busy for 20 ms with
it, no queue stands before it, and no lost key makes it useless
(docs/decisions/053-application-passwords.md).

It may be typed without its dashes, in capitals (as phones begin a word), with blanks, or in full
width: what counts is its letters. Must never keep, log or show one.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from proxyd.domain.alike_names import single_spaced
from proxyd.domain.made_password import CLEAR_LETTERS, GROUP, made_password
from proxyd.domain.types import Account

GROUPS: Final = 4
LETTERS: Final = GROUPS * GROUP
# What stands between the groups, with room for blanks; longer input is none.
TYPED_LIMIT: Final = 64
# More devices than anybody has; each is a row that every look at all of them reads.
MOST: Final = 50
NAME_LIMIT: Final = 60  # characters: a line in a list
CLIENT_MOST: Final = 120  # characters kept of what a client says of itself
# How often the use of one is written down: a phone signs in each minute, a list is read by people.
USED_EVERY_US: Final = 60_000_000

_DIGESTED: Final = b"proxyd application password 1\0"
_SECRET: Final = re.compile(f"[{CLEAR_LETTERS}]{{{LETTERS}}}")
# Blanks and dashes, also those that phones and Japanese keyboards make of "-".
_BETWEEN: Final = dict.fromkeys(
    map(ord, " \t-\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc")
)
_JOINERS: Final = "\u200c\u200d"  # that names need: Persian, Indic scripts, emoji


class Scope(StrEnum):
    """What it opens: one mail door each."""

    IMAP = "imap"
    SMTP = "smtp"


@dataclass(frozen=True, slots=True)
class LastUse:
    at_us: int
    door: str
    address: str
    client: str  # as it says of itself; "" where it says nothing


@dataclass(frozen=True, slots=True)
class AppPassword:
    """``id`` is never given twice: a session that remembers it is let in by this one alone."""

    id: int
    account_id: int
    name: str  # of the device, as a person calls it
    scopes: tuple[Scope, ...]  # in the order of Scope
    created_us: int
    last_use: LastUse | None = None

    def opens(self, door: str) -> bool:
        return door in self.scopes


def is_needed_for_mail(account: Account) -> bool:
    """Whether the person's own password opens no mail door, but only an application password: a
    second factor would be worth nothing while one of the two opened all mail.
    """
    return account.app_passwords_only or account.second_factor


def made_secret(choose: Callable[[str], str] = secrets.choice) -> str:
    return made_password(GROUPS, choose)


def secret_in(typed: str) -> str | None:
    """The letters, where ``typed`` may be one; else None."""
    if len(typed) > TYPED_LIMIT:
        return None
    letters = unicodedata.normalize("NFKC", typed).translate(_BETWEEN).strip().lower()
    return letters if _SECRET.fullmatch(letters) else None


def digest_of(secret: str) -> bytes:
    """32 octets. ``secret``: letters, as ``secret_in`` gives them."""
    return hashlib.sha256(_DIGESTED + secret.encode("ascii")).digest()


def digests_of(typed: Iterable[str]) -> tuple[bytes, ...]:
    """Of each that may be one; tells nothing of who has which."""
    found = (secret_in(one) for one in typed)
    return tuple(dict.fromkeys(digest_of(one) for one in found if one is not None))


def scopes_of(words: Iterable[str]) -> tuple[Scope, ...]:
    """In order, each once. Raises ValueError for another word."""
    wanted = {Scope(word) for word in words}
    return tuple(scope for scope in Scope if scope in wanted)


def name_problem(text: str) -> tuple[str, str, str]:
    """(the name as it is kept, what is wrong with it or "", what to write instead)."""
    name = unicodedata.normalize("NFC", single_spaced(text))
    if not name:
        return name, "it is empty", 'write what the device is called, such as "iPhone"'
    if len(name) > NAME_LIMIT:
        return name, f"it has {len(name)} characters", f"write at most {NAME_LIMIT}"
    if name.isdecimal():
        return name, f"{name!r} is a number", "write a word too: numbers are given by proxyd"
    if not all(_can_be_seen(char) for char in name):
        return name, f"{name!r} has characters that cannot be seen", "leave them out"
    return name, "", ""


def _can_be_seen(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in _UNSEEN


_UNSEEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
