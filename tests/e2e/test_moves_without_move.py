"""Moves of clients that say COPY, \\Deleted and EXPUNGE, and deleted mail, at a real provider: with
MOVE and UIDPLUS, and without. What lies there is asked of the provider itself.
"""

from __future__ import annotations

import imaplib
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Company
from tests.patience import PATIENCE_S

LACKS = {"all": (), "no MOVE": ("MOVE",), "no UIDPLUS": ("MOVE", "UIDPLUS")}
COUNT = 6


@pytest.fixture(params=LACKS)
def company(
    found_company: Callable[..., Company], request: pytest.FixtureRequest
) -> Iterator[Company]:
    company = found_company(count=COUNT, hide=LACKS[request.param])
    yield company
    company.proxy.stop()


def ok(answer: tuple[str, list[object]]) -> list[object]:
    word, data = answer
    assert word == "OK", data
    return data


def there(company: Company, folder: str) -> int:
    """How many mails lie there; none of them is marked for anything."""
    provider = imaplib.IMAP4("127.0.0.1", company.dovecot.plain_port, timeout=PATIENCE_S)
    with provider:
        provider.login(company.dovecot.user, company.dovecot.password)
        count = int(ok(provider.select(folder, readonly=True))[0])  # type: ignore[call-overload]
        assert ok(provider.search(None, "DELETED")) == [b""]
    return count


def everywhere(company: Company) -> tuple[int, int, int]:
    return there(company, "INBOX"), there(company, "Archive"), there(company, "Trash")


def deleted(client: imaplib.IMAP4, number: str) -> None:
    ok(client.store(number, "+FLAGS", r"(\Deleted)"))


def test_a_day_of_a_client_without_move(company: Company) -> None:
    with company.proxy.imap("anna") as anna, company.proxy.imap("ben") as ben:
        ok(anna.select("INBOX"))
        ok(ben.select("INBOX"))
        # into views, by number and by UID; expunged by EXPUNGE, and by CLOSE
        ok(anna.copy("1", "Status/Done"))
        deleted(anna, "1")
        ok(ben.expunge())  # a colleague tidies up in between
        assert there(company, "INBOX") == COUNT
        ok(anna.expunge())
        assert everywhere(company) == (COUNT, 0, 0)
        deleted(anna, "1")
        ok(anna.uid("COPY", "2", "Status/Mine"))
        company.proxy.kill()
    company.proxy.start()
    company.proxy.wait_synced(COUNT)
    with company.proxy.imap("anna") as anna, company.proxy.imap("ben") as ben:
        ok(anna.select("INBOX"))
        assert b"\\Deleted" in ok(anna.uid("FETCH", "2", "(FLAGS)"))[0]  # type: ignore[operator]
        ok(anna.close())
        assert everywhere(company) == (COUNT, 0, 0)

        # to a folder: it is moved, and Trash has no second copy
        ok(anna.select("INBOX"))
        ok(anna.copy("1:2", "Archive"))
        deleted(anna, "1:2")
        ok(anna.expunge())
        assert everywhere(company) == (COUNT - 2, 2, 0)

        # deleted through a view: to Trash; there it stays for who may not destroy it
        ok(anna.select("Status/Open"))
        deleted(anna, "*")  # none that was copied a moment ago: that would be a move still
        ok(anna.expunge())
        assert sum(everywhere(company)) == COUNT
        assert there(company, "Trash") == 1
        ok(anna.select("Trash"))
        deleted(anna, "1")
        word, said = anna.expunge()
        assert word == "NO", said
        assert said[0].startswith(b"[NOPERM] only who manages")
        ok(anna.close())
        assert there(company, "Trash") == 1

        # a draft is replaced by who wrote it
        for subject in (b"one", b"two"):
            ok(anna.append("Drafts", r"(\Draft)", "", b"Subject: " + subject + b"\r\n\r\nx\r\n"))
        ok(anna.select("Drafts"))
        deleted(anna, "1")
        ok(anna.expunge())
        assert (there(company, "Drafts"), there(company, "Trash")) == (1, 1)


def test_a_number_that_was_copied_away_is_never_the_next_mail_s(company: Company) -> None:
    """As c-client goes about it: the number of the COPY once more, and then EXPUNGE."""
    with company.proxy.imap("anna") as anna:
        left = int(ok(anna.select("Status/Open"))[0])  # type: ignore[call-overload]
        while left:
            ok(anna.copy("1", "Status/Done"))  # with its conversation
            ok(anna.store("1", "+FLAGS", r"(\Deleted)"))
            ok(anna.expunge())
            now = int(ok(anna.select("Status/Open"))[0])  # type: ignore[call-overload]
            assert now < left
            left = now
    assert everywhere(company) == (COUNT, 0, 0)


def test_what_mbsync_brings_from_one_maildir_to_another(company: Company) -> None:
    with company.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        raw = ok(anna.fetch("1", "(BODY.PEEK[])"))[0][1]  # type: ignore[index]
        marked = raw.replace(b"\r\n\r\n", b"\r\nX-TUID: abcdefghijkl\r\n\r\n", 1)
        assert b"APPENDUID" in ok(anna.append("Status/Done", "", "", marked))[0]  # type: ignore[operator]
        deleted(anna, "1")
        ok(anna.expunge())
        assert everywhere(company) == (COUNT, 0, 0)
        ok(anna.append("Archive", "", "", marked))
        deleted(anna, str(COUNT))  # where it came in again
        ok(anna.expunge())
        assert everywhere(company) == (COUNT - 1, 1, 0)
