"""IMAPClient, the library other people's scripts are written with: every folder, the virtual ones
too, read and changed with its own functions and its own idea of what a server says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from imapclient import IMAPClient
from imapclient.response_types import Envelope

from tests.corpus import mails
from tests.e2e.conftest import Company
from tests.e2e.installation import PASSWORD, Installation
from tests.patience import PATIENCE_S, until

MAILS = 30
ROW = [
    *("FLAGS", "MODSEQ", "ENVELOPE", "INTERNALDATE", "RFC822.SIZE", "BODYSTRUCTURE"),
    *("EMAILID", "THREADID", "PREVIEW", "BODY.PEEK[]"),
]


@pytest.fixture(scope="module")
def office(found_company: Callable[..., Company]) -> Company:
    return found_company(count=MAILS)


def signed_in(proxy: Installation, login: str) -> IMAPClient:
    client = IMAPClient(
        "localhost", proxy.ports["imap-tls"], ssl_context=proxy.trust(), timeout=PATIENCE_S
    )
    client.login(login, PASSWORD)
    return client


@pytest.fixture
def client(office: Company) -> Iterator[IMAPClient]:
    with signed_in(office.proxy, "anna") as client:
        yield client


def names(client: IMAPClient) -> list[str]:
    return [name for flags, _, name in client.list_folders() if b"\\Noselect" not in flags]


def test_its_capabilities_and_who_we_are(client: IMAPClient) -> None:
    for word in ("IDLE", "MOVE", "CONDSTORE", "SORT", "THREAD=REFERENCES", "QUOTA", "ACL"):
        assert client.has_capability(word)
    ((prefix, delimiter),) = client.namespace().personal
    assert (prefix, delimiter) == ("", "/")
    fields = client.id_({"name": "IMAPClient", "version": "4"})[0]
    assert b"name" in fields
    assert client.enable("CONDSTORE") == [b"CONDSTORE"]
    assert client.find_special_folder(b"\\Sent") == "Sent"


def test_every_folder_opens_and_says_what_its_status_said(client: IMAPClient) -> None:
    found = names(client)
    assert {"INBOX", "Status/Open", "Status/Done", "Status/Assigned to/Ben Mori"} <= set(found)
    wanted = ["MESSAGES", "UNSEEN", "UIDNEXT", "UIDVALIDITY", "HIGHESTMODSEQ", "SIZE"]
    for folder in found:
        told = client.folder_status(folder, wanted)
        opened = client.select_folder(folder, readonly=True)
        assert told[b"MESSAGES"] == opened[b"EXISTS"] == len(client.search())
        assert told[b"UIDVALIDITY"] == opened[b"UIDVALIDITY"]
        assert told[b"UIDNEXT"] == opened[b"UIDNEXT"]
        sizes = client.fetch(client.search(), ["RFC822.SIZE"])
        assert told[b"SIZE"] == sum(row[b"RFC822.SIZE"] for row in sizes.values())


@pytest.mark.parametrize("folder", ["INBOX", "Status/Open"])
def test_whole_rows(client: IMAPClient, folder: str) -> None:
    client.select_folder(folder, readonly=True)
    rows = client.fetch(client.search(), ROW)
    known = {raw for raw, _, _ in mails(MAILS)}
    assert {row[b"BODY[]"] for row in rows.values()} <= known
    for row in rows.values():
        assert row[b"RFC822.SIZE"] == len(row[b"BODY[]"])
        assert isinstance(row[b"ENVELOPE"], Envelope)
        assert row[b"MODSEQ"][0] > 0
        assert row[b"BODYSTRUCTURE"].is_multipart == (b"multipart/" in row[b"BODY[]"])
        assert row[b"EMAILID"] and row[b"PREVIEW"]


@pytest.mark.parametrize("folder", ["INBOX", "Status/Unassigned"])
def test_sort_and_thread(client: IMAPClient, folder: str) -> None:
    client.select_folder(folder, readonly=True)
    every = client.search()
    assert len(every) > MAILS // 2
    rows = client.fetch(every, ["RFC822.SIZE"])
    by_size = client.sort(["REVERSE SIZE"])
    assert [rows[uid][b"RFC822.SIZE"] for uid in by_size] == sorted(
        (row[b"RFC822.SIZE"] for row in rows.values()), reverse=True
    )
    for algorithm in ("REFERENCES", "ORDEREDSUBJECT"):
        threads = client.thread(algorithm)
        assert sorted(flat(threads)) == sorted(every)
        assert len(threads) < len(every)


def flat(threads: tuple[object, ...]) -> Iterator[int]:
    for member in threads:
        if isinstance(member, tuple):
            yield from flat(member)
        else:
            assert isinstance(member, int)
            yield member


def test_search_by_modseq_and_charset(client: IMAPClient) -> None:
    client.select_folder("INBOX")
    found = client.search(["SUBJECT", "請求書"], charset="UTF-8")
    rows = client.fetch(found, ["PREVIEW"])
    assert set(rows) == set(found)
    newest = client.search(["MODSEQ", 1])
    assert newest.modseq > 0
    client.add_flags(newest[:1], ["\\Flagged"])
    assert list(client.search(["MODSEQ", newest.modseq + 1])) == newest[:1]
    changed = client.fetch(client.search(), ["FLAGS"], [f"CHANGEDSINCE {newest.modseq}"])
    assert b"\\Flagged" in changed[newest[0]][b"FLAGS"]


def test_idle_hears_a_colleague_in_a_virtual_folder(office: Company, client: IMAPClient) -> None:
    client.select_folder("Status/On hold")
    client.idle()
    with signed_in(office.proxy, "ben") as colleague:
        colleague.select_folder("Status/Open")
        (uid,) = colleague.search()[-1:]
        colleague.move([uid], "Status/On hold")
    heard: list[tuple[object, ...]] = []

    def told() -> bool:
        heard.extend(client.idle_check(timeout=1))
        return (1, b"EXISTS") in heard

    until(told)
    client.idle_done()
    assert len(client.search()) == 1


def test_a_mail_is_written_moved_and_gone(office: Company, client: IMAPClient) -> None:
    dovecot = office.dovecot
    mail = b"Subject: written\r\nMessage-ID: <written@example.test>\r\n\r\ntext\r\n"
    client.append("INBOX", mail, ["\\Seen"])
    client.select_folder("INBOX")
    (uid,) = client.search(["HEADER", "Message-ID", "<written@example.test>"])
    client.set_flags([uid], ["\\Seen", "\\Flagged"])
    client.move([uid], "Status/Done")
    client.select_folder("Status/Done")
    (uid,) = client.search(["HEADER", "Message-ID", "<written@example.test>"])
    assert {b"\\Seen", b"\\Flagged", b"$status-done"} <= set(client.get_flags([uid])[uid])
    assert dovecot.count("INBOX", "<written@example.test>") == 1
    client.copy([uid], "Archive")
    client.delete_messages([uid])
    client.uid_expunge([uid])
    assert uid not in client.search()
    assert dovecot.count("INBOX", "<written@example.test>") == 0
    assert dovecot.count("Archive", "<written@example.test>") == 1


def test_quota_and_rights(client: IMAPClient) -> None:
    root, quotas = client.get_quota_root("INBOX")
    assert root.mailbox == "INBOX"
    assert len(quotas) == 0 or all(quota.limit >= quota.usage for quota in quotas)
    rights = dict(client.getacl("INBOX"))
    assert b"l" in rights[b"anna"] and b"r" in rights[b"anna"]
