"""Whom a file belongs to: what root makes in somebody's directory is that one's.

Else a command that root typed once leaves a file that the server, which is not root, can't open.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
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


def strangers(directory: Path) -> Iterator[Path]:
    """What belongs to somebody else than ``directory``. Raises OSError where it can't look."""
    uid = directory.stat().st_uid
    for folder, _, files in os.walk(directory):
        for name in (".", *files):
            path = Path(folder, name)
            with suppress(FileNotFoundError):  # a file of the moment
                if path.lstat().st_uid != uid:
                    yield path
