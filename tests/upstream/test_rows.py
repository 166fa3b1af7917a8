"""Rows of the port from a server's responses: COPYUID, APPENDUID, and what lies."""

from __future__ import annotations

import errno

import pytest

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.internal_date import NO_DATE, internal_date_us
from proxyd.domain.ports.upstream_rows import CopyMap
from proxyd.imapwire.decode import decode
from proxyd.imapwire.response import Fetch, Status
from proxyd.upstream import rows
from proxyd.upstream.spool import FileBlob, Spool


def status(line: bytes) -> Status:
    value = decode(line)
    assert isinstance(value, Status)
    return value


@pytest.mark.parametrize(
    ("lines", "uids"),
    [
        ([b"* OK [COPYUID 9 304,319:320 3956:3958] x"], {304: 3956, 319: 3957, 320: 3958}),
        ([b"p OK [COPYUID 9 5:4 7:8] x"], {4: 7, 5: 8}),
        ([b"* OK [COPYUID 9 1 2] x", b"p OK [COPYUID 9 3 4] x"], {1: 2, 3: 4}),
        ([b"* OK x"], None),
        ([b"* OK [COPYUID 9 1:2 5] x"], None),
        ([b"* OK [COPYUID 9 1:4294967295 1:4294967295] x"], None),
        ([b"* OK [COPYUID 9 * 1] x"], None),
        ([b"* OK [COPYUID 9 1] x"], None),
        ([b"* OK [COPYUID x 1 1] x"], None),
        ([b"* OK [COPYUID] x"], None),
    ],
)
def test_copyuid(lines: list[bytes], uids: dict[int, int] | None) -> None:
    expected = CopyMap(9, uids) if uids is not None else None
    assert rows.copy_map([status(line) for line in lines], 3) == expected


@pytest.mark.parametrize(
    ("line", "count", "expected"),
    [
        (b"p OK [APPENDUID 38505 3955] x", 1, (38505, [3955])),
        (b"p OK [APPENDUID 38505 3955:3956] x", 1, None),
        (b"p OK [APPENDUID 38505 3955:3957] x", 3, (38505, [3955, 3956, 3957])),
        (b"p OK [APPENDUID 38505 7,9:10] x", 3, (38505, [7, 9, 10])),
        (b"p OK [APPENDUID 38505 7,9:10] x", 4, None),
        (b"p OK [APPENDUID 38505 1:4294967295] x", 3, None),
        (b"p OK [APPENDUID 38505 *] x", 1, None),
        (b"p OK [APPENDUID 38505 x] x", 1, None),
        (b"p OK [APPENDUID x 1] x", 1, None),
        (b"p OK [APPENDUID 38505] x", 1, None),
        (b"p OK [COPYUID 38505 1] x", 1, None),
        (b"p OK x", 1, None),
    ],
)
def test_appenduid(line: bytes, count: int, expected: tuple[int, list[int]] | None) -> None:
    assert rows.append_uids(status(line), count) == expected


def test_flags_are_those_told_last() -> None:
    told = [
        Fetch(1, {b"UID": b"5", b"FLAGS": b"()"}),
        Fetch(2, {b"UID": b"6", b"FLAGS": b"(\\Seen)"}),
        Fetch(3, {b"FLAGS": b"(\\Draft)"}),
        Fetch(1, {b"UID": b"5", b"FLAGS": b"(\\Recent \\Flagged)"}),
    ]
    assert [(row.uid, row.flags) for row in rows.flag_rows(told)] == [
        (5, ("\\Flagged",)),
        (6, ("\\Seen",)),
    ]


def test_header_of_absurd_length_is_cut() -> None:
    spool = Spool()
    for _ in range(8):
        spool.write(b"X" * 100_000)
    told = Fetch(
        1,
        {
            b"UID": b"5",
            b"FLAGS": b"()",
            b"RFC822.SIZE": b"10",
            b"INTERNALDATE": b'"x"',
            b"BODY[HEADER.FIELDS (FROM)]": spool.finish(),
        },
    )
    (row,) = rows.header_rows([told], [5])
    assert len(row.header) == rows.HEADER_OCTETS


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (b'"17-Jul-1996 02:44:25 -0700"', "17-Jul-1996 02:44:25 -0700"),
        (b'"7-Jul-1996 02:44:25 -0700"', " 7-Jul-1996 02:44:25 -0700"),
        (b'"31-Dec-2016 23:59:60 +0000"', "31-Dec-2016 23:59:59 +0000"),
        (b'"31-Feb-2026 25:61"', NO_DATE),
        (b'"31-Feb-2026 10:00:00 +0000"', NO_DATE),
        (b'"01-Jan-0000 00:00:00 +0000"', NO_DATE),
        (b'""', NO_DATE),
        (b"NIL", NO_DATE),
    ],
)
def test_a_date_is_one_that_a_calendar_has(told: bytes, read: str) -> None:
    row = rows.basic_row(5, {b"INTERNALDATE": told})
    assert row.internal_date == read
    assert (internal_date_us(read) == 0) is (read == NO_DATE)


def test_rows_that_lack_something_are_left_out() -> None:
    assert rows.header_rows([Fetch(1, {b"UID": b"5", b"FLAGS": b"()"})], [5]) == []
    assert rows.content_rows([Fetch(1, {b"UID": b"5", b"FLAGS": b"()"})], [5], [b"BODY[]"]) == []


def test_what_was_asked_is_kept() -> None:
    told = [Fetch(1, {b"UID": b"5", b"FLAGS": b"()", b"MODSEQ": b"(1)", b"X": b"1"})]
    (row,) = rows.content_rows(told, [5], [b"flags", b"x"])
    assert row.values == {b"FLAGS": b"()", b"X": b"1"}


def test_no_room_for_a_big_one_is_unavailable() -> None:
    blob = FileBlob(None, 10, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(UpstreamUnavailable, match="No space left"):
        rows.content_rows([Fetch(1, {b"UID": b"5", b"BODY[]": blob})], [5], [b"BODY.PEEK[]"])
