"""Exports of the access log as rows (domain/log_export.py)."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from proxyd.domain.log_export import ExportState, LogExport
from proxyd.store.schema import log_exports as t


class LogExportStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, export: LogExport) -> LogExport:
        values = {name: value for name, value in asdict(export).items() if name != "id"}
        added = self._connection.execute(insert(t).values(values))
        assert added.inserted_primary_key is not None
        return replace(export, id=added.inserted_primary_key[0])

    def find(self, export_id: int) -> LogExport | None:
        row = self._connection.execute(select(t).where(t.c.id == export_id)).one_or_none()
        return None if row is None else _export(row)

    def all(self) -> list[LogExport]:
        return [_export(row) for row in self._connection.execute(select(t).order_by(t.c.id.desc()))]

    def set_state(self, export_id: int, state: ExportState, rows: int, octets: int) -> None:
        values = {"state": state, "rows": rows, "octets": octets}
        self._connection.execute(update(t).where(t.c.id == export_id).values(values))

    def remove(self, export_id: int) -> None:
        self._connection.execute(delete(t).where(t.c.id == export_id))


def _export(row: Row[Any]) -> LogExport:
    values = row._asdict()
    return LogExport(**(values | {"state": ExportState(values["state"])}))
