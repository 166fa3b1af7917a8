"""Running other people's mail programs, with a screen where they want one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping

from tests.e2e.installation import Installation
from tests.patience import PATIENCE_S, until
from tests.servers.absent import needs

WHAT_ARE_YOU = b"\x1b[c"  # ECMA-48 §8.3.24 DA, device attributes
VT220 = b"\x1b[?62c"


def run(command: list[str], *, stdin: bytes = b"", check: bool = True) -> bytes:
    needs(command[0])
    done = subprocess.run(
        command, input=stdin, capture_output=True, timeout=PATIENCE_S, check=False
    )
    assert not check or not done.returncode, (command, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout + done.stderr


def forked(
    command: list[str], environment: Mapping[str, str], *, rows: int = 40, columns: int = 160
) -> tuple[int, int]:
    """Start a program on a terminal of its own: its pid, and our end of the terminal.

    The terminal has its size before the program looks: without one some curses give up.
    """
    needs(command[0])
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        size = {"LINES": f"{rows}", "COLUMNS": f"{columns}", "TERM": "xterm", "LC_ALL": "C.UTF-8"}
        os.environ.update({**size, **environment})
        os.execvp(command[0], command)
    return pid, terminal


def on_terminal(command: list[str]) -> str:
    """Run a program that wants a screen; what it painted."""
    pid, terminal = forked(command, {}, columns=120)
    painted = b""
    deadline = time.monotonic() + PATIENCE_S
    try:
        while time.monotonic() < deadline:
            if select.select([terminal], [], [], 0.5)[0]:
                painted += os.read(terminal, 65_536)
    except OSError:  # Linux says so when the program has ended
        pass
    else:
        os.kill(pid, 9)
    finally:
        os.close(terminal)
    assert os.waitpid(pid, 0)[1] == 0, painted.decode(errors="replace")[-3000:]
    return painted.decode(errors="replace")


class Terminal:
    """A program on a terminal of its own that is typed at."""

    def __init__(
        self, command: list[str], environment: Mapping[str, str], *, rows: int = 40
    ) -> None:
        self.painted = b""
        self.pid, self._terminal = forked(command, environment, rows=rows)

    def sees(self, *texts: str) -> str:
        """Waits until one of them was painted since the last time something was typed; which."""
        seen: list[str] = []

        def painted() -> bool:
            going_on = True
            while going_on and not seen:  # no pause while it paints: it would wait for its terminal
                going_on = self.paints(0.1)
                seen[:] = [text for text in texts if text.encode() in self.painted]
            return bool(seen)

        until(painted, lambda: f"none of {texts} in {self.shown()[-3000:]}")
        return seen[0]

    def paints(self, seconds: float) -> bool:
        """Takes in what is painted in that time at most; False when there was nothing."""
        if not select.select([self._terminal], [], [], seconds)[0]:
            return False
        read = os.read(self._terminal, 65_536)
        # aerc 0.20 does not begin, nor end, before its terminal has said what it is.
        for _ in range((self.painted[1 - len(WHAT_ARE_YOU) :] + read).count(WHAT_ARE_YOU)):
            os.write(self._terminal, VT220)
        self.painted += read
        return True

    def shown(self) -> str:
        return self.painted.decode(errors="replace")

    def types(self, keys: str) -> None:
        self.painted = b""
        os.write(self._terminal, keys.encode())

    def ended(self) -> None:
        """Waits until it has ended by itself."""
        with contextlib.suppress(OSError):  # Linux says so when the program has ended
            deadline = time.monotonic() + PATIENCE_S
            while time.monotonic() < deadline:
                self.paints(0.5)
            os.kill(self.pid, 9)
        os.close(self._terminal)
        assert os.waitpid(self.pid, 0)[1] == 0, self.shown()[-3000:]

    def close(self) -> None:
        """However it is, it ends: told to, aerc 0.20 stays."""
        with contextlib.suppress(ProcessLookupError, ChildProcessError):  # it has, in ``ended``
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        with contextlib.suppress(OSError):
            os.close(self._terminal)


def counted(proxy: Installation, view: str, criteria: str = "ALL") -> int:
    with proxy.imap("ben") as client:
        assert client.select(f'"{view}"', readonly=True)[0] == "OK"
        return len(client.search(None, criteria)[1][0].split())
