"""Headers as mail programs write them, well and badly."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxyd.domain.thread import FIELDS, Headers, parse_headers
from proxyd.mailtext.ids import MAX_IDS


def test_an_ordinary_reply():
    headers = parse_headers(
        b"Return-Path: <kunde@customer.example>\r\n"
        b"Received: from a by b; for <x@y>\r\n"
        b"MESSAGE-ID:<1@customer.example>\r\n"
        b"From: =?UTF-8?B?5bGx55Sw?= <Kunde@Customer.example>\r\n"
        b"Subject: =?ISO-2022-JP?B?GyRCJCpMZCQkOWckbyQ7GyhC?=\r\n"
        b"\t=?ISO-2022-JP?B?GyRCLSEbKEI=?=\r\n"
        b"References: <a@b>\r\n <c@d>\r\n"
        b"In-Reply-To: <c@d>\r\n"
        b"Content-Type: TEXT/Plain; charset=x\r\n"
        b"\r\n"
        b"Message-ID: <body@x>\r\n"
    )
    assert headers == Headers(
        message_id="1@customer.example",
        in_reply_to=("c@d",),
        references=("a@b", "c@d"),
        from_addresses=("kunde@customer.example",),
        subject="お問い合わせ①",
        automatic=False,
        content_type="text/plain",
    )
    assert headers.answered_ids == ("c@d", "a@b")


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated (rfc 3834)",
        "auto-submitted:\r\n auto-replied",
        "Content-Type: multipart/report; report-type=delivery-status",
        "Content-Type: multipart/report; report-type=disposition-notification",
        "Precedence: auto_reply",
        "X-Autoreply: yes",
        "X-Autorespond: vacation",
        "Auto-Submitted: (a comment) auto-replied",
        'Auto-Submitted: "auto-replied"',
        "Auto-Submitted: something-new",
    ],
)
def test_automatic(line):
    assert parse_headers(line.encode() + b"\r\nFrom: a@b.example\r\n").automatic


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: no",
        "Auto-Submitted: No; x=y",
        "Precedence: first-class",
        "Return-Path: <a@b>",
        "Return-Path: <>",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: none",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        "Subject: List-Id: x",
        "X-List-Id: x",
        "Precedence: bulk",
        "Precedence: junk",
        "Precedence: list",
        "Precedence: bulk\r\nAuto-Submitted: no",
        "Auto-Submitted: no\r\nX-Autoreply: yes",
        "Auto-Submitted: no\r\nPrecedence: auto_reply",
        "Auto-Submitted: (written by hand) no",
        'Auto-Submitted: "no"',
        "Auto-Submitted:",
        "X-Autoreply: no",
        "X-Autorespond:",
        "List-Id:",
        "List-Post: NO",
        "List-Unsubscribe: <mailto:out@tool.example>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Feedback-ID: campaign:customer:tool",
        "X-Mailer: Bulk 1.0",
    ],
)
def test_written_by_a_person(line):
    headers = parse_headers(line.encode() + b"\r\nFrom: a@b.example\r\n")
    assert not headers.automatic
    assert not headers.by_list


@pytest.mark.parametrize("line", ["List-Id: News <news.x>", "List-Post: <mailto:news@x.example>"])
def test_of_a_list(line):
    assert parse_headers(line.encode() + b"\r\n").by_list


@pytest.mark.parametrize("more", ["", "Precedence: bulk\r\n"])
def test_a_contact_form_that_says_it_is_bulk_is_a_notice_still(more):
    assert parse_headers(b"Auto-Submitted: auto-generated\r\n" + more.encode()).notice


def test_a_header_without_anything():
    assert parse_headers(b"") == Headers()
    assert parse_headers(b"\r\nFrom: a@b\r\n") == Headers()
    assert parse_headers(b"\nFrom: a@b\n") == Headers()


def test_of_doubles_the_first_counts():
    headers = parse_headers(b"Message-ID: <1@x>\nMessage-ID: <2@x>\n")
    assert headers.message_id == "1@x"


def test_fields_are_all_that_is_needed():
    """What upstream is asked for gives the same as the whole header."""
    whole = (
        b"Received: x\r\nMessage-ID: <1@x>\r\nTo: a@b\r\nList-Id: x\r\nSubject: y\r\n"
        b"X-Autoreply: yes\r\nContent-Type: text/html\r\nDKIM-Signature: z\r\n z\r\n\r\n"
    )
    wanted = tuple(name.lower().encode() for name in FIELDS)
    some = b"".join(
        line
        for line in whole.splitlines(keepends=True)
        if line.lower().split(b":")[0] in wanted or line == b"\r\n"
    )
    assert len(some) < len(whole)
    assert parse_headers(some) == parse_headers(whole)


PIECES = [f"{name}:".encode() for name in FIELDS] + [
    *(b"\r\n", b"\n", b" ", b"\t", b"<", b">", b"@", b'"', b"\\", b"(", b",", b";", b"\xff", b"\0"),
    *(b"=?utf-8?B?", b"?=", b"=?iso-2022-jp?Q?", b"=1B$B", b"\x1b$B", b"=?idna?q?x?=", b"a"),
]


@given(st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PIECES)).map(b"".join)))
@example(b"Subject: =?utf-8?B?A?= =?utf-8?B?5bGx?=")
@example(b"Subject: =?unicode_escape?Q?=5Cud800?=")
def test_any_bytes_give_bounded_printable_values(raw):
    headers = parse_headers(raw)
    for text in (headers.message_id, headers.subject, *headers.references, *headers.from_addresses):
        text.encode("utf-8")  # no lone surrogates
        assert "\0" not in text
        assert "\n" not in text
    assert len(headers.references) <= MAX_IDS


def test_every_from_field_tells_authors():
    headers = parse_headers(b"From: a@b\r\nFrom: c@d\r\n")
    assert headers.from_addresses == ("a@b", "c@d")
