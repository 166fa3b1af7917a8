"""What is kept of a header for SORT and THREAD."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.casemap import casemapped
from proxyd.domain.header_facts import MAX_KEPT, NO_ID, header_facts
from proxyd.mailtext.ids import MAX_IDS

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


@pytest.mark.parametrize(
    ("value", "mailbox", "shown"),
    [
        (b"anna@example.test", "anna", "anna@example.test"),
        (b"Anna Sato <anna@example.test>, ben@example.test", "anna", "Anna Sato"),
        (b'"Sato, Anna" <anna@example.test>', "anna", "Sato, Anna"),
        (b'"say \\"hi\\"" <a@b>', "a", 'say "hi"'),
        (b"=?utf-8?b?5L2Q6Jek?= =?utf-8?b?6Iqx5a2Q?= <hanako@example.test>", "hanako", "佐藤花子"),
        (b"anna@example.test (Anna Sato)", "anna", "Anna Sato"),
        (b'"john doe"@example.test', "john doe", "john doe@example.test"),
        (b"<@relay.test,@b.test:anna@example.test>", "anna", "anna@example.test"),
        (b"Friends: anna@example.test, b@c;", "Friends", "Friends"),
        (b"undisclosed-recipients:;", "undisclosed-recipients", "undisclosed-recipients"),
        (b", ,anna@example.test", "anna", "anna@example.test"),
        (b"postmaster", "postmaster", "postmaster"),
        (b"  anna @ example.test", "anna", "anna@example.test"),
        (b"Anna <>", "", "Anna"),
        (b"", "", ""),
        (b"<unclosed@example.test", "unclosed", "unclosed@example.test"),
        (b'"unclosed', "unclosed", "unclosed"),
        ("佐藤 <a@b>".encode(), "a", "佐藤"),
    ],
)
def test_what_mails_are_sorted_by(value: bytes, mailbox: str, shown: str) -> None:
    """FROM, TO, CC (RFC 5256 §3) and DISPLAYFROM, DISPLAYTO (RFC 5957 §3)."""
    facts = header_facts(b"From: " + value + b"\r\nTo: " + value + b"\r\n")
    wanted = casemapped(mailbox), casemapped(shown)
    assert (facts.from_mailbox, facts.from_shown) == (facts.to_mailbox, facts.to_shown) == wanted
