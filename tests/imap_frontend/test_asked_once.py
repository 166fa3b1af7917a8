"""Attributes that the provider could not tell apart: asked once, and each gets what it asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imap_frontend.asked_once import AskedOnce, beginning
from proxyd.domain.types import BytesBlob
from proxyd.imapwire.fetch_attribute import FetchAttribute, read_attribute
from proxyd.imapwire.frame import Frame
from proxyd.imapwire.tokens import Cursor


def attribute(text: bytes) -> FetchAttribute:
    return read_attribute(Cursor(Frame((text,))))


@pytest.mark.parametrize(
    ("asked", "asks", "cuts"),
    [
        ([b"BODY[]", b"BODY.PEEK[]", b"RFC822"], [b"BODY.PEEK[]"], [None, None, None]),
        ([b"BODY[]<0.5>", b"BODY.PEEK[]<0.9>"], [b"BODY.PEEK[]<0.9>"], [5, None]),
        ([b"BINARY[1]<2.9>", b"BINARY[1]<2.5>"], [b"BINARY.PEEK[1]<2.9>"], [None, 5]),
        (
            [b"BODY[1]<0.5>", b"BODY[1]<1.5>", b"BODY[1]"],
            [b"BODY.PEEK[1]<0.5>", b"BODY.PEEK[1]<1.5>", b"BODY.PEEK[1]"],
            [None, None, None],
        ),
        (
            [b"BODY[HEADER.FIELDS (A B)]", b"BODY.PEEK[HEADER.FIELDS (b a)]"],
            [b"BODY.PEEK[HEADER.FIELDS (A B)]"],
            [None, None],
        ),
        (
            [b"BODY[HEADER.FIELDS (A B)]<0.4>", b"BODY[HEADER.FIELDS (B A A)]<0.2>"],
            [b"BODY.PEEK[HEADER.FIELDS (A B)]<0.4>"],
            [None, 2],
        ),
    ],
)
def test_what_has_one_name_is_asked_once(
    asked: list[bytes], asks: list[bytes], cuts: list[int | None]
) -> None:
    attributes = list(map(attribute, asked))
    once = AskedOnce(attributes)
    assert once.asks == asks
    assert list(map(once.maybe_cut, attributes)) == cuts


@pytest.mark.parametrize(
    ("value", "cut"),
    [
        (b"{5}\r\nhello", b"{3}\r\nhel"),
        (b'"hello"', b"{3}\r\nhel"),
        (b'"h\\"llo"', b'{3}\r\nh"l'),
        (b"{2}\r\nhe", b"{2}\r\nhe"),
        (b'""', b'""'),
        (b"~{4}\r\na\0bc", b"~{3}\r\na\0b"),
        (b"~{4}\r\nabc\0", b"{3}\r\nabc"),
        (b"NIL", b"NIL"),
        (b"1234", b"1234"),
    ],
)
def test_the_beginning_of_a_string(value: bytes, cut: bytes) -> None:
    assert beginning(value, 3) == cut


@given(st.binary(max_size=200_000), st.integers(1, 300_000))
def test_the_beginning_of_a_blob(octets: bytes, most: int) -> None:
    blob = beginning(BytesBlob(octets), most)
    assert not isinstance(blob, bytes)
    assert blob.size == min(len(octets), most)
    assert b"".join(blob.chunks()) == octets[:most]
