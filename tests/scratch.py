"""Where a run keeps its files: in memory, where there is room and programs may be started from.

A database waits for its disk with every commit, longer than most tests take for all else. Nothing
is lost by that: tests kill processes, and none of them pulls the plug.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3  # a run takes a quarter of it
FREE = 4 * 1024**3  # of the machine: its processes need memory too
_FREE = "MemAvailable:"


def use_memory() -> None:
    """For all temporary files of this process and its children. Who sets TMPDIR has chosen."""
    if "TMPDIR" not in os.environ and _is_fit():
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # asked for before, it would be remembered


def _is_fit() -> bool:
    try:
        there = os.statvfs(MEMORY)
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return False
    if there.f_flag & (os.ST_NOEXEC | os.ST_RDONLY) or not os.access(MEMORY, os.W_OK):
        return False
    free = sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(_FREE))
    return there.f_bavail * there.f_frsize >= ROOM and free >= FREE
