"""``proxyd demo``, as a newcomer starts it, and again after it was killed."""

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
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from proxyd.imapwire import mutf7
from tests.patience import PATIENCE_S, until

ENGLISH = {**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "COLUMNS": "200"}


@contextmanager
def demo(data: Path, **environment: str) -> Iterator[tuple[dict[str, Any], Any]]:
    """What ``--json`` says once it is ready, and the process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "proxyd.cli", "demo", "--json", "--data", str(data)],
        stdout=subprocess.PIPE,
        env={**ENGLISH, **environment},
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline()), process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(PATIENCE_S)
        assert process.stdout is not None
        process.stdout.close()


def test_a_second_demo_on_the_same_directory_says_what_to_do(tmp_path: Path) -> None:
    with demo(tmp_path / "demo"):
        second = subprocess.run(
            [sys.executable, "-m", "proxyd.cli", "demo", "--data", str(tmp_path / "demo")],
            capture_output=True,
            text=True,
            env=ENGLISH,
            timeout=PATIENCE_S,
            check=False,
        )
    assert second.returncode == 2
    assert second.stderr == (
        f"--data: a demo is running on {tmp_path / 'demo'} already; use that one, end it with "
        "Ctrl-C, or start another with: --data OTHER-DIR\n"
    )


class Person:
    def __init__(self, facts: dict[str, Any], login: str) -> None:
        (user,) = [user for user in facts["users"] if user["login"] == login]
        self.login, self.password, self.facts = login, user["password"], facts
        self.trust = ssl.create_default_context(cafile=facts["ca_file"])

    @contextmanager
    def imap(self) -> Iterator[imaplib.IMAP4_SSL]:
        port = self.facts["imap"]["tls"]
        client = imaplib.IMAP4_SSL("localhost", port, ssl_context=self.trust, timeout=PATIENCE_S)
        client.login(self.login, self.password)
        yield client
        client.shutdown()

    @contextmanager
    def smtp(self) -> Iterator[smtplib.SMTP]:
        with smtplib.SMTP(
            "localhost", self.facts["smtp"]["starttls"], timeout=PATIENCE_S
        ) as client:
            client.starttls(context=self.trust)
            client.login(self.login, self.password)
            yield client


def proxyd(facts: dict[str, Any], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "proxyd.cli", *words, "--config", facts["config"]],
        capture_output=True,
        check=True,
        env=ENGLISH,
    )
    return done.stdout.decode()


def found(client: imaplib.IMAP4, *criteria: str) -> bytes:
    client.noop()
    return bytes(client.uid("SEARCH", *criteria)[1][0])


def test_the_main_job_on_embedded_defaults_and_again_after_kill_9(tmp_path: Path) -> None:
    with demo(tmp_path) as (facts, process):
        assert {user["role"] for user in facts["users"]} == {"staff", "admin", "auditor"}
        anna, ben = Person(facts, "anna"), Person(facts, "ben")
        with anna.imap() as client:
            client.select(f'"{facts["folders"]["unassigned"]}"')
            _, data = client.uid("SEARCH", "UNSEEN", "NOT", "HEADER", "Auto-Submitted", "auto")
            uid = data[0].split()[-1].decode()
            _, data = client.uid("FETCH", uid, "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID FROM)])")
            header = data[0][1].decode()
            message_id = re.findall(r"<[^<>]+>", header.partition("Message-I")[2])[0]
            assert client.uid("MOVE", uid, f'"{facts["folders"]["mine"]}"')[0] == "OK"
        answer = EmailMessage()
        answer["From"] = facts["mailbox"]["address"]
        answer["To"] = message_from_string(header)["From"]  # else it is a forward, and no answer
        answer["Subject"] = "Re: hello"
        answer["In-Reply-To"] = message_id
        answer["Message-ID"] = "<answer@example.test>"
        answer.set_content("Gladly.")
        with anna.smtp() as smtp:
            smtp.send_message(answer)
        with ben.imap() as client:
            client.select("INBOX")
            _, data = client.uid("SEARCH", "HEADER", "Message-ID", message_id, "ANSWERED")
            assert data[0]
            # The customer of the demo writes back some seconds later, whatever we do meanwhile.
            until(lambda: found(client, "HEADER", "In-Reply-To", "answer@example.test"))
            status = client.status("INBOX", "(UIDVALIDITY UIDNEXT MESSAGES)")
        url = f"http://127.0.0.1:{facts['http']}/readyz"
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as ready:
            assert ready.status == 200
        told = proxyd(facts, "audit", "export", "--person", "anna", "--action", "status")
        assert message_id.strip("<>") in told and "done" in told
        process.kill()
        process.wait()

    with demo(tmp_path) as (again, process):
        assert again == facts, "a mail client set up once keeps working"
        with Person(again, "ben").imap() as client:
            client.select("INBOX")
            hers = ("KEYWORD", "$assignee-anna", "KEYWORD", "$status-open")  # once more
            assert found(client, "HEADER", "Message-ID", message_id, *hers)
            assert client.status("INBOX", "(UIDVALIDITY UIDNEXT MESSAGES)") == status
            client.select("Sent")
            until(lambda: found(client, "HEADER", "Message-ID", "answer@example.test"))
        proxyd(again, "audit", "verify")
        proxyd(again, "user", "disable", "ben")
        process.terminate()
        assert process.wait(PATIENCE_S) == 0


def test_it_speaks_japanese_on_a_japanese_machine(tmp_path: Path) -> None:
    with demo(tmp_path, LC_ALL="ja_JP.UTF-8") as (facts, _):
        assert facts["folders"]["open"] == "対応状況/01 未対応"
        assert [user["name"] for user in facts["users"]][:2] == ["中村 健", "小林 由佳"]
        with Person(facts, "nakamura").imap() as client:
            # As clients write it: modified UTF-7.
            folder = f'"{mutf7.encode(facts["folders"]["open"]).decode()}"'
            assert client.select(folder)[0] == "OK"
        slip = {**facts, "users": [{"login": "nakamura", "password": "x"}]}
        with pytest.raises(imaplib.IMAP4.error) as refused, Person(slip, "nakamura").imap():
            pass
        assert "ユーザー名またはパスワードが違います。".encode() in refused.value.args[0]


@pytest.mark.parametrize("end", ["two Ctrl-C", "kill -9"])
def test_however_it_ends_nothing_of_it_stays(tmp_path: Path, end: str) -> None:
    """Without --data it has a directory of its own, which goes with it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "proxyd.cli", "demo", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**ENGLISH, "TMPDIR": str(tmp_path)},
    )
    assert process.stdout is not None
    facts = json.loads(process.stdout.readline())
    (folder,) = tmp_path.glob("proxyd-demo-*")
    assert facts["ca_file"].startswith(str(folder))
    if end == "two Ctrl-C":
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
    else:
        process.kill()
    process.wait(PATIENCE_S)
    process.stdout.close()
    until(lambda: not list(tmp_path.glob("proxyd-demo-*")), "its folder stays")
