"""Mbsync and OfflineIMAP: a mail is moved between Maildirs on the person's own disk, and the next
run says APPEND to the one folder and ``\\Deleted`` and EXPUNGE to the other, in any order.
"""

from __future__ import annotations

import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from proxyd.imapwire import mutf7
from tests.e2e.installation import Installation
from tests.e2e.keeping_copies import NOTHING, Mbsync, OfflineImap
from tests.e2e.moves.cells import Cell

_SUBJECT = re.compile(rb"(?m)^Subject: (\S+)\r?$")
_SERIAL = count(1)


class Copies(ABC):
    """What is the same for all that keep Maildirs."""

    @abstractmethod
    def sync(self) -> None:
        """Bring both sides together."""

    @abstractmethod
    def folder(self, view: str) -> Path:
        """The Maildir of a view."""

    @abstractmethod
    def settled(self) -> None:
        """One more run finds nothing to do."""

    def move(self, source: str, cells: Sequence[Cell]) -> None:
        for cell in cells:
            self._file(source, cell).rename(self._new(cell))
        self.sync()

    def copy(self, source: str, cells: Sequence[Cell]) -> None:
        for cell in cells:
            shutil.copyfile(self._file(source, cell), self._new(cell))
        self.sync()

    def delete(self, source: str, cells: Sequence[Cell]) -> None:
        for cell in cells:
            self._file(source, cell).unlink()
        self.sync()

    def shown(self, views: Sequence[str], of: str) -> dict[str, set[str]]:
        """Subjects that begin with ``of``, by view."""
        self.sync()
        self.settled()
        found = {view: [_subject(file) for file in self._files(view)] for view in views}
        twice = {view: some for view, some in found.items() if len(set(some)) < len(some)}
        assert not twice
        return {
            view: {one for one in some if one.startswith(f"{of}-")} for view, some in found.items()
        }

    def _files(self, view: str) -> Iterator[Path]:
        for part in ("cur", "new"):
            yield from (self.folder(view) / part).iterdir()

    def _file(self, view: str, cell: Cell) -> Path:
        (file,) = (file for file in self._files(view) if _subject(file) == cell.subject)
        return file

    def _new(self, cell: Cell) -> Path:
        """A name as a mail program makes one, read already."""
        return self.folder(cell.target) / "cur" / f"1.{next(_SERIAL)}.here:2,S"


class MovingMbsync(Copies):
    def __init__(self, proxy: Installation, directory: Path) -> None:
        self._program = Mbsync(proxy, directory, login="anna", expunge="Both")
        self.sync()

    def sync(self) -> None:
        self._program.sync()

    def settled(self) -> None:
        assert self._program.sync() == NOTHING

    def folder(self, view: str) -> Path:
        as_read = self._program.directory / view  # 1.5; before, as the server writes it
        encoded = self._program.directory / mutf7.encode(view).decode("ascii")
        return as_read if as_read.is_dir() else encoded


class MovingOfflineImap(Copies):
    def __init__(self, proxy: Installation, directory: Path) -> None:
        # One: with more it lists a folder, moves that folder's mail by another connection, and
        # ends with an error because it can't copy what it has moved. The next run puts it right.
        self._program = OfflineImap(proxy, directory, connections=1)
        self.sync()

    def sync(self) -> None:
        self._program.sync()

    def settled(self) -> None:
        said = self._program.sync()
        assert "Copy message" not in said
        assert "Deleting" not in said

    def folder(self, view: str) -> Path:
        return self._program.mail / mutf7.encode(view).decode("ascii").replace("/", ".")


def _subject(file: Path) -> str:
    return _SUBJECT.findall(file.read_bytes())[0].decode()
