"""The database as the services see it: ``write`` and ``read`` (ports.database.Database).

One thread writes (writer.py), a few read from their own snapshots; the event loop never waits for
the disk. Other processes (the command line) may use the same file at the same time through this
same class. Must never know what the units of work do.

Invariants: ``write`` returns after its COMMIT is on disk, in the order of the calls; a ``read``
sees every write that returned before it was called.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar, cast

from sqlalchemy import Connection

from proxyd.domain.errors import Busy, StoreUnavailable
from proxyd.domain.ports import database as port
from proxyd.domain.types import Clock
from proxyd.store.damage import check_tables
from proxyd.store.engine import (
    DATABASE_ERRORS,
    create_private,
    database_file,
    driver_of,
    forget_removed,
    reading_engine,
    trouble,
    use_write_ahead_log,
)
from proxyd.store.migrations import upgrade
from proxyd.store.sealed_mail import (
    had_mails,
    is_sealed,
    note_sealed,
    seal_what_is_in_clear,
)
from proxyd.store.secrets import Keys, check_keys
from proxyd.store.transaction import Transaction
from proxyd.store.writer import Writer

T = TypeVar("T")

_openings = itertools.count(1)

# Threads that read. Reads are short and the interpreter runs one thread at a time: the second is
# there so that one long report does not hold up the others.
READERS = 2

# Reads that may wait; see WAITING_UNITS of writer.py.
WAITING_READS = 10_000


class Database:
    """Bound to the event loop on which ``open`` was awaited."""

    def __init__(
        self,
        location: str | Path,
        *,
        keys: Keys,
        clock: Clock,
        on_commit: Callable[[int], None] | None = None,
    ) -> None:
        """``on_commit`` hears, on the event loop, how many units of work a commit held."""
        self._file = database_file(location)
        self._keys = keys
        self._clock = clock
        self._on_commit = on_commit
        self._writer: Writer | None = None
        self._readers: _Readers | None = None
        self._version = (0, 0)

    @property
    def file(self) -> Path:
        return self._file

    async def open(self) -> None:
        """Create what is missing and bring the tables up to date. Raises StoreUnavailable."""
        loop = asyncio.get_running_loop()
        create_private(self._file)
        self._writer = Writer(self._file, loop, self._on_commit)
        self._writer.start()
        try:
            await self._writer.submit(_prepared, grouped=False)
            await self._writer.submit(lambda connection: check_tables(connection, self._file))
            await self._writer.submit(lambda connection: check_keys(connection, self._keys))
            await self._writer.submit(self._seal_outbox, grouped=False)
            self._version = await self._writer.submit(_data_version, grouped=False)
        except BaseException:
            await self._writer.stop()
            raise
        self._readers = _Readers(self._file)

    async def close(self) -> None:
        """What was submitted is carried out first."""
        if self._writer is not None:
            await self._writer.stop()
        if self._readers is not None:
            readers, self._readers = self._readers, None
            await asyncio.get_running_loop().run_in_executor(None, readers.close)

    async def touch(self) -> None:
        """Write something, so that a disk which takes nothing is found out. Raises
        StoreUnavailable, Busy.
        """
        if self._writer is None:
            raise StoreUnavailable("the store is not open")
        await self._writer.submit(_touched)

    async def write(self, work: Callable[[port.Transaction], T]) -> T:
        """Carried out even when the caller is cancelled meanwhile. Raises Busy as well."""
        if self._writer is None:
            raise StoreUnavailable("the store is not open")
        result = await self._writer.submit(lambda connection: work(self._bound(connection)))
        return cast(T, result)

    async def read(self, work: Callable[[port.Transaction], T]) -> T:
        """``work`` sees one consistent snapshot, and cannot write. Raises Busy as well."""
        if self._readers is None:
            raise StoreUnavailable("the store is not open")
        return await self._readers.run(lambda connection: work(self._bound(connection)))

    async def changed_by_others(self) -> bool:
        """Whether another process committed anything since the last call (or since ``open``)."""
        if self._writer is None:
            raise StoreUnavailable("the store is not open")
        version: tuple[int, int] = await self._writer.submit(_data_version, grouped=False)
        changed = version != self._version
        self._version = version
        return changed

    def _seal_outbox(self, connection: Connection) -> None:
        """Of a database of a version that kept mails in clear."""
        with connection.begin():
            if is_sealed(connection):
                return
            seal_what_is_in_clear(connection, self._keys.outbox)
            was_used = had_mails(connection)
        if was_used and not forget_removed(connection):
            return  # tried again with the next opening
        with connection.begin():
            note_sealed(connection)

    def _bound(self, connection: Connection) -> Transaction:
        return Transaction(connection, keys=self._keys, clock=self._clock)


def _prepared(connection: Connection) -> None:
    use_write_ahead_log(connection)
    upgrade(connection)


def _touched(connection: Connection) -> None:
    """A page of the file, with what it says already."""
    driver = driver_of(connection)
    version: int = driver.execute("PRAGMA user_version").fetchone()[0]
    driver.execute(f"PRAGMA user_version = {version:d}")


def _data_version(connection: Connection) -> tuple[int, int]:
    """Differs after a commit of any connection but this one, which is the process's only writer.

    The number means something to one connection only (https://www.sqlite.org/pragma.html), so it
    goes together with which one that is.
    """
    which: int = connection.info.setdefault("proxyd opening", next(_openings))
    version: int = driver_of(connection).execute("PRAGMA data_version").fetchone()[0]
    return which, version


class _Readers:
    """Threads with a connection each, opened when first needed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._engine = reading_engine(file)
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._own = threading.local()
        self._opened: list[Connection] = []
        self._waiting = 0

    async def run(self, work: Callable[[Connection], T]) -> T:
        if self._waiting >= WAITING_READS:
            raise Busy("store")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._pool.shutdown(wait=True)
        for connection in self._opened:
            connection.close()
        self._engine.dispose()

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with (connection := self._connection()).begin() as transaction:
                value = work(connection)
                transaction.rollback()
                return value
        except DATABASE_ERRORS as error:
            meant = trouble(error, self._file)
            if meant is None:
                raise
            raise meant from error

    def _connection(self) -> Connection:
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._engine.connect()
            self._opened.append(connection)
        return connection
