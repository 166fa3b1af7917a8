"""When two names of people look the same: 佐藤　花子 of a spreadsheet, and 佐藤 花子; and how such
people are called apart, in folders as in tags. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_SPACES = re.compile("[ \u3000]+")
_DIVISION_SLASH = "\u2215"  # what a folder has for "/" (service/mail/tree.py)


def single_spaced(name: str) -> str:
    """One normal space between two words, also where the full-width one was pasted."""
    return _SPACES.sub(" ", name.strip())


def looks(name: str) -> str:
    """The same for names that nobody can tell apart in a list of folders."""
    return single_spaced(unicodedata.normalize("NFKC", name).replace(_DIVISION_SLASH, "/"))


def called_apart(people: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What each is called, by login. ``people``: login and name of all who can have a conversation,
    the longest here first, those who are switched off too.

    Of people whose names look the same the first keeps it, the later ones have their login added: a
    newcomer must not rename a colleague's folder, in which clients have rules and caches. Who is
    switched off for a while keeps the name too.
    """
    taken: set[str] = set()
    called: dict[str, str] = {}
    for login, name in people:
        label = name
        while looks(label) in taken:
            label = f"{label} ({login})"
        taken.add(looks(label))
        called[login] = label
    return called
