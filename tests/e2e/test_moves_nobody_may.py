"""Moves at a real provider without MOVE that lets nobody remove from INBOX (RFC 4314): copied it is
by then, so whoever asks again gets no second copy, and no mail goes by it.
"""

from __future__ import annotations

import contextlib
import imaplib
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Company
from tests.e2e.test_moves_without_move import deleted, ok
from tests.patience import PATIENCE_S, until

COUNT = 3
ACL = {
    (2, 3): """
mail_plugins = acl
plugin {
  acl = vfile
}
""",
    (2, 4): """
mail_plugins {
  acl = yes
}
acl_driver = vfile
""",
}


@pytest.fixture(params=["all", "no MOVE", "no UIDPLUS"])
def company(
    found_company: Callable[..., Company], request: pytest.FixtureRequest
) -> Iterator[Company]:
    hidden = {"all": (), "no MOVE": ("MOVE",), "no UIDPLUS": ("MOVE", "UIDPLUS")}[request.param]
    company = found_company(count=COUNT, hide=hidden, extra=ACL)
    yield company
    company.proxy.stop()


def allow(company: Company, rights: str, folder: str = "INBOX") -> None:
    """To the account itself."""
    file = company.dovecot.maildir(folder) / "dovecot-acl"
    file.write_text(f"owner {rights}\n")
    file.chmod(0o644)
    with contextlib.suppress(RuntimeError):  # nobody is there
        company.dovecot.doveadm("kick", company.dovecot.user)


def there(company: Company) -> tuple[int, int, int]:
    def count(folder: str) -> int:
        return int(ok(provider.select(folder, readonly=True))[0])  # type: ignore[call-overload]

    provider = imaplib.IMAP4("127.0.0.1", company.dovecot.plain_port, timeout=PATIENCE_S)
    with provider:
        provider.login(company.dovecot.user, company.dovecot.password)
        return count("INBOX"), count("Archive"), count("Trash")


def moved(company: Company) -> str:
    with company.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        return anna.uid("MOVE", "1", "Archive")[0]


@pytest.mark.parametrize("rights", ["lrswip", "lrswipt"], ids=["no flag", "no expunge"])
def test_however_often_it_is_asked_for_there_is_one_copy(company: Company, rights: str) -> None:
    allow(company, rights)
    for _ in range(2):
        assert moved(company) == "NO"
        inbox, copied, trash = there(company)
        assert (inbox, trash) == (COUNT, 0)
        assert copied <= 1
        company.proxy.kill()
        company.proxy.start()
        company.proxy.wait_synced(COUNT)
    allow(company, "lrswipte")
    until(lambda: moved(company) == "OK")  # proxyd's own sessions were just ended
    assert there(company) == (COUNT - 1, 1, 0)


@pytest.mark.parametrize("rights", ["lrswip", "lrswipt"], ids=["no flag", "no expunge"])
def test_what_is_deleted_stays_and_lies_in_trash_at_most_once(
    company: Company, rights: str
) -> None:
    allow(company, rights)
    with company.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        for _ in range(3):
            if anna.store("1", "+FLAGS", r"(\Deleted)")[0] == "OK":
                anna.expunge()
            inbox, archive, trash = there(company)
            assert (inbox, archive) == (COUNT, 0)
            assert trash <= 1
    allow(company, "lrswipte")
    with company.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        deleted(anna, "1")
        until(lambda: anna.expunge()[0] == "OK")  # as above
        assert there(company) == (COUNT - 1, 0, 1)
