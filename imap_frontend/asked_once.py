"""Attributes whose answers would have one name, asked once: the provider could not tell them apart.

RFC 9051 §7.5.2: an answer's name has no PEEK, no length of a partial, and servers echo header
fields as they like. So of pieces that begin at one octet the longest is asked, the shorter ones are
its beginning, and each item leaves under the label it was asked by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proxyd.domain.types import Blob
from proxyd.imapwire.encode import literal
from proxyd.imapwire.fetch_attribute import FetchAttribute
from proxyd.imapwire.fetch_name import answer_name
from proxyd.imapwire.fetch_row import literal_octets


class AskedOnce:
    """Of one FETCH: what is asked, and what becomes of its answers."""

    def __init__(self, attributes: Sequence[FetchAttribute]) -> None:
        longest: dict[bytes, FetchAttribute] = {}
        for attribute in attributes:
            name = answer_name(attribute.ask)
            if name not in longest or _most(attribute) > _most(longest[name]):
                longest[name] = attribute
        self._longest = longest
        self.asks = [attribute.ask for attribute in longest.values()]

    def maybe_cut(self, attribute: FetchAttribute) -> int | None:
        """After how many octets of the answer with its name ``attribute`` ends; None: all."""
        most = _most(attribute)
        return most if most < _most(self._longest[answer_name(attribute.ask)]) else None


def beginning(value: bytes | Blob, most: int) -> bytes | Blob:
    """The first ``most`` octets of what was fetched; what is no string (NIL) is told as it is."""
    if not isinstance(value, bytes):
        return _Beginning(value, most)
    octets = literal_octets(value) if value.startswith((b'"', b"{", b"~{")) else None
    if octets is None or len(octets) <= most:
        return value
    octets = octets[:most]
    # RFC 3516 §4.2: zeros go in a literal8; without one any reader takes a plain literal.
    return (b"~" if b"\0" in octets else b"") + literal(octets)


def _most(attribute: FetchAttribute) -> int:
    return attribute.partial[1] if attribute.partial is not None else 0


@dataclass(frozen=True, slots=True)
class _Beginning:
    """A Blob's first octets."""

    whole: Blob
    most: int

    @property
    def size(self) -> int:
        return min(self.most, self.whole.size)

    def chunks(self) -> Iterator[bytes]:
        left = self.size
        for chunk in self.whole.chunks():
            if left <= 0:
                return
            yield chunk[:left]
            left -= len(chunk)
