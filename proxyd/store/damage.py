"""Is the database at fault? ``check_tables`` asks at the beginning, ``damage`` after something
happened that can't happen with a sound one.

``damage`` reads everything, so it takes a while. Must never change anything.
What stands in the access log is judged by ``proxyd audit verify`` alone: this only refers to it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, LargeBinary, inspect, text
from sqlalchemy.exc import DBAPIError

from proxyd.domain.errors import StoreUnavailable
from proxyd.store.accounts import AccountStore
from proxyd.store.engine import log_gone, reading_engine, trouble
from proxyd.store.mailboxes import MailboxStore
from proxyd.store.schema import log, metadata


def damage(file: Path) -> StoreUnavailable | None:
    """What is wrong with it, and the remedy; None where nothing is: the fault is ours."""
    engine = reading_engine(file)
    try:
        with engine.connect() as connection:
            found = next(_findings(connection), None)
    except DBAPIError as error:
        return trouble(error, file)
    except UnicodeDecodeError:  # SQLite quotes the damaged text in what it complains of
        return StoreUnavailable(f"{file} is damaged: restore it from a backup")
    finally:
        engine.dispose()
    if found is None:
        return None
    if found == log.name:
        return StoreUnavailable(f"{file}: the access log is damaged; `proxyd audit verify` tells")
    return StoreUnavailable(f"{file} is damaged ({found}): restore it from a backup")


def check_tables(connection: Connection, file: Path) -> None:
    """Raises StoreUnavailable where a table is gone, before anybody is served without it."""
    missing = metadata.tables.keys() - set(inspect(connection).get_table_names())
    if log.name in missing:
        raise log_gone(file)
    if missing:
        raise StoreUnavailable(
            f"{file} is damaged (no table {', '.join(sorted(missing))}): restore it from a backup"
        )


def _findings(connection: Connection) -> Iterator[str]:
    """The name of the log alone stands for anything in it."""
    sound = connection.scalar(text("PRAGMA integrity_check(1)"))
    if sound != "ok":
        yield str(sound)
    for table in metadata.sorted_tables:
        for column in table.columns:
            if _holds_another_type(connection, table.name, column):
                yield log.name if table is log else f"{table.name}.{column.name}"
    orphan = connection.execute(text("PRAGMA foreign_key_check")).first()
    if orphan is not None:
        yield f"{orphan[0]} refers to what is missing in {orphan[2]}"
    if not _can_be_read(connection):
        yield "accounts or mailboxes hold a word that is none of ours"


def _holds_another_type(connection: Connection, table: str, column: Column[object]) -> bool:
    """SQLite keeps a value of any type in any column."""
    if isinstance(column.type, (Integer, BigInteger, Boolean)):
        right = "integer"
    else:
        right = "blob" if isinstance(column.type, LargeBinary) else "text"
    allowed = f"'{right}', 'null'" if column.nullable else f"'{right}'"
    # With the table's name: a missing column's alone would be taken for a text in quotes.
    kind = f'typeof("{table}"."{column.name}")'
    wrong = f'SELECT 1 FROM "{table}" WHERE {kind} NOT IN ({allowed}) LIMIT 1'  # noqa: S608 - our own names
    return connection.scalar(text(wrong)) is not None


def _can_be_read(connection: Connection) -> bool:
    try:
        AccountStore(connection, time.time_ns).all()
        MailboxStore(connection, time.time_ns).all()
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
    return True
