"""The demo mailbox on disk: one SQLite file with folders, messages and subscriptions.

It must never know sessions or IMAP syntax. Invariants:
- when a method returns, its change is on the disk (WAL, synchronous=FULL) as one transaction;
- UIDs only grow within a folder, and a folder made anew gets a greater UIDVALIDITY, for ever;
- a message's octets are stored once, however many folders hold it, and go with their last place.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS folder (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    use TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uidnext INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS body (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    size INTEGER NOT NULL,
    octets BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS place (
    folder INTEGER NOT NULL REFERENCES folder(id),
    uid INTEGER NOT NULL,
    body INTEGER NOT NULL REFERENCES body(id),
    flags TEXT NOT NULL,
    date TEXT NOT NULL,
    PRIMARY KEY (folder, uid)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS place_body ON place (body);
CREATE TABLE IF NOT EXISTS subscription (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
# SQLite's bound variables per statement are limited; sets are worked off in pieces of this many.
_BATCH = 500
_LOCK_SECONDS = 1.0  # long enough for a predecessor that is just ending


class DataInUseError(OSError):
    """Another process holds the demo's data."""


@dataclass(frozen=True, slots=True)
class FolderRow:
    id: int
    name: str
    use: str  # SPECIAL-USE attribute, "" for none
    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A message in a folder."""

    uid: int
    body: int
    size: int
    flags: tuple[str, ...]
    date: str


@dataclass(frozen=True, slots=True)
class DemoArrival:
    folder: int
    uid: int
    octets: bytes
    flags: Sequence[str]
    date: str


class DemoDatabase:
    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=_LOCK_SECONDS)
        try:
            self._open()
        except sqlite3.OperationalError as error:
            self._db.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise DataInUseError(f"{path} is used by another process") from None
            raise

    def _open(self) -> None:
        # EXCLUSIVE: folders are kept in memory, so that a second process would never see a change.
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        # FULL: an acknowledged change survives a power cut too, at one fsync per command.
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA foreign_keys=ON")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    # ---------------------------------------------------------------- reading

    def folders(self) -> list[FolderRow]:
        rows = self._db.execute("SELECT id, name, use, uidvalidity, uidnext FROM folder")
        return [FolderRow(*row) for row in rows]

    def places(self, folder: int) -> Iterator[PlaceRow]:
        """In the order of their UIDs."""
        rows = self._db.execute(
            "SELECT uid, body, size, flags, date FROM place JOIN body ON body.id = body"
            " WHERE folder = ? ORDER BY uid",
            (folder,),
        )
        for uid, body, size, flags, date in rows:
            yield PlaceRow(uid, body, size, tuple(flags.split()), date)

    def octets(self, body: int) -> bytes:
        row = self._db.execute("SELECT octets FROM body WHERE id = ?", (body,)).fetchone()
        return bytes(row[0])

    def subscriptions(self) -> set[str]:
        return {name for (name,) in self._db.execute("SELECT name FROM subscription")}

    # ---------------------------------------------------------------- folders

    def add_folder(self, name: str, use: str, uidvalidity: int) -> FolderRow:
        """``uidvalidity`` is a wish: it becomes greater than any that was ever given."""
        with self._transaction():
            row = self._db.execute("SELECT value FROM counter WHERE name = 'uidvalidity'")
            last = (row.fetchone() or (0,))[0]
            uidvalidity = max(uidvalidity, last + 1)
            self._db.execute("REPLACE INTO counter VALUES ('uidvalidity', ?)", (uidvalidity,))
            added = self._db.execute(
                "INSERT INTO folder (name, use, uidvalidity, uidnext) VALUES (?, ?, ?, 1)",
                (name, use, uidvalidity),
            )
        assert added.lastrowid is not None
        return FolderRow(added.lastrowid, name, use, uidvalidity, 1)

    def remove_folder(self, folder: int) -> None:
        with self._transaction():
            self._db.execute("DELETE FROM place WHERE folder = ?", (folder,))
            self._db.execute("DELETE FROM folder WHERE id = ?", (folder,))
            self._sweep_all()

    def rename_folders(self, names: Iterable[tuple[int, str]]) -> None:
        with self._transaction():
            for folder, name in names:
                self._db.execute("UPDATE folder SET name = ? WHERE id = ?", (name, folder))

    def subscribe(self, name: str) -> None:
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO subscription VALUES (?)", (name,))

    def unsubscribe(self, name: str) -> None:
        with self._transaction():
            self._db.execute("DELETE FROM subscription WHERE name = ?", (name,))

    # ---------------------------------------------------------------- messages

    def add_messages(self, messages: Iterable[DemoArrival]) -> list[int]:
        """Store them all, or none; returns the ids of their bodies."""
        bodies = []
        with self._transaction():
            for new in messages:
                added = self._db.execute(
                    "INSERT INTO body (size, octets) VALUES (?, ?)", (len(new.octets), new.octets)
                )
                assert added.lastrowid is not None
                bodies.append(added.lastrowid)
                self._place(new.folder, new.uid, added.lastrowid, new.flags, new.date)
        return bodies

    def copy(
        self,
        target: int,
        rows: Sequence[PlaceRow],
        *,
        moved_from: tuple[int, Sequence[int]] | None = None,
    ) -> None:
        """Place bodies under new UIDs, and take them from another folder in the same instant."""
        with self._transaction():
            for row in rows:
                self._place(target, row.uid, row.body, row.flags, row.date)
            if moved_from is not None:
                self._unplace(*moved_from)

    def set_flags(self, folder: int, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
        with self._transaction():
            self._db.executemany(
                "UPDATE place SET flags = ? WHERE folder = ? AND uid = ?",
                ((" ".join(flags), folder, uid) for uid, flags in rows),
            )

    def remove(self, folder: int, uids: Sequence[int], bodies: Sequence[int]) -> None:
        """Remove messages; ``bodies`` are theirs, and go too where nothing else holds them."""
        with self._transaction():
            self._unplace(folder, uids)
            for start in range(0, len(bodies), _BATCH):
                self._sweep(bodies[start : start + _BATCH])

    # ---------------------------------------------------------------- inside

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # when the disk is full, SQLite has rolled back itself
                self._db.execute("ROLLBACK")
            raise

    def _place(self, folder: int, uid: int, body: int, flags: Sequence[str], date: str) -> None:
        self._db.execute(
            "INSERT INTO place VALUES (?, ?, ?, ?, ?)", (folder, uid, body, " ".join(flags), date)
        )
        self._db.execute("UPDATE folder SET uidnext = ? WHERE id = ?", (uid + 1, folder))

    def _unplace(self, folder: int, uids: Sequence[int]) -> None:
        self._db.executemany(
            "DELETE FROM place WHERE folder = ? AND uid = ?", ((folder, uid) for uid in uids)
        )

    def _sweep(self, bodies: Sequence[int]) -> None:
        marks = ",".join("?" * len(bodies))
        self._db.execute(
            f"DELETE FROM body WHERE id IN ({marks})"  # noqa: S608 (question marks only)
            " AND NOT EXISTS (SELECT 1 FROM place WHERE place.body = body.id)",
            bodies,
        )

    def _sweep_all(self) -> None:
        self._db.execute(
            "DELETE FROM body WHERE NOT EXISTS (SELECT 1 FROM place WHERE place.body = body.id)"
        )
