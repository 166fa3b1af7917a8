"""A proxy as an admin sets it up: the ``proxyd`` commands, in front of a real Dovecot and SMTP
server.

Everything is a process of its own, over TLS, on ports the system chooses.
"""

from __future__ import annotations

import imaplib
import json
import os
import re
import signal
import smtplib
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.typed import typed
from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot
from tests.servers.turned_clock import TurnedClock

ADDRESS = "support@example.test"
PEOPLE = {"anna": "佐藤 あんな", "ben": "Ben Mori"}
PASSWORD = "correct horse"

DYING = Path(__file__).with_name("dying.py")
TURNED = Path(__file__).with_name("turned.py")

CONFIG = """
[server]
hostname = "localhost"
data_dir = "{data}"
[imap]
compress = true
tls = "127.0.0.1:0"
starttls = "127.0.0.1:0"
[smtp]
tls = "127.0.0.1:0"
starttls = "127.0.0.1:0"
[http]
listen = "127.0.0.1:0"
[tls]
certificate = "{certificate}"
key = "{key}"
[upstream]
poll_s = 2
{more}
"""


class Installation:
    """``proxyd`` with its configuration in a directory of its own."""

    def __init__(
        self,
        directory: Path,
        certificates: Certificates,
        more: str = "",
        clock: TurnedClock | None = None,
    ) -> None:
        """``clock``: the processes go by this one; what is ``typed`` goes by the machine's."""
        self.directory = directory
        self.certificates = certificates
        self.clock = clock
        self.config = directory / "proxyd.toml"
        self.ports: dict[str, int] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._log = directory / "proxyd.log"
        self.config.write_text(
            CONFIG.format(
                data=directory / "data",
                certificate=certificates.certificate,
                key=certificates.key,
                more=more,
            )
        )

    # -------------------------------------------------------------- the admin's commands

    def command(self, *words: str, stdin: str = "", check: bool = True) -> str:
        """Run ``proxyd WORDS --config …``; returns what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "proxyd.cli", *self._full(words)],
            input=stdin.encode(),
            capture_output=True,
            check=False,
            timeout=PATIENCE_S,
            env={**self._environment(), "NO_COLOR": "1", "COLUMNS": "200"},
        )
        if check and done.returncode:
            raise AssertionError(f"{words}: exit {done.returncode}\n{done.stderr.decode()}")
        return done.stdout.decode()

    def typed(self, *words: str, stdin: str = "") -> str:
        """The same without a process of its own, for what must do what it says."""
        return typed(self._full(words), stdin)

    def _environment(self) -> dict[str, str]:
        return dict(os.environ) if self.clock is None else self.clock.environment()

    def _full(self, words: tuple[str, ...]) -> list[str]:
        return [*words, "--config", str(self.config)]

    def set_up(self, dovecot: Dovecot, smtp: str, smtp_password: str) -> None:
        """One mailbox, two people who answer; everybody's password is PASSWORD."""
        assert smtp_password == dovecot.password, "a mailbox has one password"
        user = dovecot.user.replace("@", "%40")
        mailbox = (
            "mailbox", "add", "support", "--address", ADDRESS,
            "--imap", f"imaps://{user}@127.0.0.1:{dovecot.tls_port}",
            "--smtp", smtp,
            "--ca-file", str(self.certificates.ca),
            "--password-stdin",
        )  # fmt: skip
        # Consent after a second, so that a test of it need not wait for twenty; no reminder where
        # a test happens to run at nine; folders' names as they are said.
        wishes = ("override-pause-s=1", "reminder-at=off", "folder-order=plain")
        policy = ("mailbox", "policy", "support", *wishes)
        self.typed(*mailbox, stdin=dovecot.password + "\n")
        self.typed(*policy)
        for login, name in PEOPLE.items():
            self.add_person(login, name)

    def add_person(self, login: str, name: str, grant: str = "support:respond") -> None:
        words = ("user", "add", login, "--name", name, "--grant", grant, "--password-stdin")
        self.typed(*words, stdin=PASSWORD + "\n")

    # -------------------------------------------------------------- the process

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, open_files: int = 0, dies: str = "") -> None:
        """Run it until it says where it listens. ``open_files``: so many and no more. ``dies``: at
        this point of tests/e2e/dying.py.
        """
        limit = ["prlimit", f"--nofile={open_files}"] if open_files else []
        self._is_to_die = bool(dies)
        program = [str(DYING), dies] if dies else ["-m", "proxyd.cli"]
        if self.clock is not None:
            program = [str(TURNED)]
        with self._log.open("ab") as log:
            offset = log.tell()
            self._process = subprocess.Popen(
                [*limit, sys.executable, *program, "run", "--config", str(self.config)],
                stderr=log,
                stdout=log,
                env=self._environment(),
            )
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            text = self._log.read_bytes()[offset:].decode(errors="replace")
            ready = re.search(r"ready: (.*)", text)
            if ready:
                self.ports = {n: int(p) for n, p in re.findall(r"([a-z-]+) (\d+)", ready[1])}
                return
            if self._process.poll() is not None:
                raise AssertionError(f"proxyd ended:\n{text}")
            time.sleep(0.02)
        raise AssertionError(f"proxyd does not start:\n{self.log()}")

    @property
    def lives(self) -> bool:
        """It runs, and is not to die by itself."""
        return self._process is not None and self._process.poll() is None and not self._is_to_die

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(PATIENCE_S)
        self._process = None
        return code

    def died(self) -> int:
        """Wait for its end; returns the exit code (minus the signal)."""
        assert self._process is not None
        code = self._process.wait(PATIENCE_S)
        self._process = None
        return code

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def close(self) -> None:
        if self._process is not None:
            self.stop()

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_synced(self, messages: int, view: str = "INBOX") -> None:
        """Until the mailbox shows so many messages."""
        deadline = time.monotonic() + PATIENCE_S
        with self.imap("anna") as client:
            while time.monotonic() < deadline:
                done, data = client.status(f'"{view}"', "(MESSAGES)")
                if done == "OK":
                    if int(re.findall(rb"MESSAGES (\d+)", data[0])[0]) >= messages:
                        return
                else:  # as long as the provider has not said which folders there are
                    assert b"[UNAVAILABLE]" in data[0], data
                time.sleep(0.05)
        raise AssertionError(f"not synchronised:\n{self.log()}")

    # -------------------------------------------------------------- clients

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificates.ca))

    @contextmanager
    def imap(self, login: str, password: str = PASSWORD) -> Iterator[imaplib.IMAP4_SSL]:
        client = imaplib.IMAP4_SSL(
            "localhost", self.ports["imap-tls"], ssl_context=self.trust(), timeout=PATIENCE_S
        )
        try:
            client.login(login, password)
            yield client
        finally:
            client.shutdown()

    @contextmanager
    def smtp(self, login: str, password: str = PASSWORD) -> Iterator[smtplib.SMTP]:
        client = smtplib.SMTP_SSL(
            "localhost", self.ports["smtp-tls"], context=self.trust(), timeout=PATIENCE_S
        )
        try:
            client.login(login, password)
            yield client
        finally:
            client.close()

    def http(self, path: str) -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.ports['http']}{path}"
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def audit(self, *words: str) -> list[dict[str, object]]:
        """The access log's records."""
        lines = self.typed("audit", "export", "--format", "jsonl", *words).splitlines()
        return [json.loads(line) for line in lines]
