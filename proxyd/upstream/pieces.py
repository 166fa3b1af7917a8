"""What is "bulk", and how it is cut so that it holds nobody up.

Knows numbers of messages and octets, not what they are. With several connections a job may be long,
because others have theirs; with one, a piece is as much as somebody waits for without noticing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

# What makes a job "bulk": it would make somebody wait who wants one mail.
BULK_MESSAGES = 50
BULK_OCTETS = 1024 * 1024
# Changes are cheaper for a provider than what it has to read from its disk.
BULK_CHANGES = 500
# Where there are several connections: 500 headers, some hundred KB, are a quarter of a second on a
# line of 20 Mbit/s. What was asked for is given up at the next piece when nobody wants it.
PIECE_MESSAGES = 500


def is_bulk(uids: Sequence[int], octets: int) -> bool:
    return len(uids) > BULK_MESSAGES or octets > BULK_OCTETS


def is_bulk_change(uids: Sequence[int]) -> bool:
    return len(uids) > BULK_CHANGES


def pieces(uids: Sequence[int], octets: int, *, single: bool) -> Iterator[Sequence[int]]:
    """``octets``: what all of them bring together. ``single``: one connection serves everybody."""
    most = BULK_MESSAGES if single else PIECE_MESSAGES
    if single and octets > BULK_OCTETS:
        most = min(most, max(1, len(uids) * BULK_OCTETS // octets))
    for start in range(0, len(uids), most):
        yield uids[start : start + most]
