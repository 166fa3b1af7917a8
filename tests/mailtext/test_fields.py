"""Fields as they stand: nothing lost, nothing joined that is apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.mailtext.fields import MAX_HEADER, Field, Header, fields, first, header_end, unfolded

RAW = (
    b"From: a@b\r\nSubject: one\r\n two\r\n\tthree\nX-Odd : y\r\nno colon\r\nfrom:c@d\r\n"
    b"\r\nTo: x\r\n"
)


def test_fields():
    found = fields(RAW)
    assert [field.name for field in found] == [b"FROM", b"SUBJECT", b"X-ODD", b"", b"FROM"]
    assert found[1] == Field(b"SUBJECT", b"Subject: one\r\n two\r\n\tthree\n")
    assert found[1].value == b"one two three"
    assert first(found, b"FROM") == b"a@b"
    assert first(found, b"TO") is None


def test_header():
    header = Header(RAW)
    assert header.first(b"FROM") == b"a@b"
    assert list(header.all(b"FROM")) == [b"a@b", b"c@d"]
    assert header.first(b"SUBJECT") == b"one two three"
    assert header.first(b"TO") == b""
    assert b"X-ODD" in header
    assert b"TO" not in header


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\nFrom: a", b"\r\nFrom: a\r\n"])
def test_nothing_before_the_blank_line(raw):
    assert fields(raw) == []
    assert b"FROM" not in Header(raw)


@pytest.mark.parametrize(
    ("raw", "end"),
    [(b"a: b\r\n\r\nx", 8), (b"a: b\n\nx", 6), (b"a: b\r\n", 6), (b"\r\nx", 2), (b"a\n\r\nb", 4)],
)
def test_header_end(raw, end):
    assert header_end(raw) == end


def test_of_an_endless_header_the_beginning_is_read():
    header = Header(b"X: y\r\n" * (MAX_HEADER // 6 + 1) + b"From: a@b\r\n")
    assert b"X" in header
    assert b"FROM" not in header


def test_unfolded():
    assert unfolded(b" a\r\n b\n\tc  \r\n") == b"a b c"


def test_a_colon_in_the_second_line_is_none():
    assert [field.name for field in fields(b"From\r\n : a@b\r\nTo: x\r\n")] == [b"", b"TO"]


PIECES = st.sampled_from([b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"a", b"From", b"\0", b"\xff"])


@given(st.lists(PIECES, max_size=40).map(b"".join))
def test_both_readers_agree_and_lose_nothing(raw):
    end = header_end(raw)
    found = fields(raw[:end])
    joined = b"".join(field.raw for field in found)
    assert raw[:end].startswith(joined)
    assert raw[len(joined) : end] in (b"", b"\n", b"\r\n")
    header = Header(raw)
    for field in found:
        if field.name:
            assert field.value in list(header.all(field.name))
