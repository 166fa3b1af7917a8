"""One FETCH attribute as the cache sees it: what it is called, and whether its answer may be kept.

RFC 9051 §2.3.1.1 and §6.4.5: what stands for a UID never changes, except flags and what extensions
count. Only what is known never to change is kept; the rest is asked upstream each time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from proxyd.imapwire.fetch_name import answer_name, normal_name

# Clients have a handful of habits, each with its own list of header fields.
NAMES_REMEMBERED = 4096

_CONSTANT = frozenset({b"ENVELOPE", b"BODY", b"BODYSTRUCTURE", b"RFC822.SIZE", b"INTERNALDATE"})
_SECTION = re.compile(
    rb"BODY\.PEEK\[([^<>]*|[^\]]*\([^)]*\))\](?:<([0-9]{1,10})\.([0-9]{1,10})>)?", re.IGNORECASE
)
_HEADERS = re.compile(rb"(?:[0-9.]+\.)?(?:HEADER|MIME)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CacheableAttribute:
    """``key`` is how the whole is called, whoever asks; ``whole`` is what asks for it upstream.

    ``small``: header fields and structure, which are read by the thousand. ``partial``: first
    octet and most octets of a body that is read in pieces; ``piece`` asks for that piece alone.
    """

    key: bytes
    whole: bytes
    small: bool
    partial: tuple[int, int] | None
    piece: bytes

    @property
    def answer(self) -> bytes:
        """How the answer to ``piece`` is called."""
        return self.key if self.partial is None else b"%b<%d>" % (self.key, self.partial[0])

    @property
    def piece_key(self) -> bytes:
        """Under which name the beginning of a body is kept."""
        assert self.partial is not None
        return b"%b<%d.%d>" % (self.key, *self.partial)


@lru_cache(maxsize=NAMES_REMEMBERED)
def asked_of(attribute: bytes) -> CacheableAttribute | None:
    """None for what may change, and for what would leave a mark (BODY without PEEK)."""
    name = attribute.upper()
    if name in _CONSTANT:
        return CacheableAttribute(name, name, small=True, partial=None, piece=name)
    found = _SECTION.fullmatch(attribute)
    if found is None:
        return None
    whole = b"BODY.PEEK[%b]" % found[1]
    partial = (int(found[2]), int(found[3])) if found[2] is not None else None
    small = _HEADERS.match(found[1]) is not None
    return CacheableAttribute(answer_name(whole), whole, small, partial, attribute)


@lru_cache(maxsize=NAMES_REMEMBERED)
def key_of(name: bytes) -> bytes:
    """The key of an answer as a server calls it."""
    return normal_name(name)
