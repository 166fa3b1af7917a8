"""The running proxy hands out settings for the mail domains that it has at that moment."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from tests.e2e.conftest import Company
from tests.patience import PATIENCE_S, until

ADDED = "desk@example.org"
REACHED = """
[clients]
organisation = "青葉商事"
imap = "mail.example.test:993"
smtp = "mail.example.test:587"
"""


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    return found_company(count=1, more=REACHED)


def settings(company: Company, address: str) -> ElementTree.Element | None:
    status, text = company.proxy.http(f"/mail/config-v1.1.xml?emailaddress={address}")
    assert status in (200, 404)
    return ElementTree.fromstring(text.encode()) if status == 200 else None


def test_what_is_told_is_what_clients_reach(company: Company) -> None:
    found = settings(company, "anybody@example.test")
    assert found is not None
    assert found.findtext("emailProvider/displayName") == "青葉商事"
    servers = [found.find(f"emailProvider/{tag}") for tag in ("incomingServer", "outgoingServer")]
    assert [
        [one.findtext(tag) for tag in ("hostname", "port", "socketType")] for one in servers
    ] == [
        ["mail.example.test", "993", "SSL"],
        ["mail.example.test", "587", "STARTTLS"],
    ]


def test_a_mailbox_that_comes_and_goes(company: Company) -> None:
    assert settings(company, ADDED) is None
    provider = company.dovecot
    company.proxy.typed(
        "mailbox", "add", "desk", "--address", ADDED,
        "--imap", f"imaps://desk%40example.org@127.0.0.1:{provider.tls_port}",
        "--smtp", f"smtps://support%40example.test@127.0.0.1:{company.sink.port}",
        "--ca-file", str(company.proxy.certificates.ca), "--password-stdin",
        stdin=provider.password + "\n",
    )  # fmt: skip
    until(lambda: settings(company, ADDED) is not None)
    company.proxy.typed("mailbox", "remove", "desk", "--yes")
    until(lambda: settings(company, ADDED) is None)


def test_health_is_not_told_at_a_mail_domain(company: Company) -> None:
    url = f"http://127.0.0.1:{company.proxy.ports['http']}/metrics"
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        assert answer.status == 200
    asked = urllib.request.Request(url, headers={"Host": "autoconfig.example.test"})
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(asked, timeout=PATIENCE_S)
