"""What strangers have written, for a line of ours: it can't begin another one, turn it around, or
be long. Pure; any text gives one.
"""

from __future__ import annotations

import unicodedata

from proxyd.mailtext.words import decoded

MOST = 100  # characters
CUT = "…"
_JOINERS = "\u200c\u200d"  # within words of Persian and Hindi, and in emoji
_SPACES = frozenset({"Cc", "Zl", "Zp", "Zs"})
# Directions, soft hyphens, tags; halves of pairs; what no font shows.
_UNSEEN = frozenset({"Cf", "Cs", "Co", "Cn"})


def one_line(raw: bytes, most: int = MOST) -> str:
    """Of a header's value, its encoded words decoded."""
    shown = "".join(map(_shown, decoded(raw)))
    line = " ".join(shown.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + CUT


def _shown(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    kind = unicodedata.category(character)
    if kind in _SPACES:
        return " "
    return "" if kind in _UNSEEN and character not in _JOINERS else character
