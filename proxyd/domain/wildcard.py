"""Whether a text is like a pattern in which ``*`` stands for any characters, none too.

Pure. No regular expression: what stands between the stars is looked for from left to right, once,
so that no text takes more than its length, whatever its sender wrote.
"""

from __future__ import annotations


def like(text: str, pattern: str) -> bool:
    """The whole text; case counts."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *between, last = rest
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in between:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True
