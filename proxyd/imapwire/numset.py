"""Sets of sequence numbers or UIDs: ``sequence-set`` and ``uid-set`` (RFC 9051 §9, RFC 4315 §4).

A NumSet is what a client wrote; ``resolve`` turns it into ranges once the greatest number is known.
Nothing here expands a range: ``1:4294967295`` costs as much as ``1``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from proxyd.imapwire.errors import BadSyntax

STAR = 0  # how "*" is kept in ``NumSet.ranges``; no message has the number 0
MAX_NUMBER = 2**32 - 1  # RFC 9051 §9: nz-number is an unsigned 32-bit integer

_NUMBER = rb"(?:[1-9][0-9]{0,9}+|\*)"
_RANGE = _NUMBER + rb"(?::" + _NUMBER + rb")?+"
# Possessive: there is nothing to come back to, and a line of 64 KiB would cost megabytes for it.
SEQUENCE_SET = re.compile(_RANGE + rb"(?:," + _RANGE + rb")*+")


@dataclass(frozen=True, slots=True)
class NumSet:
    """Ranges as written, in the order written; a single number is a range of one."""

    ranges: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, raw: bytes) -> NumSet:
        """Read a whole sequence-set; raises BadSyntax."""
        if SEQUENCE_SET.fullmatch(raw) is None:
            raise BadSyntax("Invalid message set")
        return cls(tuple(_range(part) for part in raw.split(b",")))

    @classmethod
    def of(cls, numbers: Iterable[int]) -> NumSet:
        """The compact set of exactly these numbers."""
        return cls(tuple(_runs(sorted(numbers))))

    def encode(self) -> bytes:
        """The wire form; inverse of ``parse``."""
        return _encode(self.ranges)

    def __bytes__(self) -> bytes:
        return self.encode()

    def resolve(self, maximum: int) -> list[tuple[int, int]]:
        """Sorted, merged, disjoint ranges with "*" replaced by ``maximum``.

        ``5:*`` with a maximum of 3 is ``3:5`` (RFC 9051 §9, seq-range). With a maximum of 0 the
        mailbox is empty and "*" names nothing, so ranges with it are left out.
        """
        ordered = sorted(
            (min(a or maximum, b or maximum), max(a or maximum, b or maximum))
            for a, b in self.ranges
            if maximum or (a and b)
        )
        merged: list[tuple[int, int]] = []
        for low, high in ordered:
            if merged and low <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], high))
            else:
                merged.append((low, high))
        return merged


@dataclass(frozen=True, slots=True)
class SavedResult:
    """``$``: the messages that the last SEARCH RETURN (SAVE) found (RFC 5182 §2.1)."""


SAVED_RESULT = SavedResult()


def compact(numbers: Iterable[int]) -> bytes:
    """The shortest sorted set with these numbers, ``b"1:3,7"``; b"" for none.

    Linear for numbers that come sorted, duplicates included.
    """
    return _encode(_runs(sorted(numbers)))


def compact_in_order(numbers: Iterable[int]) -> bytes:
    """Like ``compact``, but position *n* stays position *n*: for the two sets of COPYUID.

    RFC 4315 §3 pairs the two sets by position, so neither may be sorted alone.
    """
    return _encode(_runs(numbers))


def _range(raw: bytes) -> tuple[int, int]:
    low, colon, high = raw.partition(b":")
    first = _number(low)
    return first, _number(high) if colon else first


def _number(raw: bytes) -> int:
    if raw == b"*":
        return STAR
    number = int(raw)
    if number > MAX_NUMBER:
        raise BadSyntax("Number in message set is too large")
    return number


def _runs(numbers: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Ascending runs of consecutive numbers; a repeated number is taken once."""
    iterator = iter(numbers)
    first = last = next(iterator, None)
    if first is None or last is None:
        return
    for number in iterator:
        if number == last + 1:
            last = number
        elif number != last:
            yield first, last
            first = last = number
    yield first, last


def _encode(ranges: Iterable[tuple[int, int]]) -> bytes:
    text = ",".join(
        f"{low or '*'}" if low == high else f"{low or '*'}:{high or '*'}" for low, high in ranges
    )
    return text.encode("ascii")
