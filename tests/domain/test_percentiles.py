"""Percentiles, beside those of the standard library."""

from __future__ import annotations

import statistics
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.percentiles import percentile

VALUES = st.lists(st.integers(0, 10**13), min_size=2).map(sorted)


def test_of_few() -> None:
    assert percentile([], 50) is None
    assert percentile([7], 50) == percentile([7], 90) == 7
    assert percentile([1, 2, 10], 50) == 2
    assert percentile([10, 20], 50) == 15 and percentile([10, 20], 90) == 19
    assert percentile([1, 9], 0) == 1 and percentile([1, 9], 100) == 9


@given(VALUES)
def test_as_spreadsheets_have_it(values: list[int]) -> None:
    exact = statistics.quantiles(map(Fraction, values), n=100, method="inclusive")
    for percent in (1, 50, 90, 99):
        assert percentile(values, percent) == exact[percent - 1].__floor__()
    assert percentile(values, 50) == statistics.median(map(Fraction, values)).__floor__()
