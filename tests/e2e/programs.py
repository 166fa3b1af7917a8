"""Running other people's mail programs, with a screen where they want one."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time

from tests.e2e.installation import Installation
from tests.patience import PATIENCE_S
from tests.servers.absent import needs


def run(command: list[str], *, stdin: bytes = b"", check: bool = True) -> bytes:
    needs(command[0])
    done = subprocess.run(
        command, input=stdin, capture_output=True, timeout=PATIENCE_S, check=False
    )
    assert not check or not done.returncode, (command, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout + done.stderr


def on_terminal(command: list[str]) -> str:
    """Run a program that wants a screen; what it painted."""
    needs(command[0])
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm", LINES="40", COLUMNS="120", LC_ALL="C.UTF-8")
        os.execvp(command[0], command)
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


def counted(proxy: Installation, view: str, criteria: str = "ALL") -> int:
    with proxy.imap("ben") as client:
        assert client.select(f'"{view}"', readonly=True)[0] == "OK"
        return len(client.search(None, criteria)[1][0].split())
