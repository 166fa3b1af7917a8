"""A piece of a body, cut from the whole as the provider would have cut it (RFC 9051 §6.4.5).

Must never be asked for a piece of what is not a string.
"""

from __future__ import annotations

from typing import Protocol

from proxyd.domain.ports.upstream_rows import ContentRow
from proxyd.domain.types import Blob, BytesBlob
from proxyd.imapwire.fetch_row import literal_octets

# A piece up to this is told as text; clients ask for 16 KiB to 1 MiB at a time.
TEXT_MOST = 256 * 1024
# As Dovecot and Courier say it.
EMPTY = b"{0}\r\n"


class Parted(Protocol):
    """A Blob that can be cut."""

    @property
    def size(self) -> int: ...

    def part(self, start: int, size: int, /) -> Blob: ...


def cut(row: ContentRow, first: int, most: int) -> ContentRow:
    """``row`` has one value, the whole. A piece beyond the end is the empty string.

    Raises OSError where the whole can't be read.
    """
    name, value = next(iter(row.values.items()))
    return ContentRow(row.uid, {b"%b<%d>" % (name, first): _cut(value, first, most)})


def _cut(value: bytes | Blob, first: int, most: int) -> bytes | Blob:
    if isinstance(value, bytes):
        octets = literal_octets(value)
        return value if octets is None else literal(octets[first : first + most])
    left = max(0, value.size - first)
    if not left:
        return EMPTY
    piece = part(value, first, min(most, left))
    return literal(b"".join(piece.chunks())) if piece.size <= TEXT_MOST else piece


def whole_of(row: ContentRow, first: int, most: int) -> ContentRow | None:
    """The whole, where ``row`` is a beginning that was cut and reaches the end."""
    name, value = next(iter(row.values.items()))
    if first != 0 or size_of(value) >= most:
        return None
    return ContentRow(row.uid, {name.removesuffix(b"<0>"): value})


def part(value: Blob, start: int, size: int) -> Blob:
    if isinstance(value, BytesBlob):
        return BytesBlob(value.data[start : start + size])
    cuttable: Parted = value  # type: ignore[assignment]  # all that a provider's side tells are
    return cuttable.part(start, size)


def literal(octets: bytes) -> bytes:
    return b"{%d}\r\n%b" % (len(octets), octets) if octets else EMPTY


def size_of(value: bytes | Blob) -> int:
    """Octets of the string itself."""
    return len(literal_octets(value) or b"") if isinstance(value, bytes) else value.size
