"""Server octets to responses: whole, byte by byte, and at the limits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proxyd.imapwire.response import BadResponse, ResponseFrame
from proxyd.imapwire.response_framer import ResponseFramer, ResponseLimits


class Kept:
    """A spool in memory, which says so."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes, /) -> None:
        self.pieces.append(data)

    def finish(self) -> Kept:
        return self

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))

    def chunks(self) -> Iterator[bytes]:
        return iter(self.pieces)


SMALL = ResponseLimits(response=200, spool_from=10, literal=1000)


def framed(data: bytes, step: int | None = None) -> list[object]:
    framer = ResponseFramer(lambda size: Kept(), SMALL)
    found: list[object] = []
    for start in range(0, len(data), step or len(data)):
        for frame in framer.feed(data[start : start + (step or len(data))]):
            if isinstance(frame, ResponseFrame):
                octets = {at: b"".join(one.chunks()) for at, one in frame.octets.items()}
                found.append((frame.text, octets))
            else:
                found.append(frame)
    return [*found, framer.pending]


CASES = {
    "lines": (b"* 1 EXISTS\r\na1 OK done\r\n", [b"* 1 EXISTS", b"a1 OK done", False]),
    "bare LF": (b"* 1 EXISTS\na1 OK done\n", [b"* 1 EXISTS", b"a1 OK done", False]),
    "a line that has not ended": (b"* 1 EXISTS\r\n* 2", [b"* 1 EXISTS", True]),
    "small literal": (
        b"* 1 FETCH (BODY[] {5}\r\na\r\nb) UID 3)\r\n",
        [b"* 1 FETCH (BODY[] {5}\r\na\r\nb) UID 3)", False],
    ),
    "empty literal": (
        b"* 1 FETCH (BODY[] {0}\r\n UID 3)\r\n",
        [b"* 1 FETCH (BODY[] {0}\r\n UID 3)", False],
    ),
    "literal8": (
        b"* 1 FETCH (BINARY[] ~{3}\r\n\x00\n\xff)\r\n",
        [b"* 1 FETCH (BINARY[] ~{3}\r\n\x00\n\xff)", False],
    ),
    "big literals go to the spool": (
        b"* 1 FETCH (BODY[1] {11}\r\n0123456789a BODY[2] {12}\r\n0123456789ab)\r\n* 2 EXISTS\r\n",
        [
            (
                b"* 1 FETCH (BODY[1] {11}\r\n BODY[2] {12}\r\n)",
                {25: b"0123456789a", 40: b"0123456789ab"},
            ),
            b"* 2 EXISTS",
            False,
        ],
    ),
    "a big literal deep in a list stays": (
        b"* 1 FETCH (ENVELOPE (NIL {11}\r\n0123456789a))\r\n",
        [b"* 1 FETCH (ENVELOPE (NIL {11}\r\n0123456789a))", False],
    ),
    "parentheses of a section don't count": (
        b"* 1 FETCH (BODY[HEADER.FIELDS (A B)] {11}\r\n0123456789a)\r\n",
        [(b"* 1 FETCH (BODY[HEADER.FIELDS (A B)] {11}\r\n)", {43: b"0123456789a"}), False],
    ),
    "parentheses of a string don't count": (
        b'* 1 FETCH (X "((" BODY[] {11}\r\n0123456789a)\r\n',
        [(b'* 1 FETCH (X "((" BODY[] {11}\r\n)', {31: b"0123456789a"}), False],
    ),
    "a big literal elsewhere stays": (
        b"* LIST () NIL {11}\r\n0123456789a\r\n",
        [b"* LIST () NIL {11}\r\n0123456789a", False],
    ),
    "human text has no literals": (
        b"* OK see {5}\r\na1 NO why {9}\r\n+ go {3}\r\n",
        [b"* OK see {5}", b"a1 NO why {9}", b"+ go {3}", False],
    ),
    "no literal": (
        b"* X {-5}\r\n* Y {5+}\r\n* Z {}\r\n",
        [b"* X {-5}", b"* Y {5+}", b"* Z {}", False],
    ),
    "literal under way": (b"* 1 FETCH (BODY[] {5}\r\nab", [True]),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("step", [None, 1, 2, 3, 7])
def test_frames_however_split(case: str, step: int | None) -> None:
    data, expected = CASES[case]
    assert framed(data, step) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"* 1 FETCH (BODY[] {1001}\r\n",
        b"* 1 FETCH (BODY[] {9999999999999999999}\r\n",
        b"* LIST () NIL {190}\r\n",
        b"x" * 201,
        b"* X {5}\r\n12345" * 20,
        b"* 1 FETCH (ENVELOPE ({180}\r\n",
    ],
)
@pytest.mark.parametrize("step", [None, 1, 50])
def test_what_is_too_long_ends_it_before_it_is_kept(data: bytes, step: int | None) -> None:
    with pytest.raises(BadResponse):
        framed(data, step)


def test_lines_may_be_many_in_one_feed_without_counting_together() -> None:
    assert framed(b"* 1 EXISTS\r\n" * 1000)[-1] is False


def test_octets_that_look_for_slow_patterns_are_fast() -> None:
    limits = ResponseLimits()
    framer = ResponseFramer(lambda size: Kept(), limits)
    for hostile in (b"[" * 2_000_000, b'"' * 2_000_000, b"{1" * 1_000_000, b"(" * 2_000_000):
        assert framer.feed(hostile + b"{1}\r\nx\r\n")
