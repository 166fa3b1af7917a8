"""What strangers write stays on its line."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.one_line import MOST, one_line

TURNS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def encoded(text: str) -> bytes:
    return b"=?utf-8?B?" + base64.b64encode(text.encode()) + b"?="


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"Order 12", "Order 12"),
        (encoded("見積もりの件"), "見積もりの件"),
        (encoded("a\r\n- since Mon 1 Jan 9:00: b"), "a - since Mon 1 Jan 9:00: b"),
        (encoded("gnp\u202e.exe\u2066\u200f"), "gnp.exe"),
        (encoded("a\u2028b\u2029c\x00d\x85e\u3000f"), "a b c d e f"),
        (encoded("soft\u00adly\u200b\ufeff\U000e0041"), "softly"),
        ("生の8ビット".encode(), "生の8ビット"),
        (b"", ""),
        (b"=?utf-8?B?????", "=?utf-8?B?????"),
        (b"x" * 500, "x" * 99 + "…"),
    ],
)
def test_it_is_one_line(raw: bytes, shown: str) -> None:
    assert one_line(raw) == shown


@given(st.binary() | st.text().map(encoded))
def test_of_anything(raw: bytes) -> None:
    line = one_line(raw)
    assert len(line) <= MOST
    assert len(line.splitlines()) <= 1
    assert not set(line) & TURNS
    line.encode("utf-8")  # no halves of pairs
