"""Copies of the database as a whole: a consistent one while it is in use, and the way back.

A copy is one file, complete without a -wal beside it. Must never change the original, nor follow
a name that somebody else made.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.ports.log_anchor import Anchor
from proxyd.store.belonging import give_to_owner
from proxyd.store.engine import BUSY_S, trouble

PAGES_A_STEP = 4096  # 16 MiB: between two steps others may write
_MAGIC = b"SQLite format 3\0"  # https://sqlite.org/fileformat.html §1.3
SUFFIXES = ("-wal", "-shm", "-journal")


def copied(
    source: Path, target: Path, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> None:
    """A copy of ``source``, also while others write to it. ``target`` must not exist.

    ``progress`` hears (pages done, of how many). Raises StoreUnavailable, FileExistsError.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    give_to_owner(target, target.absolute().parent)
    try:
        with closing(_opened(source)) as here, closing(_opened(target)) as there:
            here.backup(
                there,
                pages=PAGES_A_STEP,
                progress=lambda _status, left, all_: progress(all_ - left, all_),
            )
            _finished(there, target)
        synced(target)
    except BaseException as error:
        removed(target)
        if meant := trouble(error, source):
            raise meant from error
        raise


def brought(source: Path, target: Path) -> None:
    """``source``, a database at rest and perhaps its -wal, as one whole and sound file ``target``.

    Raises StoreUnavailable for what is no database, or a damaged one; OSError.
    """
    removed(target)
    try:
        for suffix in ("", "-wal"):
            if suffix and not Path(f"{source}{suffix}").exists():
                continue
            _duplicated(Path(f"{source}{suffix}"), Path(f"{target}{suffix}"))
        with closing(_opened(target)) as there:
            _finished(there, source)
        synced(target)
    except BaseException as error:
        removed(target)
        if meant := trouble(error, source):
            raise meant from error
        raise


def is_ours(file: Path) -> bool:
    """Whether a sound database has the tables that proxyd's have. Raises StoreUnavailable."""
    try:
        with closing(_opened(file)) as there:
            there.execute("SELECT version_num FROM alembic_version")
            there.execute("SELECT number FROM log LIMIT 1")
    except sqlite3.OperationalError as error:
        if "no such" in str(error):
            return False
        raise StoreUnavailable(f"{file} can't be read: {error}") from error
    return True


def is_database(file: Path) -> bool:
    """By its first octets: nothing is opened, for that makes files beside it. Raises OSError."""
    with file.open("rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


def kept_aside(file: Path, name: str) -> Path | None:
    """The database that is there, under another name as well; None where there is none.

    At no moment is there none, because a start would make a new one. What its -wal still holds is
    brought home first, or goes aside with it where it is damaged.
    """
    aside = file.with_name(name)
    if not file.exists():
        return None
    with suppress(sqlite3.Error), closing(_opened(file)) as here:
        here.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.link(file, aside)
    for suffix in SUFFIXES:  # else they would belong to the file that comes
        with suppress(FileNotFoundError):
            os.rename(f"{file}{suffix}", f"{aside}{suffix}")
    return aside


def head_of(file: Path) -> Anchor | None:
    """Of the access log in a database that may be damaged, or none at all; None: nobody knows."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            query = "SELECT number, chain FROM log ORDER BY number DESC LIMIT 1"
            number, chain = opened.execute(query).fetchone()
            return Anchor(int(number), bytes(chain))
    except (sqlite3.Error, TypeError, ValueError):
        return None


def removed(file: Path) -> None:
    for suffix in ("", *SUFFIXES):
        with suppress(FileNotFoundError):
            os.unlink(f"{file}{suffix}")


def synced(file: Path) -> None:
    """The file and its name are on disk."""
    for path in (file, file.parent):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=BUSY_S, isolation_level=None)


def _finished(connection: sqlite3.Connection, named: Path) -> None:
    """All of it in the one file, and sound."""
    connection.execute("PRAGMA journal_mode=DELETE")
    said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if said != "ok":
        raise StoreUnavailable(f"{named} is damaged ({said}): take an older backup")


def _duplicated(source: Path, target: Path) -> None:
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    give_to_owner(descriptor, target.parent)
    with source.open("rb") as read, os.fdopen(descriptor, "wb") as write:
        shutil.copyfileobj(read, write, 1024 * 1024)
