"""Somebody leaves: one command, and every door is shut within a second (promise 7)."""

from __future__ import annotations

import imaplib
import smtplib

import pytest

from tests.e2e.conftest import Company
from tests.e2e.installation import PASSWORD
from tests.patience import until


@pytest.fixture(scope="module")
def company(found_company: object) -> Company:
    return found_company(count=5)  # type: ignore[operator,no-any-return]


def test_disabling_ends_sessions_and_shuts_every_door(company: Company) -> None:
    proxy = company.proxy
    with proxy.imap("ben") as idling, proxy.imap("anna") as anna:
        idling.select("INBOX")
        idling.send(b"i1 IDLE\r\n")
        assert idling.readline().startswith(b"+")
        with proxy.smtp("ben") as smtp:
            proxy.command("user", "disable", "ben")
            lines = []
            while line := idling.readline():
                lines.append(line)
            assert lines[-1].startswith(b"* BYE")
            assert smtp.noop()[0] == 421
            with pytest.raises(smtplib.SMTPServerDisconnected):
                smtp.noop()
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"), proxy.imap("ben"):
            pass
        with pytest.raises(smtplib.SMTPAuthenticationError), proxy.smtp("ben"):
            pass
        assert anna.noop()[0] == "OK", "nobody else notices"
    proxy.command("user", "enable", "ben")
    with proxy.imap("ben") as client:
        assert client.noop()[0] == "OK"
    outcomes = [r["outcome"] for r in proxy.audit("--action", "login", "--person", "ben")]
    assert outcomes.count("refused") >= 2


def test_a_new_person_works_at_once_and_a_revoked_one_no_longer(company: Company) -> None:
    proxy = company.proxy
    proxy.add_person("chika", "Chika Ueda", "support:read")
    with proxy.imap("chika") as client:
        assert client.select("INBOX")[0] == "OK"
        assert client.uid("STORE", "1", "+FLAGS", "(\\Flagged)")[0] == "NO"
        proxy.command("user", "revoke", "chika", "support")
        until(lambda: _ended(client), "the session did not end")
    with pytest.raises(imaplib.IMAP4.error), proxy.imap("chika"):
        pass


def test_the_real_password_changes_and_no_client_notices(company: Company) -> None:
    proxy, provider = company.proxy, company.dovecot
    with proxy.imap("anna") as client:
        client.select("INBOX")
        provider.set_password(provider.user, "another secret")
        proxy.command("mailbox", "set", "support", "--password-stdin", stdin="another secret\n")
        provider.drop_connections()
        until(lambda: client.uid("FETCH", "1", "(BODY.PEEK[])")[0] == "OK")
    assert "another secret" not in proxy.log()
    assert PASSWORD not in proxy.log()


def test_terminating_says_goodbye_and_exits_with_0(company: Company) -> None:
    proxy = company.proxy
    with proxy.imap("anna") as client:
        client.select("INBOX")
        client.send(b"i1 IDLE\r\n")
        assert client.readline().startswith(b"+")
        assert proxy.stop() == 0
        assert client.readline().startswith(b"* BYE")
    assert "Traceback" not in proxy.log()
    proxy.start()


def _ended(client: imaplib.IMAP4) -> bool:
    try:
        client.noop()
    except (imaplib.IMAP4.abort, OSError):
        return True
    return False
