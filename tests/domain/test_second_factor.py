"""Codes as they are typed, and the pauses between tries (domain/second_factor.py)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.second_factor import (
    FREE_TRIES,
    LONGEST_PAUSE_S,
    as_code,
    as_recovery_code,
    pause_s,
    shown_recovery_code,
)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("123456", "123456"),
        (" 123 456\n", "123456"),
        ("123-456", "123456"),
        ("１２３４５６", "123456"),  # an input method's digits
        ("12345", ""),
        ("1234567", ""),
        ("12345a", ""),
        ("12345²", ""),
        ("", ""),
        ("123456" + " " * 100, ""),
    ],
)
def test_codes_of_an_app(typed, code):
    assert as_code(typed) == code


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=24, max_size=24))
def test_a_recovery_code_is_read_as_it_was_shown(code):
    shown = shown_recovery_code(code)
    assert len(shown) == 29
    for typed in (shown, shown.lower(), code, f" {shown.replace('-', ' ')} "):
        assert as_recovery_code(typed) == code


@given(st.text(max_size=80))
def test_whatever_is_typed_is_one_kind_of_code_at_the_most(typed):
    assert not (as_code(typed) and as_recovery_code(typed))


def test_pauses_grow_and_end():
    pauses = [pause_s(failures) for failures in range(5000)]
    assert pauses[:FREE_TRIES] == [0] * FREE_TRIES
    assert pauses[FREE_TRIES : FREE_TRIES + 6] == [30, 60, 120, 240, 480, 900]
    assert pauses == sorted(pauses) and pauses[-1] == LONGEST_PAUSE_S
