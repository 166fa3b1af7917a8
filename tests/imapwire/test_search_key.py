"""A key about the text of a message has a wire form, which is read as the same key."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire.frame import Frame
from proxyd.imapwire.framer import CommandFramer
from proxyd.imapwire.search_key import KText, SearchKey
from proxyd.imapwire.search_program import read_program
from proxyd.imapwire.tokens import Cursor


def read(text: bytes, charset: str | None = None) -> SearchKey:
    framer = CommandFramer()
    framer.authenticated = True
    framer.feed(text + b"\r\n")
    frame = framer.next()
    assert isinstance(frame, Frame)
    cursor = Cursor(frame)
    key = read_program(cursor, charset)
    cursor.eol()
    return key


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        (b"from anna", b'FROM "anna"'),
        (b'TEXT "a \\"b\\""', b'TEXT "a \\"b\\""'),
        (b"SUBJECT {6+}\r\n\xe6\x97\xa5\xe6\x9c\xac", b"SUBJECT {6+}\r\n\xe6\x97\xa5\xe6\x9c\xac"),
        (b"BODY {2+}\r\n\r\n", b"BODY {2+}\r\n\r\n"),
        (b'header "X-Y" v', b'HEADER X-Y "v"'),
        (b'HEADER "(a)" {1+}\r\n\xff', b'HEADER "(a)" {1+}\r\n\xff'),
        (b'SENTON "01-feb-1994"', b"SENTON 1-Feb-1994"),
    ],
)
def test_text_keys_have_a_wire_form(text: bytes, wire: bytes) -> None:
    key = read(text, "X-ANY")  # whose octets are not looked at
    assert isinstance(key, KText)
    assert key.key == wire


@given(
    st.sampled_from(["BCC", "BODY", "CC", "FROM", "SUBJECT", "TEXT", "TO", "HEADER"]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=40),
    st.from_regex(rb"[!-~]{1,20}", fullmatch=True),
)
def test_text_keys_come_back(name: str, argument: str, header: bytes) -> None:
    key = KText(name, argument.encode(), header if name == "HEADER" else None)
    assert read(key.key, "UTF-8") == key


@given(st.dates(), st.sampled_from(["SENTBEFORE", "SENTON", "SENTSINCE"]))
def test_dates_come_back(day: date, name: str) -> None:
    key = read(f"{name} {day.day}-{day:%b}-{day.year:04}".encode())
    assert isinstance(key, KText)
    assert read(key.key) == key
