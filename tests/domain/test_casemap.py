"""i;unicode-casemap (RFC 5051)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.casemap import casemapped


def test_case_does_not_count() -> None:
    assert casemapped("Order no. 5") == casemapped("oRDER NO. 5")
    assert casemapped("ÄRGER") == casemapped("ärger")
    assert casemapped("ΑΘΗΝΑ") == casemapped("αθηνα")


def test_characters_are_taken_apart() -> None:
    assert casemapped("e\u0301") == casemapped("É")
    assert casemapped("Ａ") == "A"  # §2 takes the compatibility mappings too
    assert casemapped("ﾃｽﾄ") == casemapped("テスト")
    assert casemapped("ß") == "ß"


@given(st.text())
def test_the_order_is_that_of_the_octets(text: str) -> None:
    assert casemapped(text.upper() if text.isascii() else text) == casemapped(text)
    pair = sorted([casemapped(text), "M"])
    assert pair == sorted(pair, key=lambda one: one.encode("utf-8", "surrogatepass"))
