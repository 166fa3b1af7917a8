"""How texts are put in order: i;unicode-casemap (RFC 5051), which SORT and THREAD must use.

Two texts are the same, or one stands before the other, as their results do. Must never know what
the texts are. Invariant: a result's order by code points is the order of its UTF-8 octets.
"""

from __future__ import annotations

import unicodedata


def casemapped(text: str) -> str:
    """RFC 5051 §2: each character in title case, then taken apart for good."""
    if text.isascii():
        return text.upper()
    return unicodedata.normalize("NFKD", "".join(map(_titled, text)))


def _titled(char: str) -> str:
    """The simple mapping, one character to one: §2 knows no other ("ß" stays)."""
    title = char.title()
    return title if len(title) == 1 else char
