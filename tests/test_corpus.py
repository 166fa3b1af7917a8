"""The generator other tests rely on: repeatable, valid, varied and quick."""

from __future__ import annotations

import email
import email.policy
import statistics
from datetime import datetime
from email.utils import parsedate_to_datetime

from proxyd.imapwire.dates import parse_internaldate
from tests.corpus import END, internal_date, mails
from tests.effort import effort_below


def test_same_seed_same_octets() -> None:
    assert list(mails(20, seed=3)) == list(mails(20, seed=3))
    assert list(mails(20, seed=3)) != list(mails(20, seed=4))


def test_mails_are_valid_and_in_order() -> None:
    dates = []
    for raw, _, received in mails(200):
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert not message.defects
        for part in message.walk():
            if part.get_content_maintype() == "text":
                assert part.get_content().strip()
        written = parsedate_to_datetime(message["Date"])
        assert written.strftime("%a, %d %b %Y %H:%M:%S +0000") == message["Date"]
        assert parse_internaldate(received.encode()) == received
        assert datetime.strptime(received.strip(), "%d-%b-%Y %H:%M:%S %z") == written
        assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")
        dates.append(written)
    assert dates == sorted(dates)


def test_internal_date_is_canonical_on_every_day_of_four_years() -> None:
    for seconds in range(END, END + 4 * 366 * 86_400, 86_400 - 61):
        text = internal_date(seconds)
        assert parse_internaldate(text.encode()) == text
        assert datetime.strptime(text, "%d-%b-%Y %H:%M:%S %z").timestamp() == seconds


def test_mails_are_varied() -> None:
    sample = list(mails(1000))
    sizes = [len(raw) for raw, _, _ in sample]
    assert 4_000 < statistics.median(sizes) < 16_000
    assert max(sizes) > 200_000
    for sign in (b"References: ", b"message/rfc822", b"List-Id", b"Auto-Submitted", b"iso-2022-jp"):
        assert 10 < sum(sign in raw for raw, _, _ in sample) < 900, sign
    unseen = sum("\\Seen" not in flags for _, flags, _ in sample)
    assert 20 < unseen < 300
    ids = [email.message_from_bytes(raw)["Message-ID"] for raw, _, _ in sample]
    assert len(set(ids)) == len(ids)


def test_quick_enough_for_benchmarks() -> None:
    with effort_below(2):
        assert sum(1 for _ in mails(4000)) == 4000
