"""Values with parameters, well and badly written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.mailtext.parameters import valued


@pytest.mark.parametrize(
    ("text", "value", "parameters"),
    [
        (b"text/plain", b"text/plain", ()),
        (b'text/plain; charset="utf-8"', b"text/plain", ((b"charset", b"utf-8"),)),
        (
            b"text / plain;Charset=x (a (b) c);n=1",
            b"text/plain",
            ((b"Charset", b"x"), (b"n", b"1")),
        ),
        (b'a/b; n="x\\"y; z"', b"a/b", ((b"n", b'x"y; z'),)),
        (b"a/b; ; =x; charset; n=", b"a/b", ((b"n", b""),)),
        (b'a/b; n="unclosed', b"a/b", ((b"n", b"unclosed"),)),
        (b"", b"", ()),
    ],
)
def test_valued(text, value, parameters):
    found = valued(text)
    assert (found.value, found.parameters) == (value, parameters)


def test_a_parameter_by_any_case():
    assert valued(b"a/b; BOUNDARY=x; boundary=y").parameter(b"Boundary") == b"x"
    assert valued(b"a/b").parameter(b"x") is None


@given(st.binary(max_size=80) | st.text(alphabet='a/;="\\() ', max_size=60).map(str.encode))
def test_any_octets(text):
    valued(text)
