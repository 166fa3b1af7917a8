"""Patterns of LIST, against the standard library's regular expressions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.demo.folder_listing import matches


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*", "a/b", True),
        ("%", "a", True),
        ("%", "a/b", False),
        ("%/%", "a/b", True),
        ("a*c", "a/b/c", True),
        ("a%", "a", True),
        ("", "", True),
        ("a", "A", False),
    ],
)
def test_examples(pattern: str, name: str, expected: bool) -> None:
    assert matches(pattern, name) is expected


@given(st.text("ab/*%", max_size=8), st.text("ab/", max_size=10))
def test_as_a_regular_expression(pattern: str, name: str) -> None:
    as_regex = re.escape(pattern).replace(r"\*", ".*").replace("%", "[^/]*")
    assert matches(pattern, name) is (re.fullmatch(as_regex, name) is not None)


def test_many_wildcards_cost_little() -> None:
    assert not matches("*a" * 500 + "b", "a" * 500)
