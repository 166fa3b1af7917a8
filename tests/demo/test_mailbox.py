"""The demo mailbox: what is acknowledged stays, whoever is killed; UIDs never come again."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from proxyd.demo.database import DataInUseError, DemoDatabase
from proxyd.demo.mailbox import SPECIAL_FOLDERS, DemoMailbox, internal_date

NOW_US = 1_790_000_000_000_000
DATE = "01-Jun-2026 12:00:00 +0900"


def opened(path: Path) -> DemoMailbox:
    return DemoMailbox(path / "imap.sqlite", lambda: NOW_US)


def snapshot(mailbox: DemoMailbox) -> object:
    return {
        name: (
            folder.use,
            folder.uidvalidity,
            folder.uidnext,
            [(m.uid, m.flags, m.date, mailbox.mail(m).raw) for m in folder.messages.values()],
        )
        for name, folder in mailbox.folders.items()
    } | {"": mailbox.subscriptions}


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    mailbox = opened(tmp_path)
    inbox, archive = mailbox.folders["INBOX"], mailbox.folders["Archive"]
    for number in range(6):
        mailbox.append(inbox, b"mail %d" % number, ("$x",), DATE)
    mailbox.set_flags(inbox, {1: ("\\Seen", "$kept")})
    mailbox.copy(inbox, [1, 2], archive)
    mailbox.move(inbox, [3], archive)
    mailbox.expunge(inbox, [5])
    mailbox.create("お客様/2026")
    mailbox.rename("お客様", "顧客")
    mailbox.delete("Junk")
    mailbox.subscribe("顧客/2026")
    mailbox.unsubscribe("Trash")
    before = snapshot(mailbox)
    mailbox.close()
    again = opened(tmp_path)
    assert snapshot(again) == before
    assert again.append(again.folders["INBOX"], b"x", ()).uid == 7
    assert "Junk" not in again.folders


def test_a_new_mailbox_has_what_a_provider_makes(tmp_path: Path) -> None:
    mailbox = opened(tmp_path)
    uses = {name: folder.use for name, folder in mailbox.folders.items()}
    assert uses == {"INBOX": "", **SPECIAL_FOLDERS}
    assert mailbox.subscriptions == set(uses)
    assert mailbox.untouched
    mailbox.append(mailbox.folders["INBOX"], b"x", ())
    mailbox.expunge(mailbox.folders["INBOX"], [1])
    assert not mailbox.untouched


def test_octets_are_stored_once_and_go_with_their_last_place(tmp_path: Path) -> None:
    mailbox = opened(tmp_path)
    inbox, archive = mailbox.folders["INBOX"], mailbox.folders["Archive"]
    message = mailbox.append(inbox, b"x" * 100, ())
    mailbox.copy(inbox, [1], archive)
    mailbox.expunge(inbox, [1])
    mailbox.close()
    database = DemoDatabase(tmp_path / "imap.sqlite")
    assert database.octets(message.body) == b"x" * 100
    database.close()
    mailbox = opened(tmp_path)
    mailbox.delete("Archive")
    mailbox.close()
    database = DemoDatabase(tmp_path / "imap.sqlite")
    with pytest.raises(TypeError):
        database.octets(message.body)


def test_a_body_id_is_never_used_again(tmp_path: Path) -> None:
    mailbox = opened(tmp_path)
    inbox = mailbox.folders["INBOX"]
    first = mailbox.append(inbox, b"first", ())
    assert mailbox.mail(first).raw == b"first"
    mailbox.expunge(inbox, [first.uid])
    assert mailbox.mail(mailbox.append(inbox, b"second", ())).raw == b"second"


def test_fill_is_all_or_nothing(tmp_path: Path) -> None:
    mailbox = opened(tmp_path)
    inbox = mailbox.folders["INBOX"]

    def broken() -> object:
        yield inbox, b"one", (), DATE
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        mailbox.fill(broken())  # type: ignore[arg-type]
    assert mailbox.untouched
    mailbox.close()
    assert opened(tmp_path).untouched


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    mailbox = opened(tmp_path)
    inbox = mailbox.folders["INBOX"]
    mailbox.append(inbox, b"x", ())
    before = snapshot(mailbox)
    mailbox._database._db.execute("PRAGMA max_page_count = 1")  # SQLite: no page more than now
    with pytest.raises(sqlite3.OperationalError, match="full"):
        mailbox.append(inbox, b"y" * 100_000, ())
    assert snapshot(mailbox) == before
    mailbox._database._db.execute("PRAGMA max_page_count = 100000")
    assert mailbox.append(inbox, b"y" * 100_000, ()).uid == 2


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    mailbox = opened(tmp_path)
    script = (
        "import sys; from pathlib import Path; from proxyd.demo.mailbox import DemoMailbox;"
        "DemoMailbox(Path(sys.argv[1]), lambda: 0)"
    )
    other = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "imap.sqlite")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert other.returncode == 1
    assert DataInUseError.__name__ in other.stderr
    mailbox.close()


def test_kept_mails_are_bounded(tmp_path: Path) -> None:
    mailbox = opened(tmp_path)
    inbox = mailbox.folders["INBOX"]
    messages = [mailbox.append(inbox, b"%d" % n, ()) for n in range(200)]
    for message in messages + messages[:3]:
        assert mailbox.mail(message).raw == b"%d" % (message.uid - 1)
    assert len(mailbox._mails) == 64
    assert mailbox._kept == sum(len(mail.raw) for mail in mailbox._mails.values())


def test_internal_date() -> None:
    assert internal_date(0) == "01-Jan-1970 00:00:00 +0000"


WRITER = """
import sys
from pathlib import Path
from proxyd.demo.mailbox import DemoMailbox
mailbox = DemoMailbox(Path(sys.argv[1]), lambda: 1)
inbox, archive = mailbox.folders["INBOX"], mailbox.folders["Archive"]
number = 0
while True:
    number += 1
    uid = mailbox.append(inbox, b"mail %d" % number, ()).uid
    mailbox.set_flags(inbox, {uid: ("$set",)})
    if number % 2:
        mailbox.move(inbox, [uid], archive)
    print(number, uid, flush=True)
"""


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "imap.sqlite")], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline().split() for _ in range(40)]
        writer.kill()
        acknowledged += [line.split() for line in writer.stdout if line.endswith(b"\n")]
        writer.wait()
        mailbox = opened(tmp_path)
        inbox = mailbox.folders["INBOX"].messages
        archived = [mailbox.mail(m).raw for m in mailbox.folders["Archive"].messages.values()]
        for number, uid in acknowledged:
            if int(number) % 2:
                assert int(uid) not in inbox
                assert b"mail %b" % number in archived
            else:
                assert inbox[int(uid)].flags == ("$set",)
        mailbox.close()
