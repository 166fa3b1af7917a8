"""RFC 9051 §9: sequence-set."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.numset import MAX_NUMBER, NumSet, compact, compact_in_order
from tests.effort import effort_below

NUMBERS = st.integers(0, MAX_NUMBER) | st.integers(0, 40)
SETS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=8).map(
    lambda ranges: NumSet(tuple(ranges))
)


@pytest.mark.parametrize(
    ("raw", "ranges"),
    [
        (b"1", ((1, 1),)),
        (b"*", ((0, 0),)),
        (b"1:*", ((1, 0),)),
        (b"*:4", ((0, 4),)),
        (b"2,4:7,9,12:*", ((2, 2), (4, 7), (9, 9), (12, 0))),  # RFC 9051 §9, its example
        (b"4294967295", ((MAX_NUMBER, MAX_NUMBER),)),
        (b"7:5", ((7, 5),)),
    ],
)
def test_parse_and_encode(raw: bytes, ranges: tuple[tuple[int, int], ...]) -> None:
    assert NumSet.parse(raw) == NumSet(ranges)
    assert NumSet(ranges).encode() == bytes(NumSet(ranges)) == raw


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"0",
        b"01",
        b"-1",
        b"1,",
        b",1",
        b"1:",
        b":1",
        b"1:2:3",
        b"1 2",
        b"**",
        b"a",
        b"1\n",
        b"4294967296",
        b"99999999999999999999",
        b"1:4294967296",
        b"$",
        b"+1",
        b"\xb9",
    ],
)
def test_what_is_no_set(raw: bytes) -> None:
    with pytest.raises(BadSyntax):
        NumSet.parse(raw)


@pytest.mark.parametrize(
    ("raw", "maximum", "resolved"),
    [
        (b"5:*", 9, [(5, 9)]),
        (b"5:*", 3, [(3, 5)]),  # RFC 9051 §9, seq-range: the order does not matter
        (b"*", 3, [(3, 3)]),
        (b"7:5", 9, [(5, 7)]),
        (b"1:3,2:6,8,7", 9, [(1, 8)]),
        (b"9,1", 9, [(1, 1), (9, 9)]),
        (b"1:*", 0, []),  # an empty mailbox
        (b"1:*,4", 0, [(4, 4)]),
        (b"1:4294967295", 2, [(1, MAX_NUMBER)]),
    ],
)
def test_resolve(raw: bytes, maximum: int, resolved: list[tuple[int, int]]) -> None:
    assert NumSet.parse(raw).resolve(maximum) == resolved


@given(SETS)
def test_sets_come_back(numset: NumSet) -> None:
    assert NumSet.parse(numset.encode()) == numset


@given(SETS, st.integers(1, MAX_NUMBER))
def test_resolved_ranges_are_sorted_and_apart(numset: NumSet, maximum: int) -> None:
    resolved = numset.resolve(maximum)
    assert all(low <= high for low, high in resolved)
    assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(resolved))
    ends = {number or maximum for pair in numset.ranges for number in pair}
    assert all(any(low <= end <= high for low, high in resolved) for end in ends)


@given(st.lists(st.integers(1, 60)))
def test_compact_holds_exactly_its_numbers(numbers: list[int]) -> None:
    numset = NumSet.of(numbers)
    held = [n for low, high in numset.resolve(1) for n in range(low, high + 1)]
    assert held == sorted(set(numbers))
    assert compact(numbers) == numset.encode()


@given(st.lists(st.integers(1, 12), unique=True))
def test_in_order_keeps_positions(numbers: list[int]) -> None:
    raw = compact_in_order(numbers)
    ranges = NumSet.parse(raw).ranges if raw else ()
    assert [n for low, high in ranges for n in range(low, high + 1)] == numbers


def test_compact_examples() -> None:
    assert compact([7, 3, 2, 1, 2]) == b"1:3,7"
    assert compact([]) == b""
    assert compact_in_order([5, 6, 2, 3, 9]) == b"5:6,2:3,9"


def test_a_hundred_thousand_numbers_take_no_time() -> None:
    with effort_below(2):  # some 30 ms; quadratic would be minutes
        assert compact(range(1, 100_001)) == b"1:100000"
        assert compact(range(1, 200_001, 2)).count(b",") == 99_999
