"""Headers as mail programs write them, well and badly."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxyd.domain.thread import FIELDS, MAX_IDS, Headers, message_ids, parse_headers
from tests.effort import effort_below


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@b>", ["a@b"]),
        (b" <a@b>\r\n <c@d>", ["a@b", "c@d"]),
        ("<a@b><c@d>,<a@b>", ["a@b", "c@d"]),
        ("a@b", ["a@b"]),
        ("a@b c@d", ["a@b", "c@d"]),
        ("Your message of 5 May", []),
        ('"Hanako" <a@b> of Monday', ["a@b"]),
        ("<a\r\n b@c>", ["ab@c"]),
        ("<no-at-sign>", ["no-at-sign"]),
        ("<>", []),
        ("< >", []),
        ("", []),
        ("<open@bracket", ["open@bracket"]),
        ("<" + "x" * 999 + ">", []),
        (b"<\xe3\x81\x82@b>", ["あ@b"]),
        (b"<\xff@b>", ["ÿ@b"]),
        (b"<a\0b@c>", ["ab@c"]),
        ("<\ud800@b>", ["?@b"]),
    ],
)
def test_message_ids(value, ids):
    assert message_ids(value) == ids


def test_long_references_keep_the_first_and_the_newest():
    ids = message_ids(" ".join(f"<{n}@x>" for n in range(500)))
    assert len(ids) == MAX_IDS
    assert (ids[0], ids[9], ids[10], ids[-1]) == ("0@x", "9@x", "410@x", "499@x")


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
        "Precedence: bulk",
        "Precedence: LIST",
        "List-Id: News <news.example.com>",
        "Return-Path: <>",
        "Return-Path: < >",
        "Content-Type: multipart/report; report-type=delivery-status",
        "Content-Type: multipart/report; report-type=disposition-notification",
        "X-Auto-Response-Suppress: All",
        "X-Autoreply: yes",
        "X-Autorespond: vacation",
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
        "X-Auto-Response-Suppress: none",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        "Subject: List-Id: x",
        "X-List-Id: x",
    ],
)
def test_written_by_a_person(line):
    assert not parse_headers(line.encode() + b"\r\nFrom: a@b.example\r\n").automatic


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


@pytest.mark.parametrize("name", ["From: ", "Subject: ", "References: ", ""])
@pytest.mark.parametrize(
    "unit", [b'"\\', b"(", b"<", b"<a", b"\n ", b"a\n", b"=?", b"=?a?b?", b"=?a?q?x?=", b'"', b"@,"]
)
def test_hostile_headers_take_linear_time(name, unit):
    raw = name.encode() + unit * (250_000 // len(unit))
    with effort_below(1.5):  # quadratic would be minutes
        parse_headers(raw)


def test_fast_enough_for_an_index():
    raw = (
        b"Message-ID: <abc@x.example>\r\nFrom: =?utf-8?B?5bGx55Sw?= <Yamada@example.test>\r\n"
        b"Subject: =?utf-8?B?44GK5ZWP44GE5ZCI44KP44Gb?=\r\nReferences: <a@b>\r\n <c@d>\r\n\r\n"
    )
    with effort_below(1.0):  # 10,000 a second here on a busy core, 2,000 anywhere
        for _ in range(2000):
            parse_headers(raw)
