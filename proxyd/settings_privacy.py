"""Who else can read or exchange what this installation keeps: files, their directory, those above;
and whether whom it belongs to can read and write it.

Looks only; never changes anything. Each finding is (key, what is wrong, what to type).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from proxyd.settings import Settings

Finding = tuple[str, str, str]

_OTHERS = 0o077  # permission bits of group and others
_WRITE = 0o022


def open_to_others(settings: Settings) -> Iterator[Finding]:
    data = settings.data_dir
    yield from _private("server.data_dir", data, "700")
    yield from _above("server.data_dir", data)
    if settings.cache_directory != data:
        yield from _private("cache.directory", settings.cache_directory, "700")
    database = Path(settings.database)
    for suffix in ("", "-wal", "-shm"):
        yield from _private("store.path", database.with_name(database.name + suffix), "600")
    if database.parent != data:
        yield from _above("store.path", database)
    yield from _private("server.data_dir", data / "running.lock", "600")
    yield from _private("log.anchor_file", settings.anchor_file, "600")
    if settings.secrets.master_key_file is None:  # a chosen one may be: secrets are mounted so
        yield from _linked("secrets.master_key_file", settings.master_key_file)


def _private(key: str, path: Path, mode: str) -> Iterator[Finding]:
    try:
        found = path.lstat()
    except OSError:
        return  # made on first use, with the right mode
    if path.is_symlink():
        yield from _linked(key, path)
        return
    if mode == "600" and not stat.S_ISREG(found.st_mode):
        yield key, f"{path} is not a file", "move it away, or put the file back"
        return
    own = int(mode, 8)
    if found.st_mode & own != own:  # nobody asks os.access here: to root everything is open
        yield key, f"{path} can't be read and written by its owner", f"run: chmod {mode} {path}"
    elif found.st_mode & _OTHERS:
        yield key, f"{path} is open to other users", f"run: chmod {mode} {path}"
    # Root may look after the files of another user (and ``proxyd check`` as root names those of
    # root itself elsewhere).
    if os.geteuid() not in (0, found.st_uid):
        yield key, f"{path} belongs to another user", f"run: chown {os.geteuid()} {path}"


def _linked(key: str, path: Path) -> Iterator[Finding]:
    if os.path.islink(path):  # False where we may not look
        yield key, f"{path} is a symbolic link", f"name the place itself: {path.resolve()}"


def _above(key: str, path: Path) -> Iterator[Finding]:
    """Whoever can write there can put another directory in the place of ours."""
    for parent in path.absolute().parents:
        try:
            mode = parent.stat().st_mode
        except OSError:
            continue
        if mode & _WRITE and not mode & stat.S_ISVTX:
            yield key, f"{parent} can be written by others", f"run: chmod go-w {parent}"
