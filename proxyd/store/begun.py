"""What a provider has been asked to do and is not recorded as done yet.

A row stands from before the question until the transaction that takes in the answer. What stands
there when a mailbox begins to be served was interrupted; only the provider knows whether it was
done. Never a body.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace

from sqlalchemy import Connection, delete, insert, select

from proxyd.domain.types import LogRecord, Origin
from proxyd.store.schema import begun

# What the records of one action differ in; a move of 10,000 mails names the rest once.
_EACH = ("message_id", "subject_digest", "conversation")


class BegunStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, mailbox_id: int, at_us: int, records: Sequence[LogRecord]) -> int:
        """``records``, at least one, are of one action of one person. Returns its number."""
        common = {name: value for name, value in asdict(records[0]).items() if name not in _EACH}
        each = [[getattr(record, name) for name in _EACH] for record in records]
        text = json.dumps({"common": common, "each": each}, ensure_ascii=True)
        row = {"mailbox_id": mailbox_id, "at_us": at_us, "records": text}
        made = self._connection.execute(insert(begun).values(row)).inserted_primary_key
        assert made is not None
        return int(made[0])

    def finish(self, ids: Collection[int]) -> None:
        if ids:
            self._connection.execute(delete(begun).where(begun.c.id.in_(sorted(ids))))

    def interrupted(self, mailbox_id: int) -> list[tuple[int, int, list[LogRecord]]]:
        """Number, when it was begun, and what would have been recorded."""
        query = select(begun).where(begun.c.mailbox_id == mailbox_id).order_by(begun.c.id)
        rows = self._connection.execute(query)
        return [(row.id, row.at_us, _records(row.records)) for row in rows]


def _records(text: str) -> list[LogRecord]:
    kept = json.loads(text)
    common = LogRecord(**{**kept["common"], "origin": Origin(**kept["common"]["origin"])})
    return [replace(common, **dict(zip(_EACH, each, strict=True))) for each in kept["each"]]
