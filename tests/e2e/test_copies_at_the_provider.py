"""What a provider has at this moment, and not what it had: a copy that webmail has just removed, a
\\Deleted that webmail has set, two people who move one mail. With MOVE and UIDPLUS, and without.
"""

from __future__ import annotations

import imaplib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.conftest import Company
from tests.e2e.test_moves_without_move import LACKS, ok
from tests.patience import PATIENCE_S, until

SOME = 12


@pytest.fixture(params=LACKS, scope="module")
def company(
    found_company: Callable[..., Company], request: pytest.FixtureRequest
) -> Iterator[Company]:
    company = found_company(count=0, hide=LACKS[request.param])
    company.proxy.add_person("mana", "Mana", "support:manage")
    yield company
    company.proxy.stop()


@contextmanager
def webmail(company: Company, folder: str) -> Iterator[imaplib.IMAP4]:
    client = imaplib.IMAP4("127.0.0.1", company.dovecot.plain_port, timeout=PATIENCE_S)
    with client:
        client.login(company.dovecot.user, company.dovecot.password)
        ok(client.select(folder))
        yield client


def arrives(company: Company, subject: str) -> str:
    """Returns its UID in INBOX."""
    company.dovecot.deliver(
        f"From: c@example.com\r\nTo: support@example.test\r\nSubject: {subject}\r\n"
        f"Message-ID: <{subject}@x>\r\n\r\nHello\r\n".encode()
    )
    with company.proxy.imap("anna") as anna:

        def there() -> bytes:
            ok(anna.select("INBOX"))
            return bytes(anna.uid("SEARCH", "SUBJECT", subject)[1][0])

        until(there)
        return there().decode()


def where(company: Company, subject: str) -> dict[str, int]:
    folders = ("INBOX", "Archive", "Junk", "Trash")
    counts = {name: company.dovecot.count(name, f"<{subject}@x>") for name in folders}
    return {name: count for name, count in counts.items() if count}


def removed_past_us(company: Company, folder: str, subject: str) -> None:
    with webmail(company, folder) as there:
        (uid,) = there.uid("SEARCH", "SUBJECT", subject)[1][0].split()
        ok(there.uid("STORE", uid, "+FLAGS", r"(\Deleted)"))
        ok(there.expunge())


def test_a_copy_that_is_gone_again_is_no_copy(company: Company) -> None:
    """proxyd's own session has the folder open and has not heard of it."""
    uid = arrives(company, "copied")
    with company.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        ok(anna.uid("COPY", uid, "Archive"))
        ok(anna.uid("STORE", uid, "+FLAGS", r"(\Deleted)"))
        removed_past_us(company, "Archive", "copied")
        ok(anna.expunge())
    assert where(company, "copied") == {"Trash": 1}


def test_what_is_stored_into_a_view_while_it_goes_at_the_provider_is_stored(
    company: Company,
) -> None:
    uid = arrives(company, "stored")
    with company.proxy.imap("anna") as anna:
        ok(anna.select("INBOX"))
        raw = ok(anna.uid("FETCH", uid, "(BODY.PEEK[])"))[0][1]  # type: ignore[index]
        removed_past_us(company, "INBOX", "stored")
        ok(anna.append("Status/Done", "", "", raw))
    assert where(company, "stored") == {"INBOX": 1}


@pytest.mark.parametrize("verb", ["COPY", "MOVE", "EXPUNGE"])
def test_a_mark_that_webmail_has_set_does_not_travel(company: Company, verb: str) -> None:
    subject = f"marked{verb}"
    uid = arrives(company, subject)
    with webmail(company, "INBOX") as there:
        (theirs,) = there.uid("SEARCH", "SUBJECT", subject)[1][0].split()
        ok(there.uid("STORE", theirs, "+FLAGS", r"(\Deleted)"))
    target = {"EXPUNGE": "Trash"}.get(verb, "Archive")
    with company.proxy.imap("anna") as anna, company.proxy.imap("mana") as mana:

        def shows_it() -> bool:
            ok(anna.select("INBOX"))
            return b"\\Deleted" in ok(anna.uid("FETCH", uid, "(FLAGS)"))[0]  # type: ignore[operator]

        until(shows_it)
        if verb == "EXPUNGE":
            ok(anna.expunge())
        else:
            ok(anna.uid(verb, uid, target))
        ok(mana.select(target))
        ok(mana.close())
        assert where(company, subject)[target] == 1
        with webmail(company, target) as there:
            until(
                lambda: (
                    ok(there.noop())
                    and there.uid("SEARCH", "SUBJECT", subject, "DELETED")[1] == [b""]
                )
            )
    if verb == "COPY":  # out of the way of the next test
        removed_past_us(company, "INBOX", subject)


def test_of_two_who_move_one_mail_one_is_first(company: Company) -> None:
    subjects = [f"both{number}" for number in range(SOME)]
    uids = [arrives(company, subject) for subject in subjects]
    with company.proxy.imap("anna") as anna, company.proxy.imap("ben") as ben:
        ok(anna.select("INBOX"))
        ok(ben.select("INBOX"))
        for uid, subject in zip(uids, subjects, strict=True):
            hers = threading.Thread(target=anna.uid, args=("MOVE", uid, "Archive"))
            hers.start()
            ben.uid("MOVE", uid, "Junk")
            hers.join()
            assert sum(where(company, subject).values()) == 1, where(company, subject)


def test_of_two_who_delete_one_mail_it_lies_in_trash_once(company: Company) -> None:
    uid = arrives(company, "deleted")
    with company.proxy.imap("anna") as anna, company.proxy.imap("ben") as ben:
        for person in (anna, ben):
            ok(person.select("INBOX"))
            ok(person.uid("STORE", uid, "+FLAGS", r"(\Deleted)"))
        hers = threading.Thread(target=anna.expunge)
        hers.start()
        ben.expunge()
        hers.join()
    assert where(company, "deleted") == {"Trash": 1}


def test_a_folder_that_is_deleted_takes_no_mail_with_it(company: Company) -> None:
    uid = arrives(company, "kept")
    with company.proxy.imap("mana") as mana:
        ok(mana.create("Kunden"))
        ok(mana.select("INBOX"))
        ok(mana.uid("MOVE", uid, "Kunden"))
        ok(mana.delete("Kunden"))
        assert mana.select("Kunden")[0] == "NO"
    assert where(company, "kept") == {"Trash": 1}
    (row,) = company.proxy.audit("--action", "expunge", "--message", "<kept@x>")
    assert (row["actor"], row["detail"]["what"]) == ("mana", "trash")  # type: ignore[index]
