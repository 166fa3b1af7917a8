"""What goes into the log is visible, storable and bounded, whatever a client sends."""

from __future__ import annotations

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from proxyd.store.log_text import (
    CLIENT_LIMIT,
    DETAIL_ITEMS,
    DETAIL_LIMIT,
    TEXT_LIMIT,
    detail_text,
    visible,
)

anything = st.text(st.characters(codec=None), max_size=50)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | anything | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(anything, inner, max_size=4)
        | st.tuples(inner)
    ),
    max_leaves=8,
)


def test_what_is_seen_stays():
    for text in (
        "",
        "佐藤花子",
        "\\Seen $status-done",
        "a@b.test",
        "👩‍💻".replace("\u200d", ""),
        "é",
    ):
        assert visible(text) == text


def test_every_control_and_direction_character_is_escaped():
    escaped = {chr(c) for c in range(0x110000) if visible(chr(c)) != chr(c)}
    for char in map(chr, range(0x110000)):
        if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}:
            assert char in escaped, hex(ord(char))
        if unicodedata.bidirectional(char) in {"LRE", "RLE", "LRO", "RLO", "PDF"}:
            assert char in escaped, hex(ord(char))
        if unicodedata.bidirectional(char) in {"LRI", "RLI", "FSI", "PDI"}:
            assert char in escaped, hex(ord(char))
    assert not {c for c in escaped if unicodedata.category(c)[0] in "LMNPS"}


@given(st.text(st.characters(codec=None), max_size=3 * CLIENT_LIMIT))
def test_any_text_can_be_stored_and_is_bounded(text):
    shown = visible(text, CLIENT_LIMIT)
    shown.encode()
    assert len(shown) <= CLIENT_LIMIT
    assert shown.isprintable() or not any(c < " " for c in shown)


def test_what_is_cut_says_so():
    assert visible("x" * TEXT_LIMIT) == "x" * TEXT_LIMIT
    assert visible("x" * (TEXT_LIMIT + 1)) == "x" * (TEXT_LIMIT - 1) + "…"
    assert visible("\n" * TEXT_LIMIT).endswith("…")


@given(st.dictionaries(anything, values, max_size=5))
def test_any_detail_becomes_a_bounded_json_object(detail):
    text = detail_text(detail)
    text.encode()
    assert isinstance(json.loads(text), dict)
    assert len(text) <= 2 * DETAIL_LIMIT
    assert text == detail_text(dict(reversed(detail.items()))) or len(detail) != len(
        json.loads(text)
    )


def test_big_details_are_cut():
    assert len(json.loads(detail_text({"uids": list(range(10_000))}))["uids"]) == DETAIL_ITEMS
    long = {str(number): "x" * 900 for number in range(20)}
    assert json.loads(detail_text(long))["cut"].endswith("…")


def test_depth_is_bounded():
    detail: dict[str, object] = {}
    inner = detail
    for _ in range(10_000):
        inner["a"] = inner = {}
    assert isinstance(json.loads(detail_text(detail)), dict)


def test_sets_have_an_order():
    assert detail_text({"flags": {"b", "a"}}) == '{"flags": ["a", "b"]}'
