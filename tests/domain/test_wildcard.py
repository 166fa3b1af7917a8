"""Stars in patterns, against the regular expression that says the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.wildcard import like
from tests.effort import effort_below

FEW = st.text("ab*", max_size=12)


@given(st.text("ab", max_size=12), FEW)
def test_it_is_what_a_regular_expression_says(text: str, pattern: str) -> None:
    said = ".*".join(map(re.escape, pattern.split("*")))
    assert like(text, pattern) is (re.fullmatch(said, text) is not None)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*a" * 100 + "*b", "a" * 4096),  # years, where a star is tried again at each place
        ("*" * 250 + "b", "a" * 4096),
        ("*ab" * 80 + "*c", "ab" * 2048),
    ],
)
def test_no_text_takes_longer_than_its_length(pattern: str, text: str) -> None:
    with effort_below(0.5):
        for _ in range(100):
            assert not like(text, pattern)
