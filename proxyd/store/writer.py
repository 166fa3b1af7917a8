"""Group commit: the one thread that writes.

Units of work that arrive while the disk is busy share the next transaction: one fsync for all of
them. Must never know a table, and never touch the event loop but to hand results over.

Invariants
- Units run in the order of ``submit``, one at a time.
- A unit's future is resolved after the COMMIT that holds it, never before; a unit that raises is
  rolled back alone (SAVEPOINT).
- Every future is resolved exactly once, whatever happens to the disk; a caller that was cancelled
  changes nothing for the unit: what was submitted is carried out.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Connection, Engine

from proxyd.domain.errors import Busy, StoreUnavailable
from proxyd.store.engine import driver_of, trouble, writing_engine
from proxyd.store.group_notes import begin_notes, commit_notes

# Units of one transaction. More would make the first of them wait noticeably for the last
# (about 0.2 ms each), and the fsync is already shared by then.
GROUP_UNITS = 256

# Units that may wait. At some thousand a second this is seconds of backlog: the disk is stuck, and
# saying so is kinder than a longer queue.
WAITING_UNITS = 10_000


@dataclass(slots=True)
class _Unit:
    """``work`` gets the connection; with ``grouped`` False it runs outside a transaction."""

    work: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    grouped: bool = True


@dataclass(slots=True)
class _Outcome:
    future: asyncio.Future[Any]
    value: Any = None
    error: BaseException | None = None


class Writer:
    def __init__(
        self,
        file: Path,
        loop: asyncio.AbstractEventLoop,
        on_commit: Callable[[int], None] | None = None,
    ) -> None:
        """``on_commit`` hears, on the event loop, how many units a commit held."""
        self._file = file
        self._loop = loop
        self._on_commit = on_commit
        self._queue: SimpleQueue[_Unit | None] = SimpleQueue()
        self._waiting = 0
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._connection: Connection | None = None
        self._accepting = True

    @property
    def waiting(self) -> int:
        return self._waiting

    def start(self) -> None:
        self._thread.start()

    def submit(
        self, work: Callable[[Connection], Any], *, grouped: bool = True
    ) -> asyncio.Future[Any]:
        """Call on the event loop. Raises Busy, StoreUnavailable (closed)."""
        if not self._accepting:
            raise StoreUnavailable("the store is closed")
        if self._waiting >= WAITING_UNITS:
            raise Busy("store")
        future: asyncio.Future[Any] = self._loop.create_future()
        self._waiting += 1
        self._queue.put(_Unit(work, future, grouped))
        return future

    async def stop(self) -> None:
        """Carry out what waits, then end the thread."""
        if self._accepting:
            self._accepting = False
            self._queue.put(None)
        if self._thread.ident is not None:
            await self._loop.run_in_executor(None, self._thread.join)

    # ------------------------------------------------------------ in the thread

    def _run(self) -> None:
        engine = writing_engine(self._file)
        last = False
        try:
            while not last:
                unit = self._queue.get()
                if unit is None:
                    last = True
                elif unit.grouped:
                    last = self._carry_out_group(unit, engine)
                else:
                    self._hand_over([self._alone(unit, engine)])
        finally:
            if self._connection is not None:
                self._connection.close()
            engine.dispose()

    def _connected(self, engine: Engine) -> Connection:
        if self._connection is None:
            self._connection = engine.connect()
        return self._connection

    def _carry_out_group(self, first: _Unit, engine: Engine) -> bool:
        """Returns True where the end of the queue was met: the thread shall stop."""
        units = [first]
        outcomes: list[_Outcome] = []
        committed, last = 0, False
        try:
            connection = self._connected(engine)
            _begin(connection)
            unit: _Unit | None = first
            while unit is not None:
                outcomes.append(self._carried_out(unit, connection, engine, alone=unit is first))
                unit, last = self._next(len(units))
                if unit is not None:
                    units.append(unit)
            _commit(connection)
            committed = len(units)
        except Exception as error:  # noqa: BLE001 - the thread lives on, the callers are told
            # BEGIN or COMMIT failed, or the disk undid the transaction: nothing of it happened.
            self._undo()
            meant = self._meant(error)
            outcomes = [_Outcome(unit.future, error=meant) for unit in units]
        self._hand_over(outcomes, committed)
        return last

    def _undo(self) -> None:
        """A COMMIT that failed leaves its transaction open; the next group must not get it."""
        if self._connection is None:
            return
        try:
            _roll_back(self._connection)
        except sqlite3.Error:  # closing undoes as well; the next group opens anew
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _next(self, taken: int) -> tuple[_Unit | None, bool]:
        """The next unit of the group or None, and whether the end of the queue was met."""
        if taken >= GROUP_UNITS:
            return None, False
        try:
            unit = self._queue.get_nowait()
        except Empty:
            return None, False
        return unit, unit is None

    def _alone(self, unit: _Unit, engine: Engine) -> _Outcome:
        try:
            return _Outcome(unit.future, unit.work(self._connected(engine)))
        except Exception as error:  # noqa: BLE001 - carried to the caller in the other thread
            return _Outcome(unit.future, error=self._meant(error))

    def _carried_out(
        self, unit: _Unit, connection: Connection, engine: Engine, *, alone: bool
    ) -> _Outcome:
        """``alone``: nothing else is in the transaction yet.

        Raises StoreUnavailable where the whole transaction is gone.
        """
        if not unit.grouped:
            return self._alone(unit, engine)
        # Bare statements: SQLAlchemy's nested transactions cost more than most units. The first
        # unit, mostly the only one, goes without: the whole transaction is undone as easily.
        driver = driver_of(connection)
        if not alone:
            driver.execute("SAVEPOINT unit")
        try:
            value = unit.work(connection)
            if not alone:
                driver.execute("RELEASE unit")
        except Exception as error:  # undone whatever it was; it goes on up
            meant = self._meant(error)
            if not driver.in_transaction:
                # SQLite gives a transaction up by itself when the disk is full or fails.
                raise StoreUnavailable(*meant.args) from error
            if alone:
                _roll_back(connection)
                _begin(connection)
            else:
                driver.execute("ROLLBACK TO unit")
                driver.execute("RELEASE unit")
                begin_notes(connection)
            return _Outcome(unit.future, error=meant)
        return _Outcome(unit.future, value)

    def _meant(self, error: BaseException) -> BaseException:
        if isinstance(error, StopIteration):  # a future cannot carry it
            return RuntimeError("StopIteration left a unit of work")
        return trouble(error, self._file) or error

    def _hand_over(self, outcomes: list[_Outcome], committed: int = 0) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._resolve, outcomes, committed)

    # ------------------------------------------------------------ on the loop

    def _resolve(self, outcomes: list[_Outcome], committed: int) -> None:
        self._waiting -= len(outcomes)
        for outcome in outcomes:
            if outcome.future.done():
                continue
            if outcome.error is not None:
                outcome.future.set_exception(outcome.error)
            else:
                outcome.future.set_result(outcome.value)
        if committed and self._on_commit is not None:
            self._on_commit(committed)


# ------------------------------------------------------------ transactions of the writing thread
#
# By the driver: SQLAlchemy's own BEGIN and COMMIT cost as much as the statements between them. A
# unit that works through SQLAlchemy makes it join in (engine.py), and so it is told of the end.


def _begin(connection: Connection) -> None:
    driver_of(connection).execute("BEGIN IMMEDIATE")
    begin_notes(connection)


def _commit(connection: Connection) -> None:
    driver_of(connection).execute("COMMIT")
    commit_notes(connection)
    if connection.in_transaction():
        connection.commit()


def _roll_back(connection: Connection) -> None:
    driver_of(connection).rollback()
    if connection.in_transaction():
        connection.rollback()
