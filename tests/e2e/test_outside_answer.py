"""Somebody answers without us: in the provider's webmail, or on a phone that is set up there."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Callable

import pytest

from tests.e2e.conftest import Company
from tests.e2e.test_main_job import arrive, flags_of
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
