"""Days on which a mailbox's office is closed, beside those of a country's calendar.

Every change moves the epoch on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from proxyd.store import epoch as epochs
from proxyd.store.schema import closed_days as t


class ClosedDayStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, mailbox_id: int) -> dict[date, str]:
        query = select(t.c.day, t.c.name).where(t.c.mailbox_id == mailbox_id).order_by(t.c.day)
        return {date.fromisoformat(row.day): row.name for row in self._connection.execute(query)}

    def replace(self, mailbox_id: int, days: Mapping[date, str]) -> None:
        self._connection.execute(delete(t).where(t.c.mailbox_id == mailbox_id))
        rows = [
            {"mailbox_id": mailbox_id, "day": day.isoformat(), "name": name}
            for day, name in sorted(days.items())
        ]
        if rows:
            self._connection.execute(insert(t), rows)
        epochs.bump_epoch(self._connection)
