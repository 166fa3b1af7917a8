"""Whom a file belongs to: what root makes in somebody's directory is that one's.

Else a command that root typed once leaves a file that the server, which is not root, can't open.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path


def give_to_owner(file: Path | int, directory: Path) -> None:
    """``file`` (or its descriptor), just made, belongs to whom ``directory`` belongs to."""
    if os.geteuid() != 0:
        return
    with suppress(OSError):  # a root without that right, as in some containers
        owner = directory.stat()
        os.chown(file, owner.st_uid, owner.st_gid)


def owner_of(file: Path) -> str:
    """As a command takes it."""
    uid = file.stat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def strangers(directory: Path, names: Collection[str]) -> Iterator[Path]:
    """What of these, and in these, belongs to somebody else than ``directory``.

    Raises OSError where it can't look. Other files in there are nobody's business.
    """
    uid = directory.stat().st_uid
    for path in (below for name in names for below in _all_of(directory / name)):
        with suppress(FileNotFoundError):  # a file of the moment
            if path.lstat().st_uid != uid:
                yield path


def _all_of(path: Path) -> Iterator[Path]:
    yield path
    for folder, folders, files in os.walk(path):
        yield from (Path(folder, name) for name in (*folders, *files))
