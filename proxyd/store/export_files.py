"""The folder in which exports of the access log lie for a day: beside the database, 0700, its files
0600. Made when the first one is.
"""

from __future__ import annotations

import os
from pathlib import Path

from proxyd.store.belonging import give_to_owner

NAME = "exports"


class ExportFiles:
    def __init__(self, data: Path) -> None:
        self._folder = data / NAME

    def begin(self, name: str) -> None:
        try:
            self._folder.mkdir(mode=0o700)
        except FileExistsError:
            self._folder.chmod(0o700)
        else:
            give_to_owner(self._folder, self._folder.parent)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
        descriptor = os.open(self._folder / name, flags, 0o600)
        try:
            give_to_owner(descriptor, self._folder)
        finally:
            os.close(descriptor)

    def append(self, name: str, text: str) -> int:
        with (self._folder / name).open("ab") as stream:
            stream.write(text.encode("utf-8"))
            return stream.tell()

    def piece(self, name: str, at: int, most: int) -> bytes:
        with (self._folder / name).open("rb") as stream:
            stream.seek(at)
            return stream.read(most)

    def remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)

    def names(self) -> list[str]:
        try:
            return sorted(path.name for path in self._folder.iterdir())
        except FileNotFoundError:
            return []
