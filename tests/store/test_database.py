"""Durable, in order, in groups; and nobody disturbs anybody (database.py, writer.py)."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
import uvloop
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from proxyd.domain.errors import Busy, StoreUnavailable
from proxyd.domain.types import LogRecord
from proxyd.store import engine
from proxyd.store import writer as writer_module
from proxyd.store.database import Database
from proxyd.store.schema import meta
from proxyd.store.secrets import Keys
from tests.patience import PATIENCE_S


def put(key, value="x"):
    return lambda tx: tx.connection.execute(insert(meta).values(key=key, value=value)) and None


def get(key):
    return lambda tx: tx.connection.scalar(select(meta.c.value).where(meta.c.key == key))


def keys_in_order(tx):
    rows = tx.connection.execute(
        text("SELECT key FROM meta WHERE key LIKE 'k%' AND key != 'key-check' ORDER BY rowid")
    )
    return [row.key for row in rows]


async def test_a_read_sees_what_was_written_before(database):
    await database.write(put("k"))
    assert await database.read(get("k")) == "x"


async def test_100_concurrent_writes_share_two_commits_and_keep_their_order(tmp_path, keys, clock):
    groups = []
    database = Database(tmp_path / "d.db", keys=keys, clock=clock, on_commit=groups.append)
    await database.open()
    groups.clear()
    done = []
    leave = threading.Event()

    async def one(number):
        await database.write(put(f"k{number:03}"))
        done.append(number)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(database.write(lambda tx: leave.wait(5) and None))
        for number in range(100):
            tasks.create_task(one(number))
        await asyncio.sleep(0)  # all of them have called write
        leave.set()
    assert await database.read(keys_in_order) == [f"k{number:03}" for number in range(100)]
    assert done == list(range(100))
    assert groups == [101]
    await database.close()


async def test_a_group_is_bounded(database, monkeypatch):
    monkeypatch.setattr(writer_module, "GROUP_UNITS", 10)
    groups = []
    monkeypatch.setattr(database._writer, "_on_commit", groups.append)
    await asyncio.gather(*(database.write(put(f"k{number}")) for number in range(35)))
    assert sum(groups) == 35 and max(groups) <= 10


async def test_a_failing_unit_leaves_no_trace_and_does_not_disturb_its_group(database):
    def fails(tx):
        put("k-bad")(tx)
        raise LookupError("mine")

    results = await asyncio.gather(
        database.write(put("k1")),
        database.write(fails),
        database.write(put("k2")),
        database.write(put("k1")),  # breaks the primary key
        database.write(put("k3")),
        return_exceptions=True,
    )
    assert isinstance(results[1], LookupError)
    assert isinstance(results[3], IntegrityError)
    assert await database.read(keys_in_order) == ["k1", "k2", "k3"]


async def test_a_unit_is_not_acknowledged_before_its_commit(database):
    """While the group is open, another process must not see anything, nor the caller an answer."""
    entered, leave = threading.Event(), threading.Event()

    def slow(tx):
        put("k2")(tx)
        entered.set()
        leave.wait(5)

    first = asyncio.ensure_future(database.write(put("k1")))
    second = asyncio.ensure_future(database.write(slow))
    await asyncio.to_thread(entered.wait, 5)
    await asyncio.sleep(0.02)
    others_view = sqlite3.connect(database.file)
    seen = {row[0] for row in others_view.execute("SELECT key FROM meta")}
    assert ("k1" in seen) == first.done()
    assert "k2" not in seen and not second.done()
    leave.set()
    await asyncio.gather(first, second)
    others_view.close()


async def test_a_cancelled_caller_disturbs_nobody_and_its_unit_is_carried_out(database):
    entered, leave = threading.Event(), threading.Event()

    def slow(tx):
        entered.set()
        leave.wait(5)

    tasks = [
        asyncio.ensure_future(database.write(work))
        for work in (slow, put("k1"), put("k2"), put("k3"))
    ]
    await asyncio.to_thread(entered.wait, 5)
    tasks[0].cancel()
    tasks[2].cancel()
    leave.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result).__name__ for result in results] == [
        "CancelledError",
        "NoneType",
        "CancelledError",
        "NoneType",
    ]
    assert await database.read(keys_in_order) == ["k1", "k2", "k3"]


async def test_a_full_queue_says_busy(database, monkeypatch):
    monkeypatch.setattr(writer_module, "WAITING_UNITS", 1)
    leave = threading.Event()
    first = asyncio.ensure_future(database.write(lambda tx: leave.wait(5) and None))
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await database.write(put("k1"))
    leave.set()
    await first
    await database.write(put("k1"))


async def test_a_reader_cannot_write(database):
    with pytest.raises(StoreUnavailable):
        await database.read(put("k1"))


async def test_an_exception_of_a_read_reaches_the_caller(database):
    def fails(tx):
        raise LookupError("mine")

    with pytest.raises(LookupError):
        await database.read(fails)


async def test_stop_iteration_cannot_hang_the_caller(database):
    with pytest.raises(RuntimeError):
        await database.write(lambda tx: next(iter(())))


async def test_files_are_private(tmp_path, keys, clock):
    database = Database(tmp_path / "new" / "dir" / "d.db", keys=keys, clock=clock)
    await database.open()
    await database.write(put("k1"))
    folder = tmp_path / "new" / "dir"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    await database.close()


async def test_pragmas(database):
    def pragmas(tx):
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert await database.write(pragmas) == ["wal", 2, 1, 5000]
    assert await database.read(pragmas) == ["wal", 2, 1, 5000]


async def test_another_process_is_noticed_and_we_are_not(database, keys, clock):
    await database.write(put("k1"))
    assert not await database.changed_by_others()
    other = Database(database.file, keys=keys, clock=clock)
    await other.open()
    await database.changed_by_others()
    await other.write(put("k2"))
    assert await database.changed_by_others()
    assert not await database.changed_by_others()
    assert await database.read(get("k2")) == "x"
    await other.close()


async def test_a_lock_held_too_long_is_store_unavailable_and_passes(database, monkeypatch):
    await database.write(
        lambda tx: tx.connection.exec_driver_sql("PRAGMA busy_timeout=50") and None
    )
    holder = sqlite3.connect(database.file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="another process"):
        await database.write(put("k1"))
    holder.execute("ROLLBACK")
    holder.close()
    await database.write(put("k1"))


async def test_a_full_disk_fails_the_group_and_nothing_of_it_stays(database):
    """max_page_count makes SQLite answer SQLITE_FULL, which may undo the whole transaction."""

    def no_more_pages(tx):
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    await database.write(no_more_pages)
    with pytest.raises(StoreUnavailable, match="disk is full"):
        await database.write(put("k1", "x" * 100_000))
    await database.write(
        lambda tx: tx.connection.exec_driver_sql("PRAGMA max_page_count=1000000") and None
    )
    await database.write(put("k2"))
    assert await database.read(keys_in_order) == ["k2"]


async def test_when_sqlite_gives_the_transaction_up_the_whole_group_is_told(database):
    """As it does by itself on some I/O errors: what ran before in the group is gone too."""
    leave = threading.Event()

    def gives_up(tx):
        leave.wait(5)
        tx.connection.connection.driver_connection.execute("ROLLBACK")
        raise LookupError("the disk")

    units = [asyncio.ensure_future(database.write(work)) for work in (put("k1"), gives_up)]
    await asyncio.sleep(0.05)
    leave.set()
    results = await asyncio.gather(*units, return_exceptions=True)
    assert isinstance(results[1], StoreUnavailable)
    # k1 was in the group, or had been committed before it.
    expected = [] if isinstance(results[0], StoreUnavailable) else ["k1"]
    assert await database.read(keys_in_order) == expected
    await database.write(put("k2"))
    assert await database.read(keys_in_order) == [*expected, "k2"]


async def test_the_first_of_a_group_fails_alone(database):
    """It has no SAVEPOINT: the transaction is undone and begun anew, and the log's head unread."""

    def fails(tx):
        put("k-bad")(tx)
        tx.log.append([LogRecord("open")])
        raise LookupError("mine")

    def logs(tx):
        tx.log.append([LogRecord("open")])

    results = await asyncio.gather(
        database.write(fails),
        database.write(put("k1")),
        database.write(logs),
        return_exceptions=True,
    )
    assert isinstance(results[0], LookupError)
    assert results[1:] == [None, None]
    assert await database.read(keys_in_order) == ["k1"]
    check = await database.read(lambda tx: tx.log.check(0, None, 10))
    assert (check.count, check.fault) == (1, None)


async def test_the_statements_of_a_lone_record_and_of_a_group(database):
    """Counted, not timed: what every access waits for. A reading of the head, the record itself."""
    heard = []

    def listen(tx):
        tx.connection.connection.driver_connection.set_trace_callback(heard.append)

    def record(tx):
        tx.log.append([LogRecord("open")])

    await database.write(listen)
    heard.clear()
    await database.write(record)
    assert words(heard) == ["BEGIN", "SELECT", "INSERT", "COMMIT"]
    heard.clear()
    await asyncio.gather(*(database.write(record) for _ in range(5)))
    # However they fall into groups: one head a group, one SAVEPOINT for each but the first.
    said = words(heard)
    groups = said.count("BEGIN")
    assert said.count("COMMIT") == said.count("SELECT") == groups <= 5
    assert said.count("SAVEPOINT") == said.count("RELEASE") == 5 - groups
    assert said.count("INSERT") == 5


def words(heard):
    return [statement.split()[0] for statement in heard]


async def test_a_commit_that_fails_fails_all_of_its_group(database):
    def orphan(tx):
        tx.connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        tx.connection.exec_driver_sql(
            "INSERT INTO views (mailbox_id, kind, subject, uidvalidity, uidnext)"
            " VALUES (99, 'folder', '', 1, 1)"
        )

    with pytest.raises(sqlite3.IntegrityError):
        await database.write(orphan)
    await database.write(put("k1"))
    assert await database.read(keys_in_order) == ["k1"]


async def test_a_connection_that_cannot_even_undo_is_opened_anew(database, monkeypatch):
    await database.write(put("k1"))
    assert not await database.changed_by_others()
    with monkeypatch.context() as patched:
        patched.setattr(writer_module, "driver_of", lambda _connection: Broken())
        with pytest.raises(sqlite3.OperationalError):
            await database.write(put("k2"))
    await database.write(put("k3"))
    assert await database.read(keys_in_order) == ["k1", "k3"]
    assert await database.changed_by_others()  # nobody knows: better look
    assert not await database.changed_by_others()


class Broken:
    """A driver's connection on a disk that is gone."""

    def execute(self, *_):
        raise sqlite3.OperationalError("disk I/O error")

    rollback = execute


async def test_not_a_database(tmp_path, keys, clock):
    file = tmp_path / "d.db"
    file.write_bytes(b"this is no database at all, but a text of some length\n" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        await Database(file, keys=keys, clock=clock).open()


async def test_a_directory_in_the_place_of_the_file(tmp_path, keys, clock):
    with pytest.raises(StoreUnavailable, match=r"d\.db cannot be opened"):
        (tmp_path / "d.db").mkdir()
        await Database(tmp_path / "d.db", keys=keys, clock=clock).open()


@pytest.mark.parametrize("url", ["postgresql://u:geheim@h/db", "sqlite://", "nonsense://["])
def test_other_urls_are_refused_without_repeating_them(url, keys, clock):
    with pytest.raises(StoreUnavailable) as caught:
        Database(url, keys=keys, clock=clock)
    assert "geheim" not in str(caught.value)


def test_sqlite_urls(tmp_path, keys, clock):
    assert Database(f"sqlite:///{tmp_path}/d.db", keys=keys, clock=clock).file == tmp_path / "d.db"


async def test_the_wrong_master_key_is_noticed_at_once(database, clock):
    other = Database(database.file, keys=Keys.of(bytes(32)), clock=clock)
    with pytest.raises(StoreUnavailable, match="another master key"):
        await other.open()


async def test_closed_and_not_opened(tmp_path, keys, clock):
    database = Database(tmp_path / "d.db", keys=keys, clock=clock)
    for call in (database.write, database.read):
        with pytest.raises(StoreUnavailable):
            await call(get("k"))
    await database.open()
    late = asyncio.ensure_future(database.write(put("k1")))
    await asyncio.sleep(0)
    await database.close()
    await late  # what was submitted is carried out
    for call in (database.write, database.read):
        with pytest.raises(StoreUnavailable):
            await call(get("k"))
    await database.close()


def test_several_may_open_a_new_file_at_the_same_time(
    tmp_path: Path, keys, clock, monkeypatch: pytest.MonkeyPatch
):
    # The others wait until the first has made all tables, on a busy machine for more than seconds.
    monkeypatch.setattr(engine, "BUSY_S", PATIENCE_S)

    async def opened() -> None:
        database = Database(tmp_path / "d.db", keys=keys, clock=clock)
        await database.open()
        await database.write(lambda tx: tx.log.head() and None)
        await database.close()

    failures = []

    def run() -> None:
        try:
            asyncio.run(opened())
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_on_uvloop(tmp_path, keys, clock):
    async def main():
        database = Database(tmp_path / "d.db", keys=keys, clock=clock)
        await database.open()
        await asyncio.gather(*(database.write(put(f"k{number}")) for number in range(50)))
        found = await database.read(keys_in_order)
        await database.close()
        return found

    assert len(uvloop.run(main())) == 50
