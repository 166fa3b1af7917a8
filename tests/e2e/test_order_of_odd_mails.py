"""Rare and broken mails: ordered, threaded, decoded and previewed as a server of its own does.

Where Dovecot 2.3 sees a mail otherwise, it stands in here with the reason; all others agree.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Company
from tests.e2e.test_order_and_content import asked, rows, words
from tests.imapwire import odd_mails

MORE = {
    "encoded_answer": b"Subject: Re: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\nDate: 31 Feb 2020 99:00\n"
    b"Message-ID: <q1@x>\n\nx\n",
    "named_zone": "Subject: größe\nDate: Tue, 1 Jan 2019 10:00:00 EST\nMessage-ID: <q2@x>\n"
    "In-Reply-To: your mail <q1@x> of today\n\nx\n".encode(),
    "leaders_and_trailers": b"Subject: [list] Fwd: Re[3]: foo (fwd)\n"
    b'References: <q1@x>\n <"q2"@x>\n\nx\n',
    "japanese": b"Subject: =?iso-2022-jp?b?GyRCRnxLXBsoQg==?=\nFrom: =?utf-8?q?=C3=84?= <z@x>\n"
    b"To: undisclosed-recipients:;\nCc: (c) a@b\n\nx\n",
    "nothing_in_it": b"Subject: \nFrom: \nTo: \nDate: \n\n> q\n",
    "same_id_again": b"Subject: foo\nFrom: b@x\nDate: Fri, 01 Jan 2021 10:00:00 +0100 (CET)\n"
    b"Message-ID: <q1@x>\n\n<html>\n",
    "own_reference": b"subject: \xe9\xff raw\nFrom: \xe9 <b@x>\nDate: 1 Jan 21 10:00\n"
    b"Message-ID: nobrackets@x\nReferences: <nobrackets@x>\n\nx\n",
}
MAILS = odd_mails.LEGAL | odd_mails.BROKEN | MORE
# Raw octets that are no UTF-8: read as what writes such mail here, where Dovecot puts U+FFFD.
GUESSED = {"own_reference", "invalid_utf8_header"}
# "<>" and "a@b@c": nobody's mailbox, where Dovecot says MISSING_MAILBOX, and "a".
NO_ADDRESS = {"addresses_nonsense"}
EXPLAINED = {
    "(SUBJECT)": GUESSED,
    "(FROM)": NO_ADDRESS,
    "(CC)": NO_ADDRESS,
    "(DISPLAYFROM)": GUESSED | NO_ADDRESS,
}
# Text inside a message in the mail counts here and not there; a Content-Type that is none is that
# of plain text (RFC 2045 §5.2); a quote alone keeps its space.
PREVIEWED_OTHERWISE = {"content_type_nonsense", "digest", "message_at_the_top", "nothing_in_it"}


@pytest.fixture(scope="module")
def company(found_company: object) -> Company:
    # Before anybody looks: who counts while they come may see a later one first.
    before = [(raw, "INBOX") for raw in MAILS.values()]
    company: Company = found_company(count=0, before=before)  # type: ignore[operator]
    company.proxy.wait_synced(len(MAILS))
    return company


@pytest.fixture(scope="module")
def both(company: Company) -> Iterator[tuple[imaplib.IMAP4, imaplib.IMAP4]]:
    """Through the proxy, and directly."""
    direct = imaplib.IMAP4("127.0.0.1", company.dovecot.plain_port)
    direct.login(company.dovecot.user, company.dovecot.password)
    direct.select("INBOX", readonly=True)
    with company.proxy.imap("anna") as ours:
        ours.select("INBOX")
        yield ours, direct
    direct.shutdown()


def names(uids: list[bytes], without: set[str]) -> list[str]:
    listed = list(MAILS)
    found = [listed[int(uid) - 1] for uid in uids]
    assert sorted(found) == sorted(listed)
    return [name for name in found if name not in without]


@pytest.mark.parametrize(
    "keys",
    ["(DATE)", "(SUBJECT)", "(FROM)", "(TO)", "(CC)", "(DISPLAYFROM)", "(DISPLAYTO)", "(SIZE)"],
)
def test_the_same_order(both: tuple[imaplib.IMAP4, imaplib.IMAP4], keys: str) -> None:
    without = EXPLAINED.get(keys, set())
    mine, its = (names(asked(one, "SORT", keys, "UTF-8", "ALL"), without) for one in both)
    assert mine == its


@pytest.mark.parametrize("algorithm", ["REFERENCES", "ORDEREDSUBJECT"])
def test_the_same_threads(both: tuple[imaplib.IMAP4, imaplib.IMAP4], algorithm: str) -> None:
    mine, its = (asked(one, "THREAD", algorithm, "UTF-8", "ALL") for one in both)
    assert len(re.findall(rb"\d+", mine[0])) == len(MAILS)
    assert mine == its


@pytest.mark.parametrize("part", ["1", "2", "1.1", "2.1", "3"])
def test_the_same_octets(both: tuple[imaplib.IMAP4, imaplib.IMAP4], part: str) -> None:
    mine, its = (rows(one, f"BINARY.PEEK[{part}]") for one in both)
    for uid, name in enumerate(MAILS, 1):
        assert mine[uid].replace(b"~{", b"{", 1) == its[uid].replace(b"~{", b"{", 1), name


def test_the_same_first_words(both: tuple[imaplib.IMAP4, imaplib.IMAP4]) -> None:
    mine, its = (rows(one, "PREVIEW") for one in both)
    for uid, name in enumerate(MAILS, 1):
        assert name in PREVIEWED_OTHERWISE or words(mine[uid]) == words(its[uid]), name
