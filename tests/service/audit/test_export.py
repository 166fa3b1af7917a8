"""Records as CSV and JSON lines (service/audit/export.py)."""

from __future__ import annotations

import csv
import io
import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.ports.access_log import StoredRecord
from proxyd.domain.spreadsheet import MARK
from proxyd.domain.types import LogRecord, Origin
from proxyd.domain.visible import UNSEEN, shown
from proxyd.service.audit.export import COLUMNS, FileKind, head_of, iso_time, lines_of, text_of

ONE = StoredRecord(
    7,
    1_750_000_000_000_001,
    LogRecord(
        "open",
        "ok",
        "anna",
        "サポート",
        'a "b", c',
        "1@example.test",
        "ab12",
        3,
        Origin("imap", "192.0.2.7", "Thunderbird 140", "s1"),
        {"uids": "1:4"},
    ),
    b"\x01\xff",
)


TOKYO = ZoneInfo("Asia/Tokyo")


def jsonl(*records):
    return head_of(FileKind.JSONL) + text_of(records, FileKind.JSONL, TOKYO)


def as_csv(*records):
    return head_of(FileKind.CSV) + text_of(records, FileKind.CSV, TOKYO)


def rows_of(text):
    """As a spreadsheet reads it, without the mark at its beginning."""
    assert text.startswith(MARK)
    return list(csv.DictReader(io.StringIO(text.removeprefix(MARK), newline="")))


def with_client(client):
    return StoredRecord(1, 0, LogRecord("open", origin=Origin("imap", client=client)), b"")


def test_jsonl():
    (line,) = jsonl(ONE).splitlines()
    assert json.loads(line) == {
        "number": 7,
        "at": "2025-06-15T15:06:40.000001Z",
        "at_local": "2025-06-16T00:06:40+09:00",
        "action": "open",
        "outcome": "ok",
        "actor": "anna",
        "mailbox": "サポート",
        "view": 'a "b", c',
        "message_id": "1@example.test",
        "subject_digest": "ab12",
        "conversation": 3,
        "door": "imap",
        "address": "192.0.2.7",
        "client": "Thunderbird 140",
        "session": "s1",
        "detail": {"uids": "1:4"},
        "chain": "01ff",
    }
    assert list(json.loads(line)) == list(COLUMNS)


def test_csv():
    rows = rows_of(as_csv(ONE, ONE))
    assert len(rows) == 2 and tuple(rows[0]) == COLUMNS
    assert rows[0]["view"] == 'a "b", c'
    assert (rows[0]["number"], rows[0]["conversation"]) == ("7", "3")
    assert rows[0]["detail"] == '{"uids": "1:4"}'


def test_nothing():
    assert jsonl() == ""
    assert as_csv() == MARK + ",".join(COLUMNS) + "\r\n"


@pytest.mark.parametrize("kind", FileKind)
async def test_piece_by_piece_it_is_the_same(kind):
    async def each():
        for _ in range(3):
            yield ONE

    pieces = [piece async for piece in lines_of(each(), kind, TOKYO)]
    assert "".join(pieces) == head_of(kind) + text_of([ONE] * 3, kind, TOKYO)


@pytest.mark.parametrize(
    "client", ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(1)", " =1", "=HYPERLINK()"]
)
def test_no_cell_of_a_csv_is_a_formula(client):
    (row,) = rows_of(as_csv(with_client(client)))
    assert row["client"] == "'" + client


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_client_name_is_one_cell_that_is_no_formula(client):
    (row,) = rows_of(as_csv(with_client(client)))
    assert tuple(row) == COLUMNS
    assert row["client"].removeprefix("'") == shown(client).removeprefix("'")
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


@given(st.text(max_size=30))
def test_what_is_not_seen_is_written_so_that_it_is(client):
    """Line breaks, text from right to left: as an escape, and never as it works."""
    text = jsonl(with_client(client)) + as_csv(with_client(client)).removeprefix(MARK)
    assert not UNSEEN.search(text.replace("\r\n", "").replace("\n", ""))
    assert json.loads(text.splitlines()[0])["client"] == client


@given(st.integers(0, 4_000_000_000_000_000))
def test_times_sort_as_they_are(at_us):
    assert iso_time(at_us) < iso_time(at_us + 1)
    assert len(iso_time(at_us)) == 27
