"""A new colleague's first five minutes: one command, then the two things that the sheet says."""

from __future__ import annotations

import imaplib
import re
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import ADDRESS
from tests.e2e.test_main_job import enquiry, reply, uid_of
from tests.patience import PATIENCE_S


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    """Its ports are known only now that it runs; sheets are told them as clients would be."""
    company = found_company(count=3)
    ports = company.proxy.ports
    with company.proxy.config.open("a") as config:
        config.write(
            f'[clients]\norganisation = "Aoba"\nimap = "localhost:{ports["imap-tls"]}"\n'
            f'smtp = "localhost:{ports["smtp-tls"]}"\n'
        )
    return company


class Sheet:
    """What a person reads on it."""

    def __init__(self, page: Path) -> None:
        html = page.read_text("utf-8")
        typed = dict(re.findall(r'id="(address|password)"[^>]*>([^<]*)<', html))
        self.address, self.password = unescape(typed["address"]), unescape(typed["password"])
        rows = re.findall(r"<td[^>]*>([^<]*)</td>" * 4, html)
        self.imap, self.smtp = rows
        assert all(row[3] == self.address for row in rows)


def signed_in(company: Company, sheet: Sheet) -> imaplib.IMAP4_SSL:
    host, port, security, user = sheet.imap
    assert security == "SSL/TLS"
    client = imaplib.IMAP4_SSL(
        host, int(port), ssl_context=company.proxy.trust(), timeout=PATIENCE_S
    )
    client.login(user, sheet.password)
    return client


def send(company: Company, sheet: Sheet, message: EmailMessage) -> None:
    host, port, security, user = sheet.smtp
    assert security == "SSL/TLS"
    trust = company.proxy.trust()
    with smtplib.SMTP_SSL(host, int(port), context=trust, timeout=PATIENCE_S) as client:
        client.login(user, sheet.password)
        client.send_message(message)


def test_the_sheet_is_enough(company: Company, tmp_path: Path) -> None:
    kit = tmp_path / "kit"
    words = ("--name", "鈴木 太郎", "--grant", "support:respond", "--setup", str(kit))
    company.proxy.command("user", "add", "taro", *words)
    sheet = Sheet(kit / "taro" / "sheet.html")
    assert sheet.address == ADDRESS and sheet.password.startswith("taro:")

    message_id, raw = enquiry("For the new colleague")
    company.dovecot.deliver(raw)
    answer = reply(message_id)
    client = signed_in(company, sheet)
    try:
        client.select("INBOX")
        uid = uid_of(client, message_id)
        assert client.uid("MOVE", uid, "Status/Mine")[0] == "OK"
        send(company, sheet, answer)
        client.select("Status/Done")
        assert uid_of(client, message_id)
    finally:
        client.shutdown()
    (arrived,) = company.sink.received
    assert str(answer["Message-ID"]).encode() in arrived.message
    (sent,) = company.proxy.audit("--person", "taro", "--action", "send")
    assert sent["mailbox"] == "support" and sent["outcome"] == "ok"
    (made,) = [
        record
        for record in company.proxy.audit("--action", "admin")
        if record["detail"] == {"did": "client setup", "logins": ["taro"]}
    ]
    assert made["outcome"] == "ok"


def test_a_new_password_ends_the_old_one(company: Company, tmp_path: Path) -> None:
    kit = tmp_path / "kit"
    company.proxy.command("client-setup", "ben", "--output", str(kit), "--new-password", "--yes")
    first = Sheet(kit / "ben" / "sheet.html")
    signed_in(company, first).shutdown()
    company.proxy.command("user", "password", "ben", "--setup", str(kit))
    second = Sheet(kit / "ben" / "sheet.html")
    assert second.password != first.password
    signed_in(company, second).shutdown()
    with pytest.raises(imaplib.IMAP4.error):
        signed_in(company, first)
