"""The canonical form of a record is deterministic and tells every two records apart."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.store.chain import FIELDS, canonical, chained, genesis

KEY = bytes(range(32))

# Computed with openssl dgst -sha256 -mac hmac.
GENESIS = "756bfd04bbd0910309f31d0a686439154de102f8d108e690b8354bb9e401d8d1"
FIRST = "a4a37802aa47bfa89c67fdcd6f1142dcb2d378f74ae2f3a085f44b21d1d38f19"

# What can stand in a row: no lone surrogates (they cannot be stored).
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
rows = st.fixed_dictionaries(
    dict.fromkeys(FIELDS, texts)
    | {
        "number": st.integers(1, 2**63 - 1),
        "at_us": st.integers(0, 2**63 - 1),
        "conversation": st.none() | st.integers(0, 2**31),
    }
)


def row(**changed):
    return dict.fromkeys(FIELDS, "") | {"number": 1, "at_us": 2, "conversation": None} | changed


def test_the_form_is_what_the_docstring_says():
    assert canonical(row(actor="花", detail='{"a": 1}')) == (
        b'[1,1,2,"","","\\u82b1","","","","",null,"","","","","{\\"a\\": 1}"]'
    )


def test_known_values():
    """If this fails, every log in the field stops verifying."""
    assert genesis(KEY).hex() == GENESIS
    assert chained(KEY, genesis(KEY), row(action="login", actor="anna")).hex() == FIRST


@given(rows)
def test_it_reads_back_as_the_row(one):
    values = json.loads(canonical(one))
    assert values == [1, *(one[name] for name in FIELDS)]


@given(rows, rows)
def test_two_rows_have_the_same_bytes_only_when_they_are_the_same(one, other):
    assert (canonical(one) == canonical(other)) == (one == other)


@given(rows, st.sampled_from(FIELDS), st.data())
def test_moving_text_between_neighbouring_columns_shows(one, name, data):
    place = FIELDS.index(name)
    after = FIELDS[(place + 1) % len(FIELDS)]
    if not isinstance(one[name], str) or not isinstance(one[after], str):
        return
    both = one[name] + one[after]
    cut = data.draw(st.integers(0, len(both)))
    other = one | {name: both[:cut], after: both[cut:]}
    assert (canonical(one) == canonical(other)) == (one == other)


@given(rows, st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_the_chain_depends_on_key_predecessor_and_row(one, previous, other):
    value = chained(KEY, previous, one)
    assert (chained(KEY, other, one) == value) == (other == previous)
    assert (chained(other, previous, one) == value) == (other == KEY)
    assert chained(KEY, previous, one | {"at_us": one["at_us"] + 1}) != value


@pytest.mark.parametrize("value", [b"bytes", float("nan"), object()])
def test_what_no_record_holds_is_an_error(value):
    with pytest.raises((TypeError, ValueError)):
        canonical(row(actor=value))
