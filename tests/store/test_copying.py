"""The database as one file, while it is in use, and back (store/copying.py)."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest

from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.types import LogRecord
from proxyd.store import copying


def records(file):
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT count(*) FROM log").fetchone()[0]


async def test_a_copy_while_it_is_open_is_whole_and_one_file(database, tmp_path):
    await database.write(lambda tx: tx.log.append([LogRecord("login", actor="anna")] * 5))
    heard = []
    target = tmp_path / "copy.db"
    copying.copied(database.file, target, lambda *now: heard.append(now))
    assert records(target) == 5 and target.stat().st_mode & 0o777 == 0o600
    assert heard[-1][0] == heard[-1][1]
    assert sorted(p.name for p in tmp_path.glob("copy.db*")) == ["copy.db"]
    with pytest.raises(FileExistsError):
        copying.copied(database.file, target)


async def test_a_file_with_its_write_ahead_log_is_brought_whole(database, tmp_path):
    await database.write(lambda tx: tx.log.append([LogRecord("login", actor="anna")]))
    saved = tmp_path / "saved"
    saved.mkdir()
    for file in database.file.parent.glob("proxyd.db*"):  # as a tool copies it that knows no SQLite
        shutil.copy(file, saved / file.name)
    target = tmp_path / "brought.db"
    copying.brought(saved / "proxyd.db", target)
    assert records(target) == 1 and copying.head_of(target).number == 1
    assert (saved / "proxyd.db-wal").exists()


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + bytes(5000)])
def test_what_is_no_backup(tmp_path, content):
    source, target = tmp_path / "saved.db", tmp_path / "new.db"
    source.write_bytes(content)
    if content:
        with pytest.raises(StoreUnavailable, match=r"saved\.db"):
            copying.brought(source, target)
    else:  # an empty file is an empty database for SQLite
        copying.brought(source, target)
    assert copying.head_of(source) is None


async def test_what_was_there_is_kept_and_never_missing(database, tmp_path):
    await database.write(lambda tx: tx.log.append([LogRecord("login", actor="anna")]))
    await database.close()
    aside = copying.kept_aside(database.file, "aside.db")
    assert records(aside) == records(database.file) == 1
    assert copying.kept_aside(tmp_path / "none.db", "x") is None
