"""Mail programs of people who live in a terminal: mbsync, which keeps copies, and mutt."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.corpus import mails
from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS, PASSWORD, Installation
from tests.e2e.keeping_copies import NOTHING, TUID, Mbsync
from tests.e2e.programs import counted, on_terminal, run
from tests.patience import until

MAILS = 40
VIRTUAL = ("Status/Open", "Status/Done", "Status/Unassigned", "Status/Assigned to/Ben Mori")


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=MAILS)


@pytest.fixture(scope="module")
def proxy(office: Company) -> Installation:
    return office.proxy


# ---------------------------------------------------------------- mbsync


def test_mbsync_copies_all_folders_and_nothing_twice(proxy: Installation, tmp_path: Path) -> None:
    client = Mbsync(proxy, tmp_path)
    first = client.sync()
    assert first[0] == 0
    assert first[3] >= MAILS
    assert client.sync() == NOTHING
    for view in ("INBOX", *VIRTUAL):
        assert len(client.mails(view)) == counted(proxy, view)
    there = {TUID.sub(b"", file.read_bytes()) for file in client.mails("INBOX").values()}
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
