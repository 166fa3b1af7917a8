"""Passwords that somebody who tries lists would find: what everybody uses, and what is known here.

Pure, but for the list that comes with the program. Must never keep or show a password.

The list beside this file: the 8,351 of Django's list (BSD-3-Clause) that have eight characters or
more, in lower case. It was made by Royce Williams of what Have I Been Pwned counted in breaches,
the most frequent first.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

# Of every installation; with them count the login, the name, and mailboxes and their addresses.
WORDS = ("proxyd", "password", "passwort", "パスワード", "welcome", "ようこそ", "mail", "inbox")

# Shorter ones ("it", "co", "mr") are parts of any text.
SHORTEST_WORD = 4
# But a whole login is what a guesser begins with, however short.
SHORTEST_WHOLE = 2

# "aaaaaaaaaaaa" is long, and as good as short.
LEAST_CHARACTERS = 4

_LIST = "common-passwords.txt.gz"
_APART = re.compile(r"[\W_]+")


def is_common(password: str) -> bool:
    """Whether it is in the list, in capitals or not, also where full width was typed."""
    return _compared(password) in _common()


def words_in(texts: Iterable[str]) -> frozenset[str]:
    """What a guesser makes of logins, names and addresses: the whole, and each of its parts."""
    told = [_compared(text) for text in texts]
    parts = [part for text in told for part in _APART.split(text)]
    whole = {text for text in told if len(text) >= SHORTEST_WHOLE}
    return frozenset(whole | {part for part in parts if len(part) >= SHORTEST_WORD})


def unguessed(password: str, words: Iterable[str]) -> int:
    """How many characters are left without these words (as ``words_in`` gives them) and WORDS; none
    where they are the same few again and again.
    """
    left = _compared(password)
    for word in sorted({*words, *WORDS}, key=lambda word: (-len(word), word)):
        left = left.replace(word, "")
    return len(left) if len(set(left)) >= LEAST_CHARACTERS else 0


def _compared(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


@cache
def _common() -> frozenset[str]:
    packed = files(__package__).joinpath(_LIST).read_bytes()
    return frozenset(gzip.decompress(packed).decode("utf-8").split("\n"))
