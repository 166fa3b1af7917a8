"""The mail a new demo mailbox holds: valid, threaded, recent, from nobody who exists."""

from __future__ import annotations

import email
import email.policy
import re
from collections import Counter
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest

from proxyd.demo.mails import DemoMail, rendered
from proxyd.imapwire.dates import parse_internaldate
from proxyd.imapwire.flags import is_flag
from proxyd.mailtext.words import decoded

NOW_US = 1_790_000_000_123_456
ADDRESS = "support@example.test"
RESERVED = re.compile(r"(?:^|\.)example\.(?:com|net|org|jp|co\.jp|test)$|\.test$")
MAILS = rendered(NOW_US, ADDRESS)


def parsed(mail: DemoMail) -> EmailMessage:
    message = email.message_from_bytes(mail.octets, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_same_moment_same_octets() -> None:
    assert rendered(NOW_US, ADDRESS) == MAILS
    assert rendered(NOW_US + 60_000_000, ADDRESS) != MAILS


def test_a_few_dozen_in_every_folder() -> None:
    folders = Counter(mail.folder for mail in MAILS)
    assert folders.keys() == {"INBOX", "Sent", "Drafts", "Trash", "Junk", "Archive"}
    assert 25 <= folders["INBOX"] <= 40
    assert folders["Sent"] >= 5


@pytest.mark.parametrize("mail", MAILS, ids=[str(n) for n in range(len(MAILS))])
def test_valid(mail: DemoMail) -> None:
    message = parsed(mail)
    assert not message.defects
    assert mail.octets.count(b"\r\n") == mail.octets.count(b"\n") == mail.octets.count(b"\r")
    assert max(map(len, mail.octets.split(b"\r\n"))) <= 998  # RFC 5322 §2.1.1
    body = message.get_body(("plain",))
    assert body is not None and body.get_content().strip()
    assert "\ufffd" not in body.get_content()
    assert "{" not in str(message["From"]) + str(message["To"])
    assert parse_internaldate(mail.internal_date.encode()) == mail.internal_date
    assert all(is_flag(flag.encode()) for flag in mail.flags)


def test_dates_are_of_the_last_two_weeks_and_in_order() -> None:
    now = datetime.fromtimestamp(NOW_US / 1e6).astimezone()
    dates = [parsedate_to_datetime(parsed(mail)["Date"]) for mail in MAILS]
    assert dates == sorted(dates)
    assert now - timedelta(days=14) < dates[0]
    assert dates[-1] < now
    received = [datetime.strptime(m.internal_date, "%d-%b-%Y %H:%M:%S %z") for m in MAILS]
    assert received == dates


def test_addresses_are_reserved_names() -> None:
    for mail in MAILS:
        message = parsed(mail)
        for field in ("From", "To"):
            for address in message[field].addresses:
                assert RESERVED.search(address.domain), address


def test_every_reference_is_a_mail_that_is_there_and_older() -> None:
    seen: set[str] = set()
    threads = Counter()
    for mail in MAILS:
        message = parsed(mail)
        references = str(message["References"] or "").split()
        assert set(references) <= seen
        assert (references[-1:] or [None])[0] == (message["In-Reply-To"] or None)
        seen.add(str(message["Message-ID"]))
        threads[references[0] if references else str(message["Message-ID"])] += 1
    assert len(seen) == len(MAILS)
    assert sum(count >= 2 for count in threads.values()) >= 8
    assert max(threads.values()) >= 5


def test_there_is_something_of_each_kind() -> None:
    octets = b"\n".join(mail.octets for mail in MAILS)
    for sign in (
        *[b"List-Id: ", b"Auto-Submitted: auto-replied", b"charset=iso-2022-jp", b"message/rfc822"],
        *[b"charset=shift_jis", b"text/html", b"application/pdf", b"image/png", b"=?iso-2022-jp?"],
    ):
        assert sign in octets, sign
    unseen = [m for m in MAILS if m.folder == "INBOX" and "\\Seen" not in m.flags]
    assert 8 <= len(unseen) <= 25


def test_the_shop_signs_in_the_language_of_the_mail() -> None:
    for mail in MAILS:
        if mail.folder == "Sent":
            text = parsed(mail).get_body(("plain",)).get_content()
            name = decoded(str(parsed(mail)["From"]).encode())
            assert ("あおば文具" in name) is ("あおば文具" in text)


def test_another_address() -> None:
    mails = rendered(NOW_US, "info@company.test")
    assert not any(ADDRESS.encode() in mail.octets for mail in mails)
    assert sum(b"info@company.test" in mail.octets for mail in mails) == len(mails)
