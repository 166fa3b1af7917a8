"""Whether a database still lies where it was last served from, or was put there since.

A file's number and time of birth can't be copied. Each start makes a new marker beside the database
and writes both down in it; a copy that is put back (over the files, or into an empty directory)
names a marker that is gone, or one that was born again. It can't see a snapshot of the whole disk.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import struct
from contextlib import suppress
from pathlib import Path

from proxyd.domain.errors import StoreUnavailable
from proxyd.store.belonging import give_to_owner

PREFIX = ".lives-here-"

# statx(2): struct statx has 256 octets, stx_mask at its beginning, stx_btime at 80.
_AT_FDCWD = -100
_BTIME = 0x800
_STATX_OCTETS = 256


class DatabasePlace:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def fits(self, mark: str) -> bool:
        """``mark`` is what ``renew`` returned."""
        name = mark.partition(" ")[0]
        if not name.startswith(PREFIX) or "/" in name:
            return False
        try:
            return _mark(self._directory / name) == mark
        except OSError:
            return False

    def renew(self) -> str:
        """Make another marker; the one before still fits. Raises StoreUnavailable."""
        file = self._directory / f"{PREFIX}{secrets.token_hex(8)}"
        try:
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
            give_to_owner(file, self._directory)
            return _mark(file)
        except OSError as error:
            raise StoreUnavailable(f"{file} cannot be made: {error.strerror}") from error

    def tidy(self, mark: str) -> None:
        """Only this marker fits from now on."""
        kept = mark.partition(" ")[0]
        for file in self._directory.glob(f"{PREFIX}*"):
            if file.name != kept:
                with suppress(OSError):
                    file.unlink()


def _mark(file: Path) -> str:
    return f"{file.name} {file.stat().st_ino} {_born_ns(file)}"


def _born_ns(file: Path) -> int:
    """0 where the system or the file system does not know."""
    try:
        statx = ctypes.CDLL(None, use_errno=True).statx
    except AttributeError:
        return 0
    found = ctypes.create_string_buffer(_STATX_OCTETS)
    if statx(_AT_FDCWD, os.fsencode(file), 0, _BTIME, found) != 0:
        return 0
    (mask,) = struct.unpack_from("=I", found, 0)
    seconds, nanoseconds = struct.unpack_from("=qI", found, 80)
    return int(seconds * 1_000_000_000 + nanoseconds) if mask & _BTIME else 0
