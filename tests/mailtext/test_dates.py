"""RFC 5256 §2.2: the Date header in UTC; what is invalid costs as little as possible."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.mailtext.dates import sent_us


def at(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"Mon, 01 Jan 2001 00:00:01 -0800", at(2001, 1, 1, 8, 0, 1)),
        (b" Wed, 17 Jul 1996 02:23:25 +0900 (JST)", at(1996, 7, 16, 17, 23, 25)),
        (b"17 Jul 1996 02:23 GMT", at(1996, 7, 17, 2, 23)),
        (b"17 Jul 1996 02:23:25 EST", at(1996, 7, 17, 7, 23, 25)),
        (b"17 Jul 1996 02:23:25 XYZ", at(1996, 7, 17, 2, 23, 25)),
        (b"17 Jul 1996 02:23:25 +9999", at(1996, 7, 17, 2, 23, 25)),
        (b"17 Jul 1996 02:23:25", at(1996, 7, 17, 2, 23, 25)),
        (b"17 Jul 1996 25:23:25 +0900", at(1996, 7, 17)),
        (b"17 Jul 1996", at(1996, 7, 17)),
        (b"17 Jul 96 02:23:25 Z", at(1996, 7, 17, 2, 23, 25)),
        (b"17 Jul 04 02:23:25 +0000", at(2004, 7, 17, 2, 23, 25)),
        (b"17 July 2004 02:23:60 +0000", at(2004, 7, 17, 2, 24)),
        (b"Wed,17-JUL-2004 02:23:25 +0000", at(2004, 7, 17, 2, 23, 25)),
        (b"Wed (a day), 17 Jul\r\n 2004 02:23:25 +0000", at(2004, 7, 17, 2, 23, 25)),
        (b"1 Jan 1901 00:00:00 +0000", at(1901, 1, 1)),
        (b"31 Feb 2004 02:23:25 +0000", None),
        (b"17 Foo 2004 02:23:25 +0000", None),
        (b"2004-07-17T02:23:25Z", None),
        (b"", None),
        (b"\xff\xfe", None),
        (b"17 Jul 0000 00:00:00 +0000", None),
    ],
)
def test_dates_as_they_are_met(value: bytes, expected: int | None) -> None:
    assert sent_us(value) == expected


@given(st.binary(max_size=60) | st.text(alphabet="0123456789 :+-JanFeb,()", max_size=60))
def test_nothing_raises(value: bytes | str) -> None:
    sent_us(value if isinstance(value, bytes) else value.encode())
