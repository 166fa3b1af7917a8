"""What people have said of mails in views that are to leave them, and whose drafts are.

A row goes with the UID it is about. Never a body.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import Connection, bindparam, delete, insert, select

from proxyd.domain.ports.departures import DepartureRow
from proxyd.store.prepared import Prepared
from proxyd.store.schema import departures, drafts, folders, messages, views

_REMOVE = Prepared(
    delete(departures).where(
        departures.c.account_id == bindparam("a"),
        departures.c.view_id == bindparam("v"),
        departures.c.uid == bindparam("u"),
    )
)


class DepartureStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, mailbox_id: int) -> list[DepartureRow]:
        query = select(departures).join(views, views.c.id == departures.c.view_id)
        rows = self._connection.execute(query.where(views.c.mailbox_id == mailbox_id))
        return [
            DepartureRow(
                row.account_id,
                row.view_id,
                row.uid,
                row.deleted,
                row.into,
                tuple(map(int, row.copies.split())),
                row.at_us,
            )
            for row in rows
        ]

    def forget(self, mailbox_id: int, before_us: int) -> None:
        """Copies made before then that no \\Deleted has followed."""
        there = select(views.c.id).where(views.c.mailbox_id == mailbox_id)
        old = ~departures.c.deleted & (departures.c.at_us < before_us)
        self._connection.execute(delete(departures).where(old, departures.c.view_id.in_(there)))

    def add(self, rows: Iterable[DepartureRow]) -> None:
        values = [{**asdict(row), "copies": " ".join(map(str, row.copies))} for row in rows]
        if values:
            self._connection.execute(insert(departures), values)

    def remove(self, keys: Iterable[tuple[int, int, int]]) -> None:
        """(account, view, UID)"""
        _REMOVE.run(self._connection, [{"a": a, "v": v, "u": u} for a, v, u in keys])

    # ------------------------------------------------------------------ drafts

    def drafts(self, mailbox_id: int) -> dict[int, int]:
        """Message → account."""
        query = (
            select(drafts)
            .join(messages, messages.c.id == drafts.c.message_id)
            .join(folders, folders.c.id == messages.c.folder_id)
            .where(folders.c.mailbox_id == mailbox_id)
        )
        return {row.message_id: row.account_id for row in self._connection.execute(query)}

    def add_draft(self, message_id: int, account_id: int) -> None:
        row = {"message_id": message_id, "account_id": account_id}
        self._connection.execute(insert(drafts), row)
