"""Where lines end (admin/client_setup/line_wrapping.py)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.client_setup.line_wrapping import wrapped


def columns(text: str) -> float:
    """As on a terminal: a Japanese character takes two."""
    return sum(1 if character.isascii() else 2 for character in text)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 9, [""]),
        ("one two three", 9, ["one two", "three"]),
        ("one  two", 4, ["one", "two"]),
        ("abcdefghij kl", 4, ["abcd", "efgh", "ij", "kl"]),
        ("設定が完了です。", 14, ["設定が完了で", "す。"]),  # no line begins with 。
        ("次へ「設定」です", 6, ["次へ", "「設", "定」で", "す"]),
        ("宛先をnote@xにする", 12, ["宛先をnote@x", "にする"]),
        ("宛先をnote@xにする", 11, ["宛先を", "note@xにす", "る"]),
        ("あ", 1, ["あ"]),
    ],
)
def test_lines(text: str, width: float, lines: list[str]) -> None:
    assert wrapped(text, width, columns) == lines


@given(st.text("aあ。「」、 (-)\u0301é", max_size=40), st.integers(2, 20))
def test_nothing_is_lost_and_nothing_is_wider(text: str, width: int) -> None:
    lines = wrapped(text, width, columns)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(columns(line) <= width for line in lines)
