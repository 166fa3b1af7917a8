"""Bounds on keywords: counted without regard to case, and only where something is added."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain import keywords as k
from proxyd.domain.errors import CannotDo


def test_system_flags_are_no_keywords() -> None:
    assert k.keywords_in([*k.SYSTEM, "Work", "WORK"]) == {"work"}


def test_a_mail_that_has_too_many_already_can_lose_some() -> None:
    many = [f"k{number}" for number in range(k.PER_MESSAGE + 50)]
    k.check_message(many, (), many[:1])
    k.check_message(many, k.SYSTEM)
    with pytest.raises(CannotDo):
        k.check_message(many, ["new"], many[:1])
    k.check_message(many, ["new"], many[:60])


def test_a_folder_that_has_too_many_already_takes_the_known_ones() -> None:
    many = {f"k{number}" for number in range(k.PER_FOLDER + 50)}
    k.check_folder(many, ["K1", "\\Seen"])
    with pytest.raises(CannotDo):
        k.check_folder(many, ["new"])


@given(st.lists(st.text("abc", min_size=1, max_size=6_000), max_size=20))
def test_parts_are_all_of_it_in_order_and_fit(flags: list[str]) -> None:
    parts = list(k.in_parts(flags))
    assert [flag for part in parts for flag in part] == flags
    assert all(len(part) == 1 or len(" ".join(part)) <= k.ASKED_OCTETS for part in parts)
