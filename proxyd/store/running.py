"""One process serves a data directory: two would number the same rows twice."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

FILE_NAME = "running.lock"


class AlreadyRunning(Exception):
    """Another proxyd serves the same data directory."""


def lock(data_dir: Path) -> int:
    """The descriptor that holds it, until it is closed. Raises AlreadyRunning, OSError."""
    file = data_dir / FILE_NAME
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise AlreadyRunning(
            f"another proxyd runs on {data_dir}; stop it first, or set server.data_dir"
        ) from error
    return descriptor
