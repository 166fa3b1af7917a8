"""``proxyd`` at a terminal (a pseudo one): what is shown where a password is typed."""

from __future__ import annotations

import os
import pty
import re
import select
import sys
from pathlib import Path

from tests.patience import PATIENCE_S
from tests.test_cli import CONFIG

SECRET = "t4ke-the-long-way"
ADD = (
    *("mailbox", "add", "support", "--address", "support@example.test"),
    *("--imap", "imaps://support@example.test@imap.example.test"),
    *("--smtp", "smtp+starttls://smtp.example.test", "--zone", "Asia/Tokyo"),
)


def read_until(terminal: int, wanted: str, seen: str = "") -> str:
    """All that the terminal shows, at least until ``wanted``; "" for ``wanted``: to the end."""
    while not wanted or not re.search(wanted, seen):
        ready, _, _ = select.select([terminal], [], [], PATIENCE_S)
        assert ready, f"{wanted!r} was not shown: {seen!r}"
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # Linux says EIO when the other end is closed
            piece = b""
        if not piece:
            break
        seen += piece.decode()
    return seen


def test_a_password_that_is_typed_is_not_shown(tmp_path: Path) -> None:
    config = tmp_path / "proxyd.toml"
    config.write_text(CONFIG)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        words = [sys.executable, "-m", "proxyd.cli", *ADD, "--config", str(config)]
        os.execve(sys.executable, words, {**os.environ, "TERM": "dumb", "COLUMNS": "200"})
    try:
        # The blank comes once the echo is off; what is typed earlier is thrown away.
        seen = read_until(terminal, "password: $")
        os.write(terminal, f"{SECRET}\n".encode())
        seen = read_until(terminal, "", seen)
    finally:
        os.close(terminal)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, seen
    assert "added" in seen and SECRET not in seen
