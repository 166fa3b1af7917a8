"""What a mail says is in no file of ours in clear, at no step of sending or storing it.

Looked at are all files of the data directory and all that the process has open, deleted ones too.
"""

from __future__ import annotations

import imaplib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS
from tests.patience import until

MARKER = b"only-for-the-eyes-of-hanako"
PIECE = 4 * 1024 * 1024


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    return found_company(count=2)


def mail(name: str, lines: int = 20) -> bytes:
    text = (
        f"From: {ADDRESS}\r\nTo: hanako@customer.example.org\r\nSubject: {name}\r\n"
        f"Message-ID: <{name}@example.test>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0900\r\n\r\n"
    )
    return text.encode() + b"%b-%b\r\n" % (MARKER, name.encode()) * lines


def in_clear(company: Company) -> list[str]:
    """Files with the marker in them."""
    data = [path for path in company.proxy.directory.rglob("*") if path.is_file()]
    opened = list(Path(f"/proc/{company.proxy.pid}/fd").iterdir())
    return [f"{path} ({name_of(path)})" for path in (*data, *opened) if holds_marker(path)]


def name_of(path: Path) -> str:
    return os.path.realpath(path)


def holds_marker(path: Path) -> bool:
    try:
        if not Path(os.path.realpath(path)).is_file() and "(deleted)" not in name_of(path):
            return False
        with path.open("rb") as file:
            rest = b""
            while piece := file.read(PIECE):
                if MARKER in rest + piece:
                    return True
                rest = piece[-len(MARKER) :]
    except OSError:
        return False
    return False


def send(company: Company, message: bytes) -> None:
    with company.proxy.smtp("anna") as client:
        client.sendmail(ADDRESS, ["hanako@customer.example.org"], message)


def test_a_mail_on_its_way_out(company: Company) -> None:
    company.sink.stall_s = 1.5
    sending = threading.Thread(target=send, args=(company, mail("out", 40_000)))
    sending.start()
    database = company.proxy.directory / "data" / "proxyd.db-wal"
    until(lambda: database.stat().st_size > 1_000_000, "the mail is not in the outbox")
    assert in_clear(company) == []
    sending.join(30)
    company.sink.stall_s = 0
    assert MARKER in company.sink.received[-1].message
    with company.proxy.imap("anna") as anna:
        until(lambda: anna.select("Sent")[0] == "OK", "no Sent")
        until(lambda: int(anna.select("Sent")[1][0]) > 0, "no copy in Sent")
        assert in_clear(company) == []


def test_a_mail_that_is_stored_and_read(company: Company) -> None:
    whole = mail("stored", 60_000)
    with company.proxy.imap("ben") as ben:
        ben.select("INBOX")
        ben.send(b"a1 APPEND INBOX {%d}\r\n" % len(whole))
        assert ben.readline().startswith(b"+")
        ben.send(whole[:1_500_000])
        opened = Path(f"/proc/{company.proxy.pid}/fd")
        until(
            lambda: any("(deleted)" in os.path.realpath(one) for one in opened.iterdir()),
            "nothing was spooled",
        )
        assert in_clear(company) == []
        ben.send(whole[1_500_000:] + b"\r\n")
        while not ben.readline().startswith(b"a1 OK"):
            pass
        assert in_clear(company) == []
        found = store(ben)
        assert found.count(MARKER) == 60_000
        assert in_clear(company) == []


def test_a_mail_that_is_put_together(company: Company) -> None:
    """CATENATE (RFC 4469): texts that come, and parts of mails that are here."""
    text = b"\r\n".join([MARKER] * 60_000) + b"\r\n"
    header = mail("joined", 0)
    with company.proxy.imap("ben") as ben:
        ben.select("INBOX")
        ben.send(b"c1 APPEND INBOX CATENATE (TEXT {%d}\r\n" % len(header))
        assert ben.readline().startswith(b"+")
        ben.send(header + b" TEXT {%d}\r\n" % len(text))
        assert ben.readline().startswith(b"+")
        ben.send(text[: len(text) // 2])
        opened = Path(f"/proc/{company.proxy.pid}/fd")
        until(
            lambda: any("(deleted)" in os.path.realpath(one) for one in opened.iterdir()),
            "nothing was spooled",
        )
        assert in_clear(company) == []
        ben.send(text[len(text) // 2 :] + b' URL "/INBOX/;UID=1")\r\n')
        while not (line := ben.readline()).startswith(b"c1 "):
            assert in_clear(company) == []
        assert line.startswith(b"c1 OK"), line
        assert in_clear(company) == []


def store(client: imaplib.IMAP4) -> bytes:
    client.select("INBOX")
    _, found = client.uid("SEARCH", "SUBJECT", "stored")
    _, data = client.uid("FETCH", found[0].split()[-1].decode(), "(BODY.PEEK[])")
    return data[0][1]
