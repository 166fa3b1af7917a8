"""Names that look the same are the same to whoever looks for a folder."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.alike_names import called_apart, looks, single_spaced


def test_white_space_of_any_width_is_one_space() -> None:
    assert single_spaced("\u3000佐藤\u3000\u3000花子 ") == "佐藤 花子"


def test_width_tells_no_two_people_apart_and_letters_do() -> None:
    assert looks("佐藤\u3000花子") == looks("佐藤 花子")
    assert looks("Ａｎｎａ") == looks("Anna")
    assert looks("ｻﾄｳ") == looks("サトウ")
    assert looks("anna") != looks("Anna") and looks("高橋") != looks("髙橋")


def test_the_first_keeps_the_name_and_later_ones_have_their_login_added() -> None:
    people = [("b", "Taro Suzuki"), ("a", "Taro\u3000Suzuki"), ("c", "Taro Suzuki (a)"), ("d", "x")]
    assert called_apart(people) == {
        "b": "Taro Suzuki",
        "a": "Taro\u3000Suzuki (a)",
        "c": "Taro Suzuki (a) (c)",
        "d": "x",
    }
    assert called_apart([("a", "1/2"), ("b", "1\u22152")])["b"] == "1\u22152 (b)"


@given(st.lists(st.sampled_from(["x", "ｘ", "x (a)", "x (a) (b)", "y", " y", "y (c)"]), max_size=6))
def test_no_two_are_called_what_looks_the_same(names: list[str]) -> None:
    called = called_apart(zip("abcdef", names, strict=False))
    assert len({looks(label) for label in called.values()}) == len(names)
