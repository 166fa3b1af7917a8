"""What people said of alarms, as rows (domain/alarms.py)."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from proxyd.domain.alarms import AlarmMark
from proxyd.store.schema import alarm_marks as t


class AlarmMarkStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[AlarmMark]:
        return [AlarmMark(**row._asdict()) for row in self._connection.execute(select(t))]

    def put(self, mark: AlarmMark) -> None:
        values = asdict(mark)
        put = insert(t).values(values).on_conflict_do_update(index_elements=["cause"], set_=values)
        self._connection.execute(put)
