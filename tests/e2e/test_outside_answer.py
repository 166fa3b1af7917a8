"""Somebody answers without us: in the provider's webmail, or on a phone that is set up there."""

from __future__ import annotations

import imaplib
import json
import ssl
from collections.abc import Callable

import pytest

from tests.e2e.conftest import Company
from tests.e2e.test_main_job import arrive, enquiry, flags_of, uid_of
from tests.patience import until


@pytest.fixture(scope="module")
def company(found_company: Callable[..., Company]) -> Company:
    return found_company(count=3)


def until_done(client: imaplib.IMAP4, uid: str) -> None:
    until(lambda: "$status-done" in flags_of(client, uid), "nobody noticed the answer")


def test_answered_at_the_provider_is_done_by_someone_outside(company: Company) -> None:
    dovecot, proxy = company.dovecot, company.proxy
    with proxy.imap("anna") as anna:
        anna.select("INBOX")
        message_id, uid = arrive(company, anna, "answered in webmail")
        assert "$status-open" in flags_of(anna, uid)
        context = ssl.create_default_context(cafile=str(company.proxy.certificates.ca))
        with imaplib.IMAP4_SSL("127.0.0.1", dovecot.tls_port, ssl_context=context) as webmail:
            webmail.login(dovecot.user, dovecot.password)
            webmail.select("INBOX")
            _, found = webmail.search(None, "HEADER", "Message-ID", f'"{message_id}"')
            webmail.store(found[0].decode(), "+FLAGS", "(\\Answered)")
        until_done(anna, uid)
        assert "\\Answered" in flags_of(anna, uid)
    shown = proxy.command("conversation", "show", message_id)
    assert "someone outside" in shown
    (record,) = proxy.audit("--message", message_id.strip("<>"), "--action", "status")
    assert record["detail"]["by"] == "outside"  # type: ignore[index]


def test_what_an_admin_splits_while_everybody_works_is_told_at_once(company: Company) -> None:
    """Two clients look on; the command line is another process than the proxy."""
    proxy = company.proxy
    with proxy.imap("anna") as anna:
        anna.select("INBOX")
        first, one = arrive(company, anna, "two questions in one conversation")
        second, raw = enquiry("two questions in one conversation")
        company.dovecot.deliver(f"References: {first}\r\n".encode() + raw)
        other = uid_of(anna, second)
        said = proxy.command("conversation", "split", second, "--yes", "--json")
        numbers = json.loads(said)
        assert numbers["mails"] == 1
        anna.uid("STORE", other, "+FLAGS", "($status-done)")
        assert "$status-done" in flags_of(anna, other)
        assert "$status-open" in flags_of(anna, one)
        third, raw = enquiry("and once more")
        company.dovecot.deliver(f"References: {first} {second}\r\n".encode() + raw)
        uid_of(anna, third)
        assert "$status-open" in flags_of(anna, other), "the customer has written again"
        back = json.loads(proxy.command("conversation", "join", first, second, "--yes", "--json"))
        assert back == {
            "conversation": numbers["from"],
            "joined": numbers["conversation"],
            "mails": 2,
        }
        anna.uid("STORE", one, "+FLAGS", "($status-done)")
        assert "$status-done" in flags_of(anna, other)
    shown = proxy.command("conversation", "show", first)
    assert f"formerly also {numbers['conversation']}" in shown
    assert "split" in shown and "joined" in shown
