"""What is kept of a header for SORT and THREAD."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.header_facts import MAX_KEPT, NO_ID, header_facts
from proxyd.domain.thread import MAX_IDS
from tests.effort import effort_below

HEADER = b"""\
Date: Mon, 01 Jan 2001 00:00:01 -0800
Subject: =?utf-8?q?Re:_Gr=C3=B6=C3=9Fe?=
From: Anna Sato <anna@example.test>
To: info@example.test, b@c
Cc: "Ben" <ben@example.test>
Message-ID: <"3"@example.test>
References: <1@example.test>
\t<2@example.test>
In-Reply-To: <9@example.test>

Subject: not a header any more
""".replace(b"\n", b"\r\n")


def test_a_whole_header() -> None:
    facts = header_facts(HEADER)
    assert facts.sent_us == 978_336_001_000_000
    assert (facts.subject, facts.is_answer) == ("GRO\u0308ßE", True)
    mailboxes = facts.from_mailbox, facts.to_mailbox, facts.cc_mailbox
    assert mailboxes == ("ANNA", "INFO", "BEN")
    assert (facts.from_shown, facts.to_shown) == ("ANNA SATO", "INFO@EXAMPLE.TEST")
    assert facts.id == header_facts(b"Message-ID: <3@example.test>\r\n").id != NO_ID
    ids = [header_facts(b"Message-ID: <%d@example.test>" % n).id for n in (1, 2)]
    assert list(facts.references) == ids


def test_in_reply_to_counts_only_without_references_and_only_its_first() -> None:
    raw = b"In-Reply-To: <9@example.test> <8@example.test>\r\nReferences: none here\r\n"
    assert list(header_facts(raw).references) == [header_facts(b"Message-ID: <9@example.test>").id]


def test_nothing_at_all() -> None:
    facts = header_facts(b"")
    assert facts.sent_us is None
    assert facts.subject == facts.from_shown == ""
    assert (facts.id, list(facts.references)) == (NO_ID, [])


def test_what_is_kept_is_bounded() -> None:
    raw = (
        b"Subject: " + b"x" * 90_000 + b"\r\nReferences: " + b"<%d@x>\r\n " * 2000 % (*range(2000),)
    )
    facts = header_facts(raw)
    assert len(facts.subject) == MAX_KEPT
    assert len(facts.references) == MAX_IDS
    assert facts.cost < 5000


@given(st.binary(max_size=200))
def test_nothing_raises(raw: bytes) -> None:
    header_facts(raw)
    header_facts(b"Subject:" + raw + b"\r\nFrom:" + raw + b"\r\nReferences:" + raw)


def test_ten_thousand_headers_in_a_few_seconds() -> None:
    with effort_below(0.5):
        for _ in range(1000):
            header_facts(HEADER)
