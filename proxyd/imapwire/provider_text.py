"""What a provider said in words: a value that shows itself only made safe.

Providers quote what they did not understand, passwords too, and send what they like. So its octets
can't be had: ``str`` and ``repr`` give one line of printable characters, bounded, and with every
secret taken out by ``hide``, which the adapter that signed in brings. ``has`` looks for words
without showing any. Made safe when it is shown, not when it comes: most of it nobody reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable

TEXT_LENGTH = 300  # of a server's sentence: more is no sentence
# What is looked at: enough that nothing which is shown was cut before it was recognised.
OCTETS = 8 * TEXT_LENGTH

_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+"
)

Hide = Callable[[str], str]


def nothing_to_hide(text: str) -> str:
    return text


class ProviderText:
    """Equal to a str, or another one, that shows the same."""

    __slots__ = ("_hide", "_octets", "_shown")

    def __init__(self, octets: bytes, hide: Hide = nothing_to_hide) -> None:
        self._octets = octets[:OCTETS]
        self._hide = hide
        self._shown: str | None = None

    def has(self, *words: str) -> bool:
        """Is one of these, in lower case, in it?"""
        text = _decoded(self._octets).lower()
        return any(word in text for word in words)

    def __str__(self) -> str:
        if self._shown is None:
            self._shown = printable(self._hide(_decoded(self._octets)))
        return self._shown

    def __repr__(self) -> str:
        return repr(str(self))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __bool__(self) -> bool:
        return bool(self._octets.strip())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str | ProviderText) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


def printable(text: str) -> str:
    """Fit for a log line or a client: bounded, on one line, without control characters."""
    return _UNPRINTABLE.sub(" ", text).strip()[:TEXT_LENGTH]


def _decoded(octets: bytes) -> str:
    """UTF-8; else octet by octet, so that nothing that could be recognised becomes a "?"."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")
