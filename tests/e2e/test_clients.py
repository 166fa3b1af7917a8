"""Real clients at the doors, over TLS with the company's own authority: curl, and Python's imaplib
and smtplib through STARTTLS.
"""

from __future__ import annotations

import imaplib
import smtplib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.corpus import mails
from tests.e2e.conftest import Company
from tests.e2e.hammers import ok
from tests.e2e.installation import ADDRESS, PASSWORD, Installation
from tests.e2e.programs import counted, run
from tests.patience import PATIENCE_S, until

MAILS = 40


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=MAILS)


@pytest.fixture(scope="module")
def proxy(office: Company) -> Installation:
    return office.proxy


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


# ---------------------------------------------------------------- Python's own, through STARTTLS


def test_imaplib_through_starttls(proxy: Installation) -> None:
    client = imaplib.IMAP4("localhost", proxy.ports["imap-starttls"], timeout=PATIENCE_S)
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
    with smtplib.SMTP(
        "localhost", office.proxy.ports["smtp-starttls"], timeout=PATIENCE_S
    ) as client:
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
