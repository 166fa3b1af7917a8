"""Annotations of views and of the server (METADATA, RFC 5464): a person's own, and everybody's.

A row without an account is everybody's, one without a view is about the server. They go with the
view and with the account (foreign keys), and stay when a folder is renamed, because its view does.
Must never know who may write what.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select

from proxyd.store.schema import view_annotations as t


class AnnotationStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_view(self, view_id: int | None, account_id: int) -> dict[str, bytes]:
        """Entry → value: this person's and everybody's."""
        whose = or_(t.c.account_id == account_id, t.c.account_id.is_(None))
        query = select(t.c.entry, t.c.value).where(_same(t.c.view_id, view_id), whose)
        return {row.entry: row.value for row in self._connection.execute(query)}

    def count_of_account(self, account_id: int) -> int:
        """Of a person, about all views and the server."""
        return self._count(t.c.account_id == account_id)

    def count_shared(self, view_id: int) -> int:
        return self._count(and_(t.c.account_id.is_(None), t.c.view_id == view_id))

    def change(
        self, view_id: int | None, account_id: int | None, changes: Mapping[str, bytes | None]
    ) -> None:
        """Set (None: remove) a person's entries, or everybody's where ``account_id`` is None."""
        where = and_(
            _same(t.c.view_id, view_id),
            _same(t.c.account_id, account_id),
            t.c.entry.in_(sorted(changes)),
        )
        self._connection.execute(delete(t).where(where))
        rows = [
            {"view_id": view_id, "account_id": account_id, "entry": entry, "value": value}
            for entry, value in changes.items()
            if value is not None
        ]
        if rows:
            self._connection.execute(insert(t), rows)

    def _count(self, where: ColumnElement[bool]) -> int:
        return self._connection.scalar(select(func.count()).select_from(t).where(where)) or 0


def _same(column: ColumnElement[int], value: int | None) -> ColumnElement[bool]:
    return column.is_(None) if value is None else column == value
