"""What lies around the records: whether a search and the chain look at the same rows.

The chain says of each record it is shown that it is the one written. Somebody who can write the
file may also show the checker other rows than the searcher: records with numbers below the first,
a view in the table's place, an index that leaves some out, a trigger that removes what is written.
Must never change anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from sqlalchemy import Connection, exists, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from proxyd.domain.ports.access_log import LogFault
from proxyd.store.schema import accounts, log

# Rows of PRAGMA integrity_check: one names the matter, more say nothing new.
_COMPLAINTS = 1


def surroundings_fault(connection: Connection, *, indexes: bool) -> LogFault | None:
    """With ``indexes`` it takes as long as following the chain, else no time."""
    return next(_faults(connection, indexes=indexes), None)


def _faults(connection: Connection, *, indexes: bool) -> Iterator[LogFault]:
    below = connection.scalar(select(log.c.number).where(log.c.number < 1).limit(1))
    if below is not None:
        yield LogFault("added", below)
    # Whoever made the first account is in the log.
    nothing, somebody = (~exists().select_from(log), exists().select_from(accounts))
    if connection.scalar(select(nothing & somebody)):
        yield LogFault("emptied", 1)
    yield from _foreign_things(connection)
    if indexes:
        yield from _bad_indexes(connection)


def _foreign_things(connection: Connection) -> Iterator[LogFault]:
    """Proxyd makes no trigger and no view; and the log's table is as its migration made it."""
    schema = text("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name")
    ours = dict(_as_made())
    for kind, name, table, made in connection.execute(schema):
        of_log = str(table).lower() == log.name
        altered = of_log and ours.pop(name, None) != _plain(made)
        if altered or kind in ("trigger", "view"):
            yield LogFault("foreign", 0, f"{kind} {name}")
    for name in ours:
        yield LogFault("foreign", 0, f"missing {name}")


@cache
def _as_made() -> dict[str, str]:
    """Name → statement, of the table and its indexes."""
    made = {str(index.name): CreateIndex(index) for index in log.indexes}
    dialect = sqlite.dialect()
    texts = {name: str(statement.compile(dialect=dialect)) for name, statement in made.items()}
    texts[log.name] = str(CreateTable(log).compile(dialect=dialect))
    return {name: _plain(statement) for name, statement in texts.items()}


def _plain(statement: object) -> str:
    return " ".join(str(statement).split())


def _bad_indexes(connection: Connection) -> Iterator[LogFault]:
    """A record that its index does not have is not found by who asks for it."""
    try:
        pragma = text(f"PRAGMA integrity_check('{log.name}')")
        found = [row[0] for row in connection.execute(pragma).fetchmany(_COMPLAINTS)]
    except DBAPIError:
        found = ["it cannot be read"]
    if found != ["ok"]:
        yield LogFault("index", 0, str(found[0]) if found else "")
