"""Records of the access log as text, for a file: CSV or JSON lines. Pure.

Times are UTC, ISO 8601, with microseconds, so that they sort; and once more as the clock on the
wall showed them. In CSV no value is a formula: clients choose many of these values. What is not
seen is written as an escape, also where somebody changed a record by hand.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from proxyd.domain.ports.access_log import StoredRecord
from proxyd.domain.spreadsheet import MARK, harmless
from proxyd.domain.visible import UNSEEN, shown

COLUMNS = (
    "number",
    "at",
    "at_local",
    "action",
    "outcome",
    "actor",
    "mailbox",
    "view",
    "message_id",
    "subject_digest",
    "conversation",
    "door",
    "address",
    "client",
    "session",
    "detail",
    "chain",
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FileKind(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


def iso_time(at_us: int) -> str:
    """Exact to the microsecond: a float would round."""
    at = _EPOCH + timedelta(microseconds=at_us)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def local_iso_time(at_us: int, zone: tzinfo) -> str:
    at = (_EPOCH + timedelta(microseconds=at_us)).astimezone(zone)
    return at.isoformat(timespec="seconds")


def as_values(stored: StoredRecord, zone: tzinfo) -> dict[str, object]:
    record, origin = stored.record, stored.record.origin
    return {
        "number": stored.number,
        "at": iso_time(stored.at_us),
        "at_local": local_iso_time(stored.at_us, zone),
        "action": record.action,
        "outcome": record.outcome,
        "actor": record.actor,
        "mailbox": record.mailbox,
        "view": record.view,
        "message_id": record.message_id,
        "subject_digest": record.subject_digest,
        "conversation": record.conversation,
        "door": origin.door,
        "address": origin.address,
        "client": origin.client,
        "session": origin.session,
        "detail": dict(record.detail),
        "chain": stored.chain.hex(),
    }


def head_of(kind: FileKind) -> str:
    """What the file begins with."""
    if kind is FileKind.JSONL:
        return ""
    line = io.StringIO()
    csv.writer(line).writerow(COLUMNS)
    return MARK + line.getvalue()


def text_of(records: Iterable[StoredRecord], kind: FileKind, zone: tzinfo) -> str:
    """A line per record, each with its line end (RFC 4180; JSON lines)."""
    values = [as_values(stored, zone) for stored in records]
    if kind is FileKind.JSONL:
        lines = (json.dumps(one, ensure_ascii=False) for one in values)
        return "".join(f"{UNSEEN.sub(_as_json, line)}\n" for line in lines)
    table = io.StringIO()
    writer = csv.writer(table)
    for one in values:
        detail = json.dumps(one["detail"], ensure_ascii=False) if one["detail"] else ""
        writer.writerow([_cell(value) for value in (one | {"detail": detail}).values()])
    return table.getvalue()


async def lines_of(
    records: AsyncIterator[StoredRecord], kind: FileKind, zone: tzinfo
) -> AsyncIterator[str]:
    """The whole file, piece by piece."""
    yield head_of(kind)
    async for stored in records:
        yield text_of([stored], kind, zone)


def _as_json(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


def _cell(value: object) -> object:
    return harmless(shown(value)) if isinstance(value, str) else value
