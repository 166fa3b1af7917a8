"""Records of the access log as text, for a file: CSV or JSON lines. Pure.

Times are UTC, ISO 8601, with microseconds, so that they sort. In CSV no value is a formula: clients
choose many of these values.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from proxyd.domain.ports.access_log import StoredRecord
from proxyd.domain.spreadsheet import harmless

COLUMNS = (
    "number",
    "at",
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


def iso_time(at_us: int) -> str:
    """Exact to the microsecond: a float would round."""
    at = _EPOCH + timedelta(microseconds=at_us)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def as_values(stored: StoredRecord) -> dict[str, object]:
    record, origin = stored.record, stored.record.origin
    return {
        "number": stored.number,
        "at": iso_time(stored.at_us),
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


async def as_jsonl(records: AsyncIterator[StoredRecord]) -> AsyncIterator[str]:
    """A line per record, each with its line end."""
    async for stored in records:
        yield json.dumps(as_values(stored), ensure_ascii=False) + "\n"


async def as_csv(records: AsyncIterator[StoredRecord]) -> AsyncIterator[str]:
    """A header and a line per record (RFC 4180), each with its line end."""
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(COLUMNS)
    yield line.getvalue()
    async for stored in records:
        line.seek(0)
        line.truncate()
        values = as_values(stored)
        detail = json.dumps(values["detail"], ensure_ascii=False) if values["detail"] else ""
        writer.writerow([harmless(value) for value in (values | {"detail": detail}).values()])
        yield line.getvalue()
