"""A backup put back in every way there is: clients that resynchronise see what is there, and
nothing goes out or is done a second time.
"""

from __future__ import annotations

import os
import re
import shutil
import smtplib
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.e2e.conftest import Company
from tests.e2e.raw_line import RawLine, signed_in
from tests.patience import PATIENCE_S, until

COUNT = 12
FOLDERS = (b"INBOX", b"Status/Open", b"Status/Done")


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    return found_company(count=COUNT)


def mail(number: int) -> bytes:
    return (
        f"From: c{number}@out.example\r\nTo: support@example.test\r\nSubject: late {number}\r\n"
        f"Message-ID: <late-{number}@out.example>\r\n\r\nhello {number}\r\n"
    ).encode()


Seen = dict[tuple[bytes, int, int], bytes]  # folder, UIDVALIDITY, UID → Message-ID
Looked = tuple[Seen, dict[bytes, int], dict[bytes, bytes]]


def look(company: Company) -> Looked:
    """What a client keeps: mails by UID, UIDVALIDITY by folder, and mails by EMAILID."""
    seen: Seen = {}
    validities: dict[bytes, int] = {}
    emails: dict[bytes, bytes] = {}
    with signed_in(company.proxy, "anna") as line:
        for folder in FOLDERS:
            validity = opened(line, folder)
            validities[folder] = validity
            asked = b"a FETCH 1:* (UID EMAILID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
            said = b"".join(line.ask(asked))
            rows = re.findall(
                rb"UID (\d+) EMAILID \((\w+)\) .*?Message-ID: *(\S*)", said, re.DOTALL | re.I
            )
            for uid, email_id, message_id in rows:
                seen[folder, validity, int(uid)] = message_id
                assert emails.setdefault(email_id, message_id) == message_id
    return seen, validities, emails


def opened(line: RawLine, folder: bytes) -> int:
    said = b"".join(line.ask(b'a SELECT "%b"' % folder))
    found = re.search(rb"\[UIDVALIDITY (\d+)\]", said)
    assert found, said
    return int(found[1])


def work_on(company: Company, start: int) -> None:
    """New mails, a new folder, a status: numbers are given that a backup does not know."""
    proxy = company.proxy
    before = len([one for one in look(company)[0] if one[0] == b"INBOX"])
    for number in range(start, start + 5):
        company.dovecot.deliver(mail(number))
    proxy.wait_synced(before + 5)
    with signed_in(proxy, "anna") as line:
        line.ask(b"a CREATE late%d" % start)
        line.ask(b"a SELECT INBOX")
        line.ask(b"a UID COPY 3:5 Status/Done")


def check_after(
    company: Company, before: tuple[Seen, dict[bytes, int], dict[bytes, bytes]]
) -> None:
    seen, validities, emails = look(company)
    for folder, validity in before[1].items():
        assert validities[folder] > validity, folder
    for key, message_id in seen.items():
        assert before[0].get(key, message_id) == message_id, key
    for email_id, message_id in emails.items():
        assert before[2].get(email_id, message_id) == message_id, email_id


def restored_by_command(company: Company, saved: Path) -> None:
    company.proxy.stop()
    company.proxy.command("restore", str(saved), "--yes")
    company.proxy.start()


def restored_by_sqlite(company: Company, saved: Path) -> None:
    """As one does who knows SQLite: the file is put there, log-head stays."""
    company.proxy.stop()
    database = company.proxy.directory / "data" / "proxyd.db"
    shutil.copyfile(saved, database)  # in place: the same file, another content
    company.proxy.start()


@pytest.mark.parametrize("way", [restored_by_command, restored_by_sqlite])
def test_a_backup_made_while_it_runs(
    company: Company, tmp_path: Path, way: Callable[[Company, Path], None]
) -> None:
    saved = tmp_path / "saved.db"
    if way is restored_by_command:
        company.proxy.command("backup", str(saved))
    else:
        database = company.proxy.directory / "data" / "proxyd.db"
        with closing(sqlite3.connect(database)) as here, closing(sqlite3.connect(saved)) as there:
            here.backup(there)
    assert look(company)[1]
    work_on(company, 100 if way is restored_by_command else 200)
    before = look(company)
    count = len([one for one in before[0] if one[0] == b"INBOX"])
    way(company, saved)
    company.proxy.wait_synced(count)
    for number in range(5):  # other mails get the numbers that are free now
        company.dovecot.deliver(mail(number + 1000 + count * 10))
    company.proxy.wait_synced(count + 5)
    check_after(company, before)
    said = verified(company)
    if way is restored_by_command:
        assert "missing" in said and "all good" in said
    else:
        assert "nobody has said" in said
        company.proxy.command("restore", "--in-place", "--yes")
        assert "accepted by" in verified(company) and "all good" in verified(company)


def verified(company: Company) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "proxyd.cli", "audit", "verify", "--config", company.proxy.config],
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    said = (done.stdout + done.stderr).decode()
    assert (done.returncode == 0) == ("all good" in said), said
    return said


@pytest.mark.parametrize("over", [True, False], ids=["over the files", "into an empty directory"])
def test_the_whole_directory_put_back(company: Company, tmp_path: Path, *, over: bool) -> None:
    """log-head is as old as the database then: the place of the files gives it away."""
    proxy = company.proxy
    data, saved = proxy.directory / "data", tmp_path / "data"
    proxy.stop()
    shutil.copytree(data, saved, symlinks=True)
    proxy.start()
    work_on(company, 300 if over else 400)
    before = look(company)
    proxy.stop()
    if not over:
        shutil.rmtree(data)
    shutil.copytree(saved, data, symlinks=True, dirs_exist_ok=True)
    proxy.start()
    proxy.wait_synced(len([one for one in before[0] if one[0] == b"INBOX"]))
    check_after(company, before)
    assert "nobody has said" in verified(company)
    proxy.command("restore", "--in-place", "--yes")
    assert "all good" in verified(company)


def test_a_restart_is_no_restore(company: Company) -> None:
    before = look(company)[1]
    company.proxy.stop()
    company.proxy.start()
    assert look(company)[1] == before
    company.proxy.kill()
    company.proxy.start()
    assert look(company)[1] == before


def test_what_went_out_after_the_backup_is_not_sent_again(company: Company, tmp_path: Path) -> None:
    proxy = company.proxy
    answer = EmailMessage()
    answer["From"], answer["To"] = "support@example.test", "someone@out.example"
    answer["Subject"], answer["Message-ID"] = "after the backup", "<after@example.test>"
    answer.set_content("once")
    proxy.command("backup", str(tmp_path / "saved.db"))
    with proxy.smtp("anna") as smtp:
        smtp.send_message(answer)
    with proxy.imap("anna") as client:

        def filed() -> bool:
            client.select("Sent")
            return client.search(None, "HEADER", "Message-ID", "after@example.test")[1] != [b""]

        until(filed, "no copy in Sent")
    sent = len(company.sink.received)
    restored_by_command(company, tmp_path / "saved.db")
    proxy.wait_synced(1, "Sent")
    assert len(company.sink.received) == sent
    with proxy.imap("anna") as client:
        client.select("Sent")
        found = client.search(None, "HEADER", "Message-ID", "after@example.test")[1]
        assert len(found[0].split()) == 1
    # A phone that did not hear our 250 offers it again: the outbox knows nothing of it any more.
    with proxy.smtp("anna") as smtp, pytest.raises(smtplib.SMTPDataError, match="may have gone"):
        smtp.send_message(answer)
    assert len(company.sink.received) == sent
    del answer["Message-ID"]
    answer["Message-ID"] = "<another@example.test>"
    with proxy.smtp("anna") as smtp:
        smtp.send_message(answer)
    assert len(company.sink.received) == sent + 1
