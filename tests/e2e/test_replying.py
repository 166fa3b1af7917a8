"""A draft that answers shows to colleagues and claims, with a real provider and across kill -9."""

from __future__ import annotations

import imaplib
from collections.abc import Callable

import pytest

from tests.e2e.conftest import Company
from tests.e2e.hammers import ok
from tests.patience import until

ASKED = "asked@example.com"
SIGNS = {"$replying", "$assignee-anna"}


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    office = found_company(count=0)
    office.dovecot.deliver(
        f"From: c@example.com\r\nTo: info@example.test\r\nSubject: A question\r\n"
        f"Message-ID: <{ASKED}>\r\n\r\nHow much?\r\n".encode()
    )
    office.proxy.wait_synced(1)
    return office


def draft(number: int) -> bytes:
    return (
        f"From: support@example.test\r\nTo: c@example.com\r\nSubject: Re: A question\r\n"
        f"Message-ID: <d{number}@example.test>\r\nIn-Reply-To: <{ASKED}>\r\n\r\nIt is\r\n"
    ).encode()


def signs(client: imaplib.IMAP4) -> set[str]:
    ok(client.select("INBOX", readonly=True))
    (row,) = ok(client.fetch("1", "(FLAGS)"))
    return {word for word in SIGNS if word in row.decode()}


def test_a_draft_from_its_first_to_its_last_moment(office: Company) -> None:
    proxy = office.proxy
    with proxy.imap("anna") as anna, proxy.imap("ben") as ben:
        ok(anna.append("Drafts", r"(\Draft \Seen)", "", draft(1)))  # type: ignore[arg-type]
        until(lambda: signs(ben) == SIGNS)
        assert signs(anna) == {"$assignee-anna"}
    proxy.kill()
    proxy.start()
    with proxy.imap("anna") as anna, proxy.imap("ben") as ben:
        until(lambda: signs(ben) == SIGNS)
        # As Thunderbird saves: the new one comes, the old one goes.
        ok(anna.append("Drafts", r"(\Draft \Seen)", "", draft(2)))  # type: ignore[arg-type]
        ok(anna.select("Drafts"))
        ok(anna.uid("STORE", "1", "+FLAGS", r"(\Deleted)"))
        ok(anna.uid("EXPUNGE", "1"))
        assert signs(ben) == SIGNS
        # Thrown away at the provider, past us.
        for file in office.dovecot.maildir("Drafts").glob("*/*"):
            if file.parent.name in ("cur", "new"):
                file.unlink()
        until(lambda: ok(ben.status("Drafts", "(MESSAGES)")) and not signs(ben))
    assert office.dovecot.count("INBOX", ASKED) == 1


def test_sent_it_is_the_persons(office: Company) -> None:
    proxy = office.proxy
    with proxy.imap("anna") as anna, proxy.imap("ben") as ben, proxy.smtp("anna") as smtp:
        ok(anna.append("Drafts", r"(\Draft \Seen)", "", draft(3)))  # type: ignore[arg-type]
        until(lambda: signs(ben) == SIGNS)
        smtp.sendmail("support@example.test", ["c@example.com"], draft(3))
        until(lambda: signs(ben) == {"$assignee-anna"})
        assert b"$status-done" in ok(ben.fetch("1", "(FLAGS)"))[0]
