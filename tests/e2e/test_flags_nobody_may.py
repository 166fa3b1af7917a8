"""Flags that a real provider lets nobody set (RFC 4314 "w"): it says OK and leaves them out."""

from __future__ import annotations

import imaplib
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Company
from tests.e2e.test_moves_nobody_may import ACL, allow
from tests.patience import PATIENCE_S, until

MAIL = b"From: c@example.com\r\nSubject: filed\r\nMessage-ID: <filed@x>\r\n\r\nText\r\n"


@pytest.fixture
def company(found_company: Callable[..., Company]) -> Iterator[Company]:
    company = found_company(count=2, extra=ACL)
    allow(company, "lrsipte")
    yield company
    company.proxy.stop()


def flags(client: imaplib.IMAP4, uid: bytes = b"1") -> set[bytes]:
    told = client.uid("FETCH", uid.decode(), "(FLAGS)")[1][-1]
    assert isinstance(told, bytes)
    return set(imaplib.ParseFlags(told)) - {b"\\Recent", b"$status-open"}


def there(company: Company) -> list[bytes]:
    provider = imaplib.IMAP4("127.0.0.1", company.dovecot.plain_port, timeout=PATIENCE_S)
    with provider:
        provider.login(company.dovecot.user, company.dovecot.password)
        provider.select("INBOX", readonly=True)
        return [flag for line in provider.fetch("1:*", "(FLAGS)")[1] for flag in _kept(line)]


def _kept(line: object) -> list[bytes]:
    assert isinstance(line, bytes)
    return [flag for flag in imaplib.ParseFlags(line) if flag not in (b"\\Recent", b"\\Seen")]


def test_it_is_refused_and_keywords_are_kept_here(company: Company) -> None:
    with company.proxy.imap("anna") as anna, company.proxy.imap("ben") as ben:
        anna.select("INBOX")
        done, data = anna.uid("STORE", "1", "+FLAGS", r"(\Flagged \Answered kw1)")
        assert done == "NO"
        assert data[0].startswith(b"[CANNOT] ")
        assert flags(anna) == {b"kw1"}
        assert anna.uid("STORE", "2", "+FLAGS", "(kw2)")[0] == "OK"
        ben.select("INBOX")
        assert (flags(ben), flags(ben, b"2")) == ({b"kw1"}, {b"kw2"})
        assert anna.uid("STORE", "2", "-FLAGS", "(kw2)")[0] == "OK"
        ben.noop()
        assert flags(ben, b"2") == set()
    assert there(company) == []
    records = company.proxy.audit("--action", "flag")
    told = [(one["outcome"], one["detail"].get("add")) for one in records]
    assert ("refused", None) in told
    assert not any(r"\Flagged" in (add or ()) for _, add in told)


def test_what_is_appended_is_stored_and_keeps_its_keywords(company: Company) -> None:
    with company.proxy.imap("anna") as anna:
        assert anna.append("INBOX", r"(\Flagged kw1)", None, MAIL)[0] == "OK"
        anna.select("INBOX")
        [uid] = anna.uid("SEARCH", "SUBJECT", "filed")[1][0].split()
        assert flags(anna, uid) == {b"kw1"}
    assert there(company) == []


def test_with_the_right_all_is_as_it_was(company: Company) -> None:
    allow(company, "lrswipte")
    with company.proxy.imap("anna") as anna:
        anna.select("INBOX")
        assert anna.uid("STORE", "1", "+FLAGS", r"(\Flagged kw1)")[0] == "OK"
        assert flags(anna) == {b"\\Flagged", b"kw1"}
    # Written there as soon as proxyd's sessions, which the change of rights ended, are back.
    until(lambda: set(there(company)) == {b"\\Flagged", b"kw1"})
