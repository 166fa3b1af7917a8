"""OfflineIMAP, which compares whole folders by UID, and NeoMutt, which resynchronises by QRESYNC:
all folders, the virtual ones too, both ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.corpus import mails
from tests.e2e.conftest import Company
from tests.e2e.installation import PASSWORD, Installation
from tests.e2e.keeping_copies import OfflineImap
from tests.e2e.programs import counted, on_terminal

MAILS = 30
VIRTUAL = ("Status/Open", "Status/Done", "Status/Unassigned")


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=MAILS)


@pytest.fixture(scope="module")
def proxy(office: Company) -> Installation:
    return office.proxy


# ---------------------------------------------------------------- OfflineIMAP


def test_offlineimap_copies_all_folders_and_nothing_twice(
    proxy: Installation, tmp_path: Path
) -> None:
    client = OfflineImap(proxy, tmp_path)
    client.sync()
    for view in ("INBOX", *VIRTUAL):
        assert len(client.files(view)) == counted(proxy, view)
    known = {raw.replace(b"\r\n", b"\n") for raw, _, _ in mails(MAILS)}
    assert {file.read_bytes() for file in client.files("INBOX")} == known
    before = {folder: client.files(folder) for folder in ("INBOX", *VIRTUAL)}
    client.sync()
    assert {folder: client.files(folder) for folder in before} == before


def test_offlineimap_pushes_flags_and_mails_and_hears_of_a_status(
    proxy: Installation, tmp_path: Path
) -> None:
    client = OfflineImap(proxy, tmp_path)
    client.sync()
    file = client.files("INBOX")[0]
    flagged = file.parent.parent / "cur" / (file.name.partition(":2,")[0] + ":2,F")
    file.rename(flagged)
    new = client.mail / "INBOX" / "new" / "1.new.here"
    new.write_bytes(b"Subject: pushed\nMessage-ID: <offline@example.test>\n\ntext\n")
    with proxy.imap("ben") as colleague:
        colleague.select("Status/Open")
        assert colleague.uid("MOVE", "1:5", '"Status/On hold"')[0] == "OK"
    client.sync()
    assert counted(proxy, "INBOX", "FLAGGED") >= 1
    assert counted(proxy, "INBOX", "HEADER Message-ID <offline@example.test>") == 1
    client.sync()  # what the first one has changed
    assert len(client.files("Status/On hold")) == counted(proxy, "Status/On hold") >= 5
    assert len(client.files("Status/Open")) == counted(proxy, "Status/Open")


# ---------------------------------------------------------------- NeoMutt

NEOMUTT = """\
set ssl_force_tls=yes certificate_file="{ca}" ssl_ca_certificates_file="{ca}"
set imap_user="anna" imap_pass="{password}" imap_authenticators="plain:login"
set folder="imaps://localhost:{port}/" spoolfile="+INBOX"
set header_cache="{directory}/cache" message_cachedir="{directory}/cache"
set imap_condstore=yes imap_qresync=yes
set wait_key=no pipe_decode=no sort=mailbox-order mail_check=3600 timeout=3600
set quit=yes delete=no mark_old=no
"""


@pytest.mark.parametrize(
    ("folder", "target"), [("INBOX", "Archive"), ("Status/Unassigned", "Status/Done")]
)
def test_neomutt_comes_back_with_qresync_and_sees_what_changed(
    proxy: Installation, tmp_path: Path, folder: str, target: str
) -> None:
    (tmp_path / "cache").mkdir()
    rc = tmp_path / "neomuttrc"
    rc.write_text(
        NEOMUTT.format(
            ca=proxy.certificates.ca,
            password=PASSWORD,
            port=proxy.ports["imap-tls"],
            directory=tmp_path,
        )
    )

    def shown(keys: str) -> str:
        log = tmp_path / "log"
        command = ["neomutt", "-F", str(rc), "-f", f"={folder}", "-d", "3", "-l", str(log)]
        on_terminal([*command, "-e", f'push "{keys}<quit>"'])
        return log.with_name("log0").read_text(errors="replace")

    out = tmp_path / "piped"
    shown(f"<first-entry><pipe-message>cat > {out}<enter>")
    known = {raw.replace(b"\r\n", b"\n") for raw, _, _ in mails(MAILS)}
    assert out.read_bytes() in known | {out.read_bytes().replace(b"Status: RO\n", b"")} & known
    with proxy.imap("ben") as colleague:
        colleague.select(f'"{folder}"')
        second = colleague.uid("SEARCH", "2")[1][0].decode()
        assert colleague.uid("MOVE", second, f'"{target}"')[0] == "OK"
    said = shown("<last-entry><flag-message>")
    assert re.search(r"CHANGEDSINCE \d+ VANISHED", said), said[-6000:]
    assert "Handling VANISHED" in said
    with proxy.imap("anna") as client:
        client.select(f'"{folder}"')
        assert client.search(None, "FLAGGED")[1][0].split()[-1:] == [
            str(counted(proxy, folder)).encode()
        ]
