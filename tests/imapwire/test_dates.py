"""RFC 9051 §9: date-time and date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire.dates import encode_date, parse_date, parse_internaldate
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        (b'"17-Jul-1996 02:44:25 -0700"', "17-Jul-1996 02:44:25 -0700"),
        (b'" 7-JUL-1996 02:44:25 +0900"', "07-Jul-1996 02:44:25 +0900"),
        (b"07-jul-1996 02:44:25 +0000", "07-Jul-1996 02:44:25 +0000"),
        (b'"29-Feb-2024 23:59:60 +1400"', "29-Feb-2024 23:59:59 +1400"),
        (b'"01-Jan-0001 00:00:00 -0000"', "01-Jan-0001 00:00:00 -0000"),
    ],
)
def test_internaldate(raw: bytes, canonical: str) -> None:
    assert parse_internaldate(raw) == canonical
    assert len(canonical) == 26
    assert parse_internaldate(canonical.encode()) == canonical


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b'"',
        b'"17-Jul-1996 02:44:25 -0700',
        b'"7-Jul-1996 02:44:25 -0700"',
        b'"17-Jul-96 02:44:25 -0700"',
        b'"17-Jux-1996 02:44:25 -0700"',
        b'"30-Feb-1996 02:44:25 -0700"',
        b'"00-Feb-1996 02:44:25 -0700"',
        b'"01-Feb-0000 02:44:25 -0700"',
        b'"17-Jul-1996 24:00:00 -0700"',
        b'"17-Jul-1996 02:60:25 -0700"',
        b'"17-Jul-1996 02:44:61 -0700"',
        b'"17-Jul-1996 02:44:25 -2400"',
        b'"17-Jul-1996 02:44:25 -0760"',
        b'"17-Jul-1996 02:44:25 GMT"',
        b'"17-Jul-1996 02:44:25"',
        b'"17-Jul-1996  02:44:25 -0700"',
        b'"17-Jul-1996 02:44:25 -0700"\n',
    ],
)
def test_no_internaldate(raw: bytes) -> None:
    with pytest.raises(BadSyntax):
        parse_internaldate(raw)


@pytest.mark.parametrize("raw", [b"1-Feb-1994", b'"1-Feb-1994"', b"01-FEB-1994", b'"01-feb-1994"'])
def test_date(raw: bytes) -> None:
    assert parse_date(raw) == date(1994, 2, 1)


@pytest.mark.parametrize(
    "raw", [b"", b"1-Feb-94", b"30-Feb-1994", b"1-2-1994", b"001-Feb-1994", b'"1-Feb-1994', b"NIL"]
)
def test_no_date(raw: bytes) -> None:
    with pytest.raises(BadSyntax):
        parse_date(raw)


@given(st.dates())
def test_dates_come_back(day: date) -> None:
    assert parse_date(encode_date(day)) == day
