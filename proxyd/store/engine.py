"""How this product opens SQLite: one way for every connection, and what its errors mean.

Transactions are begun by us (``BEGIN IMMEDIATE`` where something will be written), never by the
driver, so that a group of units is exactly one transaction (docs/decisions/002). Must never know a
table.

Invariants: journal_mode=WAL and synchronous=FULL on each connection that writes, so that COMMIT
has reached the disk when it returns; foreign keys are enforced; readers cannot write.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import cast

from sqlalchemy import Compiled, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool
from sqlalchemy.util import LRUCache

from proxyd.domain.errors import LogGone, StoreUnavailable
from proxyd.store.belonging import give_to_owner

_log = logging.getLogger(__name__)

# How long a process waits for another one's write. A group takes milliseconds; only a backup tool
# that holds the file, or a dead disk, takes longer than this, and then a person should hear of it.
BUSY_S = 5.0

# The write-ahead log shrinks back to this after a burst; below it the file is re-used as it is.
WAL_KEPT_BYTES = 64 * 1024 * 1024

# Text of prepared statements the driver keeps; the product has about a hundred.
CACHED_STATEMENTS = 256

# Statements as the library compiled them, for every engine of the process: to compile one takes
# several times as long as SQLite takes to carry it out.
_compiled = LRUCache[object, Compiled](500)

_REASONS = {
    sqlite3.SQLITE_BUSY: "another process has been writing to {file} for more than 5 s",
    sqlite3.SQLITE_LOCKED: "another connection holds a lock on {file}",
    sqlite3.SQLITE_NOMEM: "no memory left to work on {file}",
    sqlite3.SQLITE_READONLY: "{file} cannot be written: check owner and mode of file and directory",
    sqlite3.SQLITE_IOERR: "the disk reports an error on {file}",
    sqlite3.SQLITE_CORRUPT: "{file} is damaged: restore it from a backup",
    sqlite3.SQLITE_FULL: "the disk is full: make room on the file system of {file}",
    sqlite3.SQLITE_CANTOPEN: "{file} cannot be opened: check owner and mode of file and directory",
    sqlite3.SQLITE_PROTOCOL: "locks do not work on the file system of {file} (a network share?)",
    sqlite3.SQLITE_NOTADB: "{file} is not a database",
    sqlite3.SQLITE_FORMAT: "{file} is not a database of this kind",
}


def database_file(location: str | Path) -> Path:
    """The file behind a path or a ``sqlite:///`` URL. Raises StoreUnavailable for any other URL."""
    if isinstance(location, Path) or "://" not in location:
        return Path(location)
    try:
        url = make_url(location)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "sqlite" or not url.database:
        # The text may hold a password: it is not repeated.
        raise StoreUnavailable("the store's URL must be a path or sqlite:///PATH")
    return Path(url.database)


def create_private(file: Path) -> None:
    """Make the file (0600) and its directory (0700) where they are missing.

    SQLite gives the -wal and -shm files the mode of the database file.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
            give_to_owner(file, file.parent)  # SQLite gives -wal and -shm to the same
    except OSError as error:
        raise StoreUnavailable(f"{file} cannot be created: {error.strerror}") from error


def writing_engine(file: Path) -> Engine:
    """Its transactions take the write lock at once: a later upgrade could fail in the middle."""
    return _engine(file, begin="BEGIN IMMEDIATE", query_only="OFF")


def reading_engine(file: Path) -> Engine:
    return _engine(file, begin="BEGIN", query_only="ON")


def _engine(file: Path, *, begin: str, query_only: str) -> Engine:
    def connected() -> DBAPIConnection:
        connection = sqlite3.connect(
            file,
            timeout=BUSY_S,
            isolation_level=None,  # the driver must not begin or commit by itself
            check_same_thread=False,  # used by one thread, closed by another one after it ended
            cached_statements=CACHED_STATEMENTS,
        )
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            f"journal_size_limit={WAL_KEPT_BYTES}",
            f"query_only={query_only}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return cast(DBAPIConnection, connection)

    shared = _shared()
    engine = Engine(NullPool(connected, dialect=shared.dialect), shared.dialect, shared.url)
    engine.update_execution_options(compiled_cache=_compiled)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not driver_of(connection).in_transaction:  # else it joins the writer's own
            connection.exec_driver_sql(begin)

    return engine


@cache
def _shared() -> Engine:
    """Whose dialect all engines have: the library keeps what it compiled for each dialect apart."""
    engine = create_engine("sqlite+pysqlite://", poolclass=NullPool)
    engine.connect().close()  # the dialect looks which SQLite this is
    return engine


def use_write_ahead_log(connection: Connection) -> None:
    """Persistent in the file; nothing to do for a file that has it already.

    The switch needs the file for itself and SQLite does not wait for that, so this does.
    """
    driver = driver_of(connection)
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            mode = driver.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
            continue
        if mode != "wal":
            raise StoreUnavailable("the file system of the store does not allow a write-ahead log")
        return


def forget_removed(connection: Connection) -> bool:
    """Write the file anew, so that nothing is left of what was removed; False: not possible now."""
    driver = driver_of(connection)
    try:
        driver.execute("VACUUM")
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError as error:  # no room, or somebody else is in it
        _log.warning("the database is not compacted: %s", error)
        return False
    return True


def driver_of(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


DATABASE_ERRORS = (DBAPIError, sqlite3.Error)  # all that ``trouble`` has an opinion of


def trouble(error: BaseException, file: Path) -> StoreUnavailable | None:
    """What ``error`` means where disk, file or lock are at fault; None for any other error."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, sqlite3.Error):
        return None
    if str(cause).startswith("Could not decode to UTF-8"):  # the driver's own, without a code
        return StoreUnavailable(
            f"{file} holds damaged text; if it is in the access log, `proxyd audit verify` names it"
        )
    if _code(cause) == sqlite3.SQLITE_ERROR:
        return _not_as_made(str(cause), file)
    reason = _REASONS.get(_code(cause))
    return StoreUnavailable(reason.format(file=file)) if reason else None


def log_gone(file: Path) -> LogGone:
    return LogGone(f"the access log's table is gone from {file}: restore it from a backup")


def _not_as_made(text: str, file: Path) -> StoreUnavailable:
    """SQLite understood the file but not the statement. Ours are fixed and fit the tables that the
    migrations make (a test compares), so the tables are no longer those.
    """
    if text.endswith(("no such table: log", "no such table: main.log")):
        return log_gone(file)
    return StoreUnavailable(f"{file} is not as proxyd made it ({text}): restore it from a backup")


def _code(error: sqlite3.Error) -> int:
    """The primary result code; errors the driver makes itself have none."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF
