"""``proxyd mailbox test`` against a real Dovecot and a real SMTP server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates, make_ca
from tests.servers.dovecot import Dovecot
from tests.servers.ports import free_ports
from tests.test_cli import CONFIG

ROOT = Path(__file__).parent.parent
HIDDEN = ("IDLE", "MOVE", "UIDPLUS")
SIZE = 10 * 1024 * 1024
PASSWORD = "upstream secret"


def right_password(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
    return AuthResult(success=good, handled=False)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_ca(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def dovecot(certificates: Certificates) -> Iterator[Dovecot]:
    with Dovecot(certificates=certificates, hide=HIDDEN) as running:
        for number in range(3):
            running.deliver(b"Subject: mail %d\r\n\r\nhello\r\n" % number)
        yield running


@pytest.fixture(scope="module")
def smtp_port() -> Iterator[int]:
    (port,) = free_ports(1)
    controller = Controller(
        Sink(),
        hostname="127.0.0.1",
        port=port,
        authenticator=right_password,
        auth_require_tls=False,
        data_size_limit=SIZE,
    )
    controller.start()
    yield port
    controller.stop()


def proxyd(directory: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """In a process of its own: nothing of another test's event loop is there."""
    (directory / "proxyd.toml").write_text(CONFIG)
    return subprocess.run(
        [sys.executable, "-m", "proxyd.cli", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=PATIENCE_S,
        env={**os.environ, "PROXYD_CONFIG": str(directory / "proxyd.toml")},
    )


@pytest.fixture
def installed(tmp_path: Path, dovecot: Dovecot, smtp_port: int, certificates: Certificates) -> Path:
    said = proxyd(
        tmp_path,
        *("mailbox", "add", "support", "--address", "support@example.test"),
        *("--imap", f"imaps://{dovecot.user}@127.0.0.1:{dovecot.tls_port}"),
        *("--smtp", f"smtp://127.0.0.1:{smtp_port}"),
        *("--ca-file", str(certificates.ca), "--password-stdin"),
        stdin=f"{dovecot.password}\n",
    )
    assert said.returncode == 0, said.stderr
    return tmp_path


def test_it_says_what_is_offered_and_what_will_differ(installed: Path) -> None:
    said = proxyd(installed, "mailbox", "test", "support")
    assert said.returncode == 0, said.stderr
    assert "6 folders, 3 mails in the inbox" in said.stdout
    assert f"takes mails of up to {SIZE // 1024 // 1024} MiB" in said.stdout
    for lacking in HIDDEN:
        assert f"  no {lacking}: " in said.stdout
    assert "a new mail shows up to 20 s late" in said.stdout
    assert f"set smtp.max_message_bytes = {SIZE}" in said.stdout
    assert "no CONDSTORE" not in said.stdout
    assert "no keywords" not in said.stdout
    assert ", this machine's; others: proxyd mailbox policy support zone=ZONE\n" in said.stdout
    proxyd(installed, "mailbox", "policy", "support", "zone=Asia/Tokyo")
    said = proxyd(installed, "mailbox", "test", "support")
    assert "Its people read times of Asia/Tokyo; " in said.stdout

    found = json.loads(proxyd(installed, "mailbox", "test", "support", "--json").stdout)
    assert found["imap"]["ok"] and found["smtp"]["ok"]
    assert "CONDSTORE" in found["imap"]["offers"] and "IDLE" not in found["imap"]["offers"]
    assert len(found["imap"]["differs"]) == len(HIDDEN)


def test_a_wrong_password_is_said_for_each_server(installed: Path) -> None:
    proxyd(installed, "mailbox", "set", "support", "--password-stdin", stdin="wr0ng-secret\n")
    said = proxyd(installed, "mailbox", "test", "support")
    assert said.returncode == 1
    assert "IMAP: " in said.stderr and "SMTP: " in said.stderr
    assert "Traceback" not in said.stderr and "wr0ng-secret" not in said.stdout + said.stderr
    assert "proxyd mailbox set support --password-stdin" in said.stderr
    log = proxyd(installed, "audit", "search", "--outcome", "failed", "--json").stdout
    assert json.loads(log)["detail"] == {"did": "mailbox test"}


def test_a_certificate_nobody_vouches_for(installed: Path) -> None:
    proxyd(installed, "mailbox", "set", "support", "--ca-file", "")
    said = proxyd(installed, "mailbox", "test", "support")
    assert said.returncode == 1 and "Traceback" not in said.stderr
    assert "certificate" in said.stderr
    assert "SMTP: " not in said.stderr  # one server's trouble does not hide the other's state
