"""One process serves a data directory: two would number the same rows twice."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from proxyd.domain.errors import StoreUnavailable
from proxyd.store.belonging import give_to_owner, owner_of

FILE_NAME = "running.lock"


class AlreadyRunning(Exception):
    """Another proxyd serves the same data directory."""


def lock(data_dir: Path) -> int:
    """The descriptor that holds it, until it is closed.

    Raises AlreadyRunning, StoreUnavailable.
    """
    file = data_dir / FILE_NAME
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(cannot_open(file, error)) from error
    give_to_owner(descriptor, data_dir)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise AlreadyRunning(
            f"another proxyd runs on {data_dir}; stop it first, or set server.data_dir"
        ) from error
    return descriptor


def cannot_open(file: Path, error: OSError) -> str:
    said = f"{file} can't be opened: {error.strerror}"
    if isinstance(error, PermissionError) and os.path.exists(file):
        said += f"; it belongs to {owner_of(file)}: see proxyd check"
    return said
