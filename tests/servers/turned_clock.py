"""A wall clock for one process that stands still until a test turns it (Debian's libfaketime).

What a process sleeps and how long it waits goes by the other clock, which is left alone.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

_LIBRARY = "/usr/lib/*-linux-gnu*/faketime/libfaketimeMT.so.1"


class TurnedClock:
    def __init__(self, file: Path, at: datetime) -> None:
        self._file = file
        self.turn(at)

    def turn(self, at: datetime) -> None:
        """With its zone. In one go: the process may look at any moment."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}\n")
        new.replace(self._file)
        self.now = at

    def environment(self) -> dict[str, str]:
        """What a process needs to go by it."""
        root, pattern = Path("/"), _LIBRARY.removeprefix("/")
        library = next(root.glob(pattern), None)
        if library is None:
            raise RuntimeError("libfaketime is missing; run tests/install-packages")
        return {
            **os.environ,
            "TZ": "UTC",  # in which the file is read
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
