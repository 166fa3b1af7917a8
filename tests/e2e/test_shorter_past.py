"""Somebody who has the machine takes the end of the access log away, with its anchor. What the
program's log has told meanwhile, sent to another machine by the system's log, shows it.
"""

from __future__ import annotations

import imaplib
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.installation import Installation
from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates


def verified(proxy: Installation, *more: str) -> tuple[int, str]:
    words = ("audit", "verify", *more, "--config", str(proxy.config))
    done = subprocess.run(
        [sys.executable, "-m", "proxyd.cli", *words],
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).decode()


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_line_that_has_left_the_machine_shows_it(
    tmp_path: Path, certificates: Certificates, style: str
) -> None:
    proxy = Installation(tmp_path, certificates)
    text = proxy.config.read_text()
    proxy.config.write_text(text.replace("[server]", f'[server]\nlog_format = "{style}"', 1))
    try:
        proxy.start()
        for _ in range(3):
            with pytest.raises(imaplib.IMAP4.error), proxy.imap("nobody", "nothing"):
                pass
        assert proxy.stop() == 0
        elsewhere = tmp_path / "sent-to-another-machine"
        elsewhere.write_text(proxy.log())
        *_, (number, chain) = re.findall(r"access log head: (\d+) ([0-9a-f]{64})", proxy.log())
        assert verified(proxy, "--anchor", str(elsewhere))[0] == 0

        data = tmp_path / "data"
        with closing(sqlite3.connect(data / "proxyd.db")) as database, database:
            assert database.execute(
                "SELECT lower(hex(chain)) FROM log WHERE number = ?", (number,)
            ).fetchone() == (chain,)
            database.execute("DELETE FROM log WHERE number > 1")
            (head,) = database.execute("SELECT lower(hex(chain)) FROM log").fetchone()
        (data / "log-head").write_text(f"1 {head}\n")
        assert verified(proxy)[0] == 0, "on the machine itself all agrees"
        code, said = verified(proxy, "--anchor", str(elsewhere))
        assert code == 1 and number in said, said
    finally:
        proxy.close()
