"""Thunderbird itself, on a screen that exists in memory only, with a profile and a home of its own.

It talks to 127.0.0.1 only, and ends with the test: it is told to, and else killed by its pid.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.thunderbird.marionette import Marionette, ScriptFailed

START_S = 60.0  # a first start on a busy machine; it takes 3 s on an idle one
STOP_S = 20.0
SEEN_S = 20.0  # what a user would call "at once" is fractions of a second; CI machines are slow
LOOK_S = 0.05  # between two looks at the screen

HERE = Path(__file__).parent
SCRIPTS = "\n".join((HERE / name).read_text() for name in ("eyes.js", "hands.js"))

# What the program must not do here: greet, ask, phone home, wait for a desktop that is not there.
PREFERENCES: dict[str, object] = {
    "marionette.port": 0,
    "alerts.useSystemBackend": False,
    "app.donation.eoy.version.viewed": 999,
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.search.update": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "extensions.blocklist.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "mail.chat.enabled": False,
    "mail.inappnotifications.enabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.shell.checkDefaultClient": False,
    "mail.spam.manualMark": False,
    "mail.spotlight.firstRunDone": True,
    "mail.threadpane.listview": 0,
    "mail.ui-rdf.version": 999,
    "mailnews.default_view_flags": 0,
    "mailnews.start_page.enabled": False,
    "mailnews.start_page_override.mstone": "ignore",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "security.OCSP.enabled": 0,
    "services.settings.server": "http://127.0.0.1:9/",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "",
}


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


class Thunderbird:
    """One profile; ``start`` and ``quit`` as often as one likes."""

    def __init__(self, directory: Path, screen: Screen, **preferences: object) -> None:
        self.directory = directory
        self.screen = screen
        self.profile = directory / "profile"
        self.profile.mkdir(parents=True)
        self.prefer(PREFERENCES | preferences)
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
        command = ["thunderbird", "--marionette", "--remote-allow-system-access", "--no-remote"]
        environment = {
            "HOME": str(self.directory),
            "XDG_RUNTIME_DIR": str(self.directory),
            "DISPLAY": self.screen.name,
            "LANG": "C.UTF-8",
            "PATH": os.environ["PATH"],
            "TZ": "UTC",
        }
        with (self.directory / "thunderbird.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--profile", str(self.profile)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_S
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

    def see(self, what: str, seen: Callable[[], Any], seconds: float = SEEN_S) -> Any:
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
