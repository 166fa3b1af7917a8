"""Real mail programs at the doors, over TLS with the company's own authority: curl, mbsync, mutt,
Python's imaplib and smtplib through STARTTLS.
"""

from __future__ import annotations

import imaplib
import os
import pty
import re
import select
import smtplib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.corpus import mails
from tests.e2e.conftest import Company
from tests.e2e.hammers import ok
from tests.e2e.installation import ADDRESS, PASSWORD, Installation

MAILS = 40
CLIENT_S = 30
SEEN_S = 10.0
VIRTUAL = ("Status/Open", "Status/Done", "Status/Unassigned", "Status/Assigned to/Ben Mori")


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=MAILS)


@pytest.fixture(scope="module")
def proxy(office: Company) -> Installation:
    return office.proxy


def run(command: list[str], *, stdin: bytes = b"", check: bool = True) -> bytes:
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=CLIENT_S, check=False)
    assert not check or not done.returncode, (command, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout + done.stderr


def on_terminal(command: list[str]) -> str:
    """Run a program that wants a screen; what it painted."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm", LINES="40", COLUMNS="120", LC_ALL="C.UTF-8")
        os.execvp(command[0], command)
    painted = b""
    deadline = time.monotonic() + CLIENT_S
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


def until(what: Callable[[], object], seconds: float = SEEN_S) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)


def counted(proxy: Installation, view: str, criteria: str = "ALL") -> int:
    with proxy.imap("ben") as client:
        assert client.select(f'"{view}"', readonly=True)[0] == "OK"
        return len(client.search(None, criteria)[1][0].split())


# ---------------------------------------------------------------- curl


def curl(proxy: Installation, url: str, *more: str, check: bool = True) -> bytes:
    ca = str(proxy.certificates.ca)
    command = ["curl", "-sS", "--cacert", ca, "-u", f"anna:{PASSWORD}", *more, url]
    return run(command, check=check)


def imaps(proxy: Installation, rest: str) -> str:
    return f"imaps://localhost:{proxy.ports['imap-tls']}/{rest}"


def test_curl_lists_searches_and_fetches_byte_for_byte(proxy: Installation) -> None:
    listed = curl(proxy, imaps(proxy, "")).splitlines()
    assert b'* LIST (\\HasNoChildren) "/" INBOX' in listed
    assert b'* LIST (\\HasNoChildren) "/" Status/Open' in listed
    found = curl(proxy, imaps(proxy, "INBOX?ALL"))
    assert found.split()[:2] == [b"*", b"SEARCH"]
    uids = found.split()[2:]
    assert len(uids) == MAILS
    fetched = {curl(proxy, imaps(proxy, f"INBOX;UID={uid.decode()}")) for uid in uids[:5]}
    # Delivery agents give mails of one instant any order.
    assert fetched <= {raw for raw, _, _ in mails(MAILS)}
    assert len(fetched) == 5


def test_curl_demands_the_certificate(proxy: Installation) -> None:
    said = run(["curl", "-sS", imaps(proxy, "")], check=False)
    assert b"certificate" in said


def test_curl_signs_in_through_starttls(proxy: Installation) -> None:
    url = f"imap://localhost:{proxy.ports['imap-starttls']}/INBOX?UNSEEN"
    assert curl(proxy, url, "--ssl-reqd").startswith(b"* SEARCH")


def test_curl_appends_and_the_mail_is_there_and_at_the_provider(
    office: Company, tmp_path: Path
) -> None:
    raw = next(iter(mails(1, seed=7)))[0]
    file = tmp_path / "mail"
    file.write_bytes(raw)
    curl(office.proxy, imaps(office.proxy, "Drafts"), "-T", str(file))
    assert curl(office.proxy, imaps(office.proxy, "Drafts;MAILINDEX=1")) == raw
    command = ("fetch", "-u", office.dovecot.user, "hdr.message-id", "mailbox", "Drafts")
    assert "message-id: <" in office.dovecot.doveadm(*command)


def test_curl_sends(office: Company, tmp_path: Path) -> None:
    file = tmp_path / "mail"
    file.write_bytes(
        f"From: {ADDRESS}\r\nTo: a@b.example\r\nSubject: =?UTF-8?B?5pel?=\r\n"
        "Message-ID: <curl@example.test>\r\n\r\n.\r\n..two\r\n日本\r\n".encode()
    )
    before = len(office.sink.received)
    words = ("--mail-from", ADDRESS, "--mail-rcpt", "a@b.example", "-T", str(file))
    curl(office.proxy, f"smtps://localhost:{office.proxy.ports['smtp-tls']}", *words)
    (sent,) = office.sink.received[before:]
    assert sent.recipients == ("a@b.example",)
    assert sent.message.endswith("\r\n\r\n.\r\n..two\r\n日本\r\n".encode())
    until(lambda: counted(office.proxy, "Sent", "HEADER Message-ID <curl@example.test>") == 1)


# ---------------------------------------------------------------- mbsync


MBSYNC = """\
IMAPAccount proxy
Host localhost
Port {port}
User ben
Pass "{password}"
SSLType IMAPS
CertificateFile {ca}

IMAPStore far
Account proxy

MaildirStore near
Path {directory}/
Inbox {directory}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Near
Sync All
Expunge None
SyncState *
"""
_TOTALS = re.compile(r"F: \+(\d+)/\d+ \*(\d+)/\d+ #(\d+)/\d+ +N: \+(\d+)/\d+ \*(\d+)/\d+ #(\d+)")
_TUID = re.compile(rb"(?m)^X-TUID: .*\n")  # mbsync's own mark


class Mbsync:
    """A person whose mail program keeps copies of everything."""

    def __init__(self, proxy: Installation, directory: Path) -> None:
        self.directory = directory / "mail"
        self.directory.mkdir()
        self._rc = directory / "mbsyncrc"
        self._rc.write_text(
            MBSYNC.format(
                port=proxy.ports["imap-tls"],
                password=PASSWORD,
                ca=proxy.certificates.ca,
                directory=self.directory,
            )
        )

    def sync(self) -> tuple[int, ...]:
        """How many mails were (new, changed, deleted) on the far side, then on the near side."""
        said = on_terminal(["mbsync", "-c", str(self._rc), "-a"])
        return tuple(map(int, _TOTALS.findall(said)[-1]))

    def mails(self, folder: str) -> dict[str, Path]:
        """By Message-ID."""
        files = [*self.directory.glob(f"{folder}/cur/*"), *self.directory.glob(f"{folder}/new/*")]
        found = {}
        for file in files:
            head = file.read_bytes().partition(b"\n\n")[0].replace(b"\r", b"")
            found[re.findall(rb"(?im)^message-id: <(.*)>", head)[0].decode()] = file
        return found


NOTHING = (0, 0, 0, 0, 0, 0)


def test_mbsync_copies_all_folders_and_nothing_twice(proxy: Installation, tmp_path: Path) -> None:
    client = Mbsync(proxy, tmp_path)
    first = client.sync()
    assert first[0] == 0
    assert first[3] >= MAILS
    assert client.sync() == NOTHING
    for view in ("INBOX", *VIRTUAL):
        assert len(client.mails(view)) == counted(proxy, view)
    there = {_TUID.sub(b"", file.read_bytes()) for file in client.mails("INBOX").values()}
    assert there == {raw.replace(b"\r\n", b"\n") for raw, _, _ in mails(MAILS)}


def test_mbsync_pushes_a_flag_a_mail_and_a_status_change_comes_down(
    office: Company, tmp_path: Path
) -> None:
    proxy = office.proxy
    client = Mbsync(proxy, tmp_path)
    client.sync()
    message_id, file = sorted(client.mails("INBOX").items())[0]
    file.rename(file.parent.parent / "cur" / f"{file.name.partition(':')[0]}:2,F")
    new = client.directory / "INBOX" / "new" / "1.new.here"
    new.write_bytes(b"Subject: pushed\nMessage-ID: <pushed@example.test>\n\ntext\n")
    pushed = client.sync()
    assert pushed[0] == 1
    assert pushed[1] >= 1
    with imaplib.IMAP4("localhost", office.dovecot.plain_port) as provider:
        provider.login(office.dovecot.user, office.dovecot.password)
        provider.select("INBOX")
        (found,) = provider.search(None, "FLAGGED", "HEADER", "Message-ID", f"<{message_id}>")[1]
        assert len(found.split()) == 1
        (found,) = provider.search(None, "HEADER", "Message-ID", "<pushed@example.test>")[1]
        assert len(found.split()) == 1
    with proxy.imap("anna") as colleague:
        colleague.select("Status/Open")
        uid = colleague.uid("SEARCH", "HEADER", "Message-ID", f"<{message_id}>")[1][0].decode()
        assert colleague.uid("MOVE", uid, '"Status/On hold"')[0] == "OK"
    client.sync()
    assert message_id in client.mails("Status/On hold")
    client.sync()  # what the new copies made of the flags
    assert client.sync() == NOTHING


# ---------------------------------------------------------------- mutt


MUTT = """\
set ssl_starttls=yes ssl_force_tls=yes
set certificate_file="{ca}" ssl_ca_certificates_file="{ca}"
set imap_user="anna" imap_pass="{password}" imap_authenticators="plain:login"
set smtp_url="smtps://anna@localhost:{smtp}/" smtp_pass="{password}"
set folder="imaps://localhost:{imap}/" spoolfile="+INBOX" record="+Sent"
set from="{address}" realname="Support" use_envelope_from=yes envelope_from_address="{address}"
set header_cache="" message_cachedir="" wait_key=no pipe_decode=no sort=mailbox-order
set mail_check=3600 timeout=3600 quit=yes delete=no mark_old=no
"""


@pytest.fixture
def muttrc(proxy: Installation, tmp_path: Path) -> Path:
    file = tmp_path / "muttrc"
    file.write_text(
        MUTT.format(
            ca=proxy.certificates.ca,
            password=PASSWORD,
            imap=proxy.ports["imap-tls"],
            smtp=proxy.ports["smtp-tls"],
            address=ADDRESS,
        )
    )
    return file


@pytest.mark.parametrize("folder", ["INBOX", "Status/Unassigned"])
def test_mutt_opens_a_folder_and_pipes_a_mail(
    proxy: Installation, muttrc: Path, tmp_path: Path, folder: str
) -> None:
    out = tmp_path / "piped"
    keys = f"<first-entry><pipe-message>cat > {out}<enter><exit>"
    on_terminal(["mutt", "-F", str(muttrc), "-f", f"={folder}", "-e", f'push "{keys}"'])
    known = {raw.replace(b"\r\n", b"\n") for raw, _, _ in mails(MAILS)}
    assert out.read_bytes() in known | {out.read_bytes().replace(b"Status: RO\n", b"")} & known


def test_mutt_sends_and_its_own_copy_and_ours_are_one(office: Company, muttrc: Path) -> None:
    before = len(office.sink.received)
    command = ["mutt", "-F", str(muttrc), "-s", "予定の件", "--", "customer@b.example"]
    run(command, stdin="本文です\n".encode())
    (sent,) = office.sink.received[before:]
    message_id = re.findall(rb"(?i)\r\nmessage-id: (<.*?>)", b"\r\n" + sent.message)[0].decode()
    criteria = f"HEADER Message-ID {message_id}"
    until(lambda: counted(office.proxy, "Sent", criteria) == 1)
    records = office.proxy.audit("--action", "send", "--message", message_id)
    assert [record["outcome"] for record in records] == ["ok"]
    # The copy that proxyd files and the one mutt stored would both be there by now.
    until(lambda: office.proxy.audit("--action", "file-sent", "--message", message_id))
    assert counted(office.proxy, "Sent", criteria) == 1
    found = office.dovecot.doveadm(
        "search", "-u", office.dovecot.user, "mailbox", "Sent", "header", "Message-ID", message_id
    )
    assert len(found.splitlines()) == 1


# ---------------------------------------------------------------- Python's own, through STARTTLS


def test_imaplib_through_starttls(proxy: Installation) -> None:
    client = imaplib.IMAP4("localhost", proxy.ports["imap-starttls"], timeout=30)
    client.starttls(proxy.trust())
    ok(client.login("ben", PASSWORD))
    assert int(ok(client.select("INBOX"))[0]) >= MAILS
    ok(client.fetch("1", "(UID FLAGS ENVELOPE BODYSTRUCTURE)"))
    ok(client.create("Nested/Folder"))
    ok(client.subscribe("Nested/Folder"))
    ok(client.copy("1", "Nested/Folder"))
    assert ok(client.status("Nested/Folder", "(MESSAGES)")) == [b"Nested/Folder (MESSAGES 1)"]
    refused = client.delete("Nested/Folder")  # it has not been granted *manage*
    assert refused[0] == "NO"
    assert refused[1][0].startswith(b"[NOPERM] ")
    ok(client.close())
    assert client.logout()[0] == "BYE"


def test_smtplib_through_starttls(office: Company) -> None:
    before = len(office.sink.received)
    with smtplib.SMTP("localhost", office.proxy.ports["smtp-starttls"], timeout=30) as client:
        client.starttls(context=office.proxy.trust())
        client.login("ben", PASSWORD)
        text = f"From: {ADDRESS}\r\nTo: a@b.example\r\nSubject: x\r\n\r\ntext\r\n"
        client.sendmail(ADDRESS, ["a@b.example"], text)
    assert len(office.sink.received) == before + 1


def test_a_wrong_password_is_refused_by_every_door(proxy: Installation) -> None:
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"), proxy.imap("anna", "no"):
        pass
    with pytest.raises(smtplib.SMTPAuthenticationError), proxy.smtp("anna", "no"):
        pass
