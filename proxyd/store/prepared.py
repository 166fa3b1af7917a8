"""A statement rendered once, for the few that every command waits for.

SQLAlchemy looks up a statement's text at each execution, which takes longer than SQLite takes to
carry it out; this keeps the text and hands it to the driver. The statement stays SQLAlchemy's:
tables and columns are named in one place, ``schema.py``.

Must never be used where values need converting or a column's default on their way: numbers, texts,
bytes and truth values only, each given by name. Runs in whatever transaction the connection is in.
Raises the driver's own errors (``engine.trouble`` knows them).
Invariant: no cursor outlives a call, so that no COMMIT leaves a snapshot open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Connection
from sqlalchemy.dialects import sqlite

from proxyd.store.engine import driver_of

_DIALECT = sqlite.dialect(paramstyle="named")

_NOTHING: Mapping[str, Any] = {}


class Prepared:
    def __init__(self, statement: ClauseElement) -> None:
        self.text = str(statement.compile(dialect=_DIALECT))

    def rows(
        self, connection: Connection, values: Mapping[str, Any] = _NOTHING
    ) -> list[tuple[Any, ...]]:
        return driver_of(connection).execute(self.text, values).fetchall()

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Once for each of ``rows``."""
        driver = driver_of(connection)
        if len(rows) == 1:
            driver.execute(self.text, rows[0])
        elif rows:
            driver.executemany(self.text, rows)
