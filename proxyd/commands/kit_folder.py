"""The folder that a kit is written to: private, and nobody's own files are ever written over.

Which files are ours stands in a list beside them. Each file appears whole or not at all; what is a
link is replaced, never followed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Final

from admin.client_setup.kit import KitFile
from proxyd.domain.errors import BadInput

_OURS: Final = ".proxyd-client-setup"  # the list: a path a line
_LIST_LIMIT: Final = 10_000_000  # a hundred thousand people; a file put there may be GBs
_PRIVATE: Final = 0o700
_WRITABLE_BY_OTHERS: Final = 0o022
_OTHER: Final = "name another folder, or move that away"


class KitFolder:
    def __init__(self, folder: Path, option: str) -> None:
        """``option`` is where ``folder`` was typed, for the errors."""
        self._folder = folder
        self._option = option

    def check(self, paths: Iterable[str]) -> None:
        """Whether files could be written there, before anything is done. Raises BadInput."""
        folder = self._folder
        if folder.exists():
            self._check_folder()
        elif folder.is_symlink():
            raise self._wrong(
                f"{folder} is a link that leads nowhere", "remove it, or name another"
            )
        elif not folder.absolute().parent.is_dir():
            raise self._wrong(
                f"{folder.absolute().parent} is no folder", "name a folder in one that is there"
            )
        ours = self._ours()
        for path in paths:
            self._check_place(path, ours)

    def _check_folder(self) -> None:
        folder = self._folder
        if not folder.is_dir():
            raise self._wrong(f"{folder} is not a folder", "name one")
        if folder.stat().st_mode & _WRITABLE_BY_OTHERS:
            instead = f"run: chmod go-w {folder}, or name a folder of its own"
            raise self._wrong(f"others may write to {folder}", instead)
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise self._wrong(f"{folder} can't be written by us", "name another folder")
        if not self._is_ours() and any(folder.iterdir()):
            instead = "name a new folder, an empty one, or one that this command made"
            raise self._wrong(f"{folder} holds what is not ours", instead)

    def write(self, files: Sequence[KitFile], possible: Iterable[str]) -> list[str]:
        """What is of ``possible`` and is not made any more is removed: it may hold an old password.
        The paths of what was there before are returned. Raises BadInput, OSError.
        """
        paths = [file.path for file in files]
        stale = [path for path in possible if path not in paths]
        self.check([*paths, *stale])
        replaced = [path for path in (*paths, *stale) if os.path.lexists(self._folder / path)]
        listed = "".join(f"{path}\n" for path in dict.fromkeys([*self._ours(), *paths]))
        known, there = self._is_ours(), self._folder.exists()
        if not known:
            self._folder.mkdir(mode=_PRIVATE, exist_ok=True)
            self._folder.chmod(_PRIVATE)  # an empty one that was there may be anybody's to read
        written: list[str] = []
        try:
            # First: what an interrupted run has written is known to the next one.
            for file in (KitFile(_OURS, listed.encode("utf-8")), *files):
                self._put(file.path, file.content)
                written.append(file.path)
        except BaseException:
            self._take_back(written[1 if known else 0 :])
            if not there:
                with suppress(OSError):
                    self._folder.rmdir()
            raise
        for path in stale:
            (self._folder / path).unlink(missing_ok=True)
        return replaced

    def _check_place(self, path: str, ours: set[str]) -> None:
        place = self._folder / path
        if ".." in place.parts:
            raise self._wrong(f"{path!r} is no place for a file", "rename that mailbox or person")
        for parent in place.parents:
            if parent == self._folder:
                break
            if parent.is_symlink() or (parent.exists() and not parent.is_dir()):
                raise self._wrong(f"{parent} is not ours", _OTHER)
        if os.path.lexists(place) and (path not in ours or place.is_dir()):
            raise self._wrong(f"{place} is not ours", _OTHER)

    def _is_ours(self) -> bool:
        return (self._folder / _OURS).is_file()

    def _ours(self) -> set[str]:
        try:
            with (self._folder / _OURS).open(encoding="utf-8") as stream:
                return set(stream.read(_LIST_LIMIT).splitlines())
        except (FileNotFoundError, UnicodeDecodeError):
            return set()

    def _put(self, path: str, content: bytes) -> None:
        place = self._folder / path
        for parent in sorted(_folders_of([path])):
            (self._folder / parent).mkdir(mode=_PRIVATE, exist_ok=True)
        draft = place.with_name(f".{secrets.token_hex(8)}.new")
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "wb") as stream:
                stream.write(content)
            draft.replace(place)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def _take_back(self, paths: Iterable[str]) -> None:
        """Half a kit, as on a full disk, leaves no password behind."""
        for path in paths:
            place = self._folder / path
            with suppress(OSError):
                place.unlink()
        for parent in sorted(_folders_of(paths), reverse=True):
            with suppress(OSError):  # others are still in it
                (self._folder / parent).rmdir()

    def _wrong(self, problem: str, instead: str) -> BadInput:
        return BadInput(self._option, problem, instead)


def _folders_of(paths: Iterable[str]) -> set[PurePath]:
    """Those below the kit's own; sorted, the outer ones come first."""
    return {parent for path in paths for parent in PurePath(path).parents if parent.parts}
