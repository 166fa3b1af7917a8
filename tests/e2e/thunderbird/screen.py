"""A screen that exists in memory only, for programs that want one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

STOP_S = 20.0


class Screen:
    """An X server without a monitor."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x900x24"]
        self._process = subprocess.Popen(
            [*command, "-nolisten", "tcp"], pass_fds=[writing], stderr=subprocess.DEVNULL
        )
        os.close(writing)
        with os.fdopen(reading) as said:
            self.name = f":{said.readline().strip()}"
        assert self.name != ":", "Xvfb does not start"

    def picture(self, file: Path) -> None:
        """All of the screen, with pop-ups; quietly nothing where ImageMagick is not installed."""
        if shutil.which("import"):
            command = ["import", "-display", self.name, "-window", "root", str(file)]
            subprocess.run(command, check=False, timeout=STOP_S)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(STOP_S)
