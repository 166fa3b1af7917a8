"""Rows of small values, by the hundred: what is read, written and sealed as one piece.

A page holds one attribute of at most 256 messages whose UIDs follow each other. Values stay as the
upstream server wrote them, under the name it wrote. Knows neither files nor folders.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from itertools import accumulate, pairwise

from proxyd.domain.ports.upstream_rows import ContentRow

SHIFT = 8  # UID >> SHIFT is the number of the page
PAGE = 1 << SHIFT
# Longer values are no list's business; a header field of a customer has some hundred octets.
VALUE_MOST = 16 * 1024
# A row, its mapping and its place in the page, measured.
ROW_OCTETS = 400
PAGE_OCTETS = 500

_COUNTS = struct.Struct(">HI")  # octets of all names, rows
_ROW = struct.Struct(">IHI")  # UID, which name, octets


class Page:
    """``version`` grows with each change, ``saved`` is the one that is on disk."""

    __slots__ = ("octets", "rows", "saved", "version")

    def __init__(self, rows: dict[int, ContentRow] | None = None) -> None:
        self.rows = rows or {}
        self.version = self.saved = 0
        self.octets = PAGE_OCTETS + sum(map(_octets, self.rows.values()))

    @property
    def dirty(self) -> bool:
        return self.version != self.saved

    def put(self, row: ContentRow) -> None:
        """``row`` has exactly one value, of at most VALUE_MOST octets."""
        known = self.rows.get(row.uid)
        if known is not None:
            return  # it never changes
        self.rows[row.uid] = row
        self.octets += _octets(row)
        self.version += 1

    def forget(self, uids: Iterable[int]) -> bool:
        """Whether there was anything to forget."""
        gone = [row for uid in uids if (row := self.rows.pop(uid, None)) is not None]
        self.octets -= sum(map(_octets, gone))
        self.version += bool(gone)
        return bool(gone)


def _octets(row: ContentRow) -> int:
    return ROW_OCTETS + sum(len(v) for v in row.values.values() if isinstance(v, bytes))


def encoded(rows: Iterable[ContentRow]) -> bytes:
    names: dict[bytes, int] = {}
    table: list[bytes] = []
    texts: list[bytes] = []
    for row in rows:
        for name, text in row.values.items():
            assert isinstance(text, bytes)
            table.append(_ROW.pack(row.uid, names.setdefault(name, len(names)), len(text)))
            texts.append(text)
    head = b"\n".join(names)  # no name has a line's end in it: they stand in one
    return b"".join((_COUNTS.pack(len(head), len(table)), head, *table, *texts))


def decoded(octets: bytes) -> dict[int, ContentRow]:
    """What ``encoded`` made; anything else raises ValueError."""
    try:
        named, count = _COUNTS.unpack_from(octets)
        table = _COUNTS.size + named
        texts = table + count * _ROW.size
        names = octets[_COUNTS.size : table].split(b"\n")
        rows = list(_ROW.iter_unpack(octets[table:texts]))
        ends = accumulate((size for _, _, size in rows), initial=texts)
        return {
            uid: ContentRow(uid, {names[which]: octets[start:end]})
            for (uid, which, _), (start, end) in zip(rows, pairwise(ends), strict=True)
        }
    except (struct.error, IndexError) as error:
        raise ValueError("not a page") from error
