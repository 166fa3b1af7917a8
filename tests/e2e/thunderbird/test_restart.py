"""Thunderbird is closed in the evening and started in the morning: what it knows, it still trusts.

Once as it is delivered, once with CONDSTORE switched on; over COMPRESS=DEFLATE, as always.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable

import pytest

from tests.e2e.conftest import Company
from tests.e2e.thunderbird.conftest import TITLE
from tests.e2e.thunderbird.program import Thunderbird
from tests.patience import until

COUNT = 30
FOLDERS = {"Inbox": "INBOX", "Status/Open": "Status/Open", "Status/Done": "Status/Done"}
READING = {"list", "open", "copy"}  # what the access log calls headers and bodies that are fetched
SETTINGS: dict[str, dict[str, object]] = {
    "as delivered": {},
    "with CONDSTORE": {"mail.server.default.use_condstore": True},
}
NEW = b"""From: Hanako <hanako@customer.example.org>
To: support@example.test
Subject: Came at night
Date: Mon, 23 Nov 2026 10:00:00 +0900
Message-ID: <night@customer.example.org>

Where is my order?
"""


def truth(client: imaplib.IMAP4, view: str) -> tuple[int, int]:
    """Mails, and how many are unread for this person."""
    said = client.status(f'"{view}"', "(MESSAGES UNSEEN)")[1][0]
    found = re.search(rb"MESSAGES (\d+) UNSEEN (\d+)", said)
    assert found
    return int(found[1]), int(found[2])


def shown(tb: Thunderbird, folder: str) -> tuple[int, int]:
    """Rows of the open folder, and the number beside its name."""
    unread = {name: number for depth, name, number in tb.look("folders") if depth > 1}
    return tb.look("rows"), unread[folder.rpartition("/")[2]]


def through_all_folders(tb: Thunderbird, company: Company) -> None:
    """Open each; it shows what the server counts, and has a copy of every mail."""
    with company.proxy.imap("anna") as anna:
        for folder, view in FOLDERS.items():
            tb.open(TITLE, *folder.split("/"))

            def right(folder: str = folder, view: str = view) -> bool:
                return shown(tb, folder) == truth(anna, view)

            tb.see(f"{folder} as it is", right)
            tb.see(f"a copy of {folder}", lambda: tb.look("stored") == tb.look("rows"))


def what_happens_at_night(company: Company) -> set[str]:
    """A mail comes, one goes for good, one is finished: the Message-IDs that now stand in folders
    where they have not stood before.
    """
    company.dovecot.deliver(NEW)
    with company.proxy.imap("ben") as ben:
        ben.select("INBOX")
        until(lambda: _found(ben, "SUBJECT", '"Came at night"'))
        (gone, *_) = _found(ben, "ALL")
        _done(ben.uid("STORE", gone, "+FLAGS", "(\\Deleted)"))
        _done(ben.expunge())
        ben.select('"Status/Done"')
        before = _message_ids(ben)
        ben.select('"Status/Open"')
        (*_, finished, _) = _found(ben, "ALL")
        _done(ben.uid("STORE", finished, "+FLAGS", "($status-done)"))
        ben.select('"Status/Done"')
        new = _message_ids(ben) - before
    assert new
    return new | {"night@customer.example.org"}


def _done(answer: tuple[str, list[object]]) -> None:
    assert answer[0] == "OK", answer


def _found(client: imaplib.IMAP4, *criteria: str) -> list[str]:
    client.noop()
    return [uid.decode() for uid in client.uid("SEARCH", *criteria)[1][0].split()]


def _message_ids(client: imaplib.IMAP4) -> set[str]:
    uids = ",".join(_found(client, "ALL"))
    if not uids:
        return set()
    rows = client.uid("FETCH", uids, "(BODY.PEEK[HEADER.FIELDS (Message-ID)])")[1]
    return set(re.findall(r"<(.*?)>", b"".join(row[1] for row in rows if len(row) > 1).decode()))


@pytest.mark.parametrize("setting", SETTINGS)
def test_nothing_known_is_fetched_again_and_all_counts_are_right(
    found_company: Callable[..., Company], seat: Callable[..., Thunderbird], setting: str
) -> None:
    company = found_company(count=COUNT)
    tb = seat(company, SETTINGS[setting])
    through_all_folders(tb, company)
    tb.quit()
    assert "COMPRESS DEFLATE" in tb.dialogue()
    new = what_happens_at_night(company)
    evening = len(company.proxy.audit())

    tb.start()
    through_all_folders(tb, company)
    tb.see("the new mail", lambda: tb.open(TITLE, "Inbox") or tb.row("Came at night"))
    tb.quit()
    said = tb.dialogue()
    assert re.findall(r"\b\d+ BAD .*", said) == []
    assert ("CHANGEDSINCE" in said) is bool(SETTINGS[setting])
    morning = [r for r in company.proxy.audit()[evening:] if r["actor"] == "anna"]
    read = {record["message_id"] for record in morning if record["action"] in READING}
    assert read == new
