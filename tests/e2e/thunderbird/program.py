"""Thunderbird itself, on a screen that exists in memory only, with a profile and a home of its own.

It talks to 127.0.0.1 only, and ends with the test: it is told to, and else killed by its pid.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.thunderbird.marionette import Marionette, ScriptFailed
from tests.e2e.thunderbird.preferences import QUIET
from tests.e2e.thunderbird.screen import Screen
from tests.patience import PATIENCE_S

STOP_S = 20.0
QUIET_S = 3.0  # it goes to IDLE 2 s after the last action
SETTLED_S = 40.0  # its round through all folders begins 10 s after the start
LOOK_S = 0.05  # between two looks at the screen

HERE = Path(__file__).parent
SCRIPTS = "\n".join((HERE / name).read_text() for name in ("eyes.js", "hands.js"))


class Thunderbird:
    """One profile; ``start`` and ``quit`` as often as one likes."""

    def __init__(
        self,
        directory: Path,
        screen: Screen,
        preferences: dict[str, object],
        program: str | Path = "thunderbird",
    ) -> None:
        self.directory = directory
        self.screen = screen
        self.profile = directory / "profile"
        self.profile.mkdir(parents=True)
        self.prefer({**QUIET, **preferences})
        self._program = str(program)
        self._process: subprocess.Popen[bytes] | None = None
        self._marionette: Marionette | None = None

    def prefer(self, preferences: dict[str, object]) -> None:
        """For the next start."""
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
            for name, value in preferences.items()
        ]
        with (self.profile / "user.js").open("a") as file:
            file.writelines(lines)

    # -------------------------------------------------------------- life

    def start(self) -> None:
        port = self.profile / "MarionetteActivePort"
        port.unlink(missing_ok=True)
        command = [self._program, "--marionette", "--remote-allow-system-access", "--no-remote"]
        environment = {
            "HOME": str(self.directory),
            "TMPDIR": str(self.directory),  # two at a time take each other's files away
            "XDG_RUNTIME_DIR": str(self.directory),
            "DISPLAY": self.screen.name,
            "LANG": "C.UTF-8",
            "PATH": os.environ["PATH"],
            "TZ": "UTC",
            "MOZ_LOG": "IMAP:4,sync,timestamp",
            "MOZ_LOG_FILE": str(self.directory / "dialogue"),
        }
        with (self.directory / "thunderbird.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--profile", str(self.profile)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE_S
        while not port.exists() or not port.read_text().strip():
            assert self._process.poll() is None, f"Thunderbird ended:\n{self.log()}"
            assert time.monotonic() < deadline, f"Thunderbird does not start:\n{self.log()}"
            time.sleep(LOOK_S)
        self._marionette = Marionette(int(port.read_text()))
        self.see("the main window", lambda: self.run("return !!eyes.pane()?.folderTree"))

    def quit(self) -> None:
        """As by the menu."""
        if self._process is None:
            return
        if self._marionette:
            self._marionette.quit()
            self._marionette = None
        self._process.wait(STOP_S)
        self._process = None

    def close(self) -> None:
        """However it is, it ends."""
        try:
            self.quit()
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            assert self._process is not None
            self._process.kill()
            self._process.wait(STOP_S)
            self._process = None

    def log(self) -> str:
        return (self.directory / "thunderbird.log").read_text(errors="replace")

    def dialogue(self) -> str:
        """What it and the server have said since the last start, as it logs that itself."""
        return (self.directory / "dialogue.moz_log").read_text(errors="replace")

    # -------------------------------------------------------------- use

    def run(self, script: str, *arguments: object) -> Any:
        assert self._marionette is not None
        return self._marionette.run(f"{SCRIPTS}\n{script}", *arguments)

    def look(self, what: str, *arguments: object) -> Any:
        """What one of eyes.js sees."""
        return self.run("return eyes[arguments[0]](...arguments[1])", what, list(arguments))

    def do(self, what: str, *arguments: object) -> Any:
        """One of hands.js."""
        return self.run("return hands[arguments[0]](...arguments[1])", what, list(arguments))

    def open(self, *folder: str) -> None:
        """Click on a folder, once it is there."""
        self.see(f"the folder {folder}", lambda: self.shows(*folder))
        self.do("openFolder", folder)
        self.see(f"{folder} open", lambda: self.look("folder") == folder[-1])

    def shows(self, *folder: str) -> bool:
        return bool(self.run("return !!eyes.folderRow(arguments[0])", folder))

    def settled(self) -> None:
        """Wait until it has nothing to do: all its connections idle, its first round is over."""
        log = self.directory / "dialogue.moz_log"
        since, size = time.monotonic(), -1
        deadline = since + SETTLED_S
        while time.monotonic() - since < QUIET_S and time.monotonic() < deadline:
            if log.stat().st_size != size:
                since, size = time.monotonic(), log.stat().st_size
            time.sleep(LOOK_S)

    def read(self, subject: str) -> None:
        """Click on a mail, once it is there; until its text shows."""
        self.see(subject, lambda: self.row(subject))
        self.do("openMail", subject)
        self.see(f"{subject} open", lambda: self.look("mail")["subject"] == subject)
        self.see("its text", lambda: bool(self.look("mail")["text"].strip()))

    def drag(self, subject: str, *folder: str) -> None:
        """Drag a mail of the open list onto a folder."""
        self.see(f"{subject} in the hand", lambda: self.do("drag", subject, folder))

    def row(self, subject: str) -> dict[str, Any] | None:
        """How the open folder's list shows a mail; None when it isn't in the folder."""
        found: dict[str, Any] | None = self.look("row", subject)
        return found

    def see(self, what: str, seen: Callable[[], Any], seconds: float = PATIENCE_S) -> Any:
        """Wait until the user would see it; returns what ``seen`` returned."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if found := seen():
                    return found
            except ScriptFailed:  # a window that is just being built or torn down
                if time.monotonic() > deadline:
                    raise
            if time.monotonic() > deadline:
                raise AssertionError(f"Thunderbird does not show {what}")
            time.sleep(LOOK_S)
