"""Records as CSV and JSON lines (service/audit/export.py)."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.ports.access_log import StoredRecord
from proxyd.domain.types import LogRecord, Origin
from proxyd.service.audit.export import COLUMNS, as_csv, as_jsonl, iso_time

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


async def each(*records):
    for record in records:
        yield record


async def text_of(lines):
    return "".join([line async for line in lines])


def with_client(client):
    return StoredRecord(1, 0, LogRecord("open", origin=Origin("imap", client=client)), b"")


async def test_jsonl():
    (line,) = (await text_of(as_jsonl(each(ONE)))).splitlines()
    assert json.loads(line) == {
        "number": 7,
        "at": "2025-06-15T15:06:40.000001Z",
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


async def test_csv():
    rows = list(csv.DictReader(io.StringIO(await text_of(as_csv(each(ONE, ONE))))))
    assert len(rows) == 2 and tuple(rows[0]) == COLUMNS
    assert rows[0]["view"] == 'a "b", c'
    assert (rows[0]["number"], rows[0]["conversation"]) == ("7", "3")
    assert rows[0]["detail"] == '{"uids": "1:4"}'


async def test_nothing():
    assert await text_of(as_jsonl(each())) == ""
    assert await text_of(as_csv(each())) == ",".join(COLUMNS) + "\r\n"


@pytest.mark.parametrize(
    "client", ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(1)", "\t=1", "\r=1", "=HYPERLINK()"]
)
async def test_no_cell_of_a_csv_is_a_formula(client):
    (row,) = csv.DictReader(io.StringIO(await text_of(as_csv(each(with_client(client))))))
    assert row["client"] == "'" + client


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
async def test_any_client_name_is_one_cell_that_is_no_formula(client):
    text = await text_of(as_csv(each(with_client(client))))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == 2 and len(rows[1]) == len(COLUMNS)
    assert rows[1][COLUMNS.index("client")].removeprefix("'") == client.removeprefix("'")
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in rows[1])


@given(st.integers(0, 4_000_000_000_000_000))
def test_times_sort_as_they_are(at_us):
    assert iso_time(at_us) < iso_time(at_us + 1)
    assert len(iso_time(at_us)) == 27
