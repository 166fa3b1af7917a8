"""Headers in portions, so that others get their turn between two of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from proxyd.domain.ports.upstream_rows import HeaderRow
from proxyd.mailtext.fields import MAX_HEADER

# A header of comments and groups alone takes two microseconds an octet, a letter's a tenth of it.
PORTION_OCTETS = 512 * 1024


def portions(rows: Iterable[HeaderRow]) -> Iterator[list[HeaderRow]]:
    """All of them in their order; of one header no more is read than MAX_HEADER."""
    portion: list[HeaderRow] = []
    octets = 0
    for row in rows:
        portion.append(row)
        octets += min(len(row.header), MAX_HEADER)
        if octets >= PORTION_OCTETS:
            yield portion
            portion, octets = [], 0
    if portion:
        yield portion
