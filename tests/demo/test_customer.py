"""The customer's answers: threaded, in the right language, never to a machine."""

from __future__ import annotations

import email
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.demo.customer import answer, conversation, is_automatic
from proxyd.imapwire.mime import MimeMail

NOW_US = 1_790_000_000_000_000
ENGLISH = MimeMail(
    b'From: Support <support@example.test>\r\nTo: "Kim, D." <kim@example.com>\r\n'
    b"Subject: Re: Charged twice\r\nMessage-ID: <r2@example.test>\r\n"
    b"In-Reply-To: <r1@example.com>\r\nReferences: <r0@example.com>\r\n <r1@example.com>\r\n"
    b"Date: Mon, 1 Jun 2026 09:00:00 +0900\r\n\r\nWe refund it.\r\n\r\n> old text\r\n"
)
JAPANESE = MimeMail(
    (
        "From: support@example.test\r\nTo: =?utf-8?B?5L2Q6Jek?= <sato@example.jp>\r\n"
        "Subject: =?utf-8?B?44GU5rOo5paH?=\r\nMessage-ID: <j1@example.test>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n発送いたしました。\r\n"
    ).encode()
)


def answered(mail: MimeMail, recipient: str) -> email.message.EmailMessage:
    raw = answer(mail, recipient, "support@example.test", NOW_US)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    return message


def test_english_answer_is_threaded() -> None:
    message = answered(ENGLISH, "kim@example.com")
    assert message["From"].addresses[0].addr_spec == "kim@example.com"
    assert message["From"].addresses[0].display_name == "Kim, D."
    assert message["To"] == "support@example.test"
    assert message["Subject"] == "Re: Charged twice"
    assert message["In-Reply-To"] == "<r2@example.test>"
    assert message["References"].split() == [
        *["<r0@example.com>", "<r1@example.com>", "<r2@example.test>"]
    ]
    assert message["Message-ID"].endswith("@example.com>")
    text = message.get_content()
    assert "> We refund it." in text
    assert "old text" not in text
    assert text.isascii()


def test_japanese_answer() -> None:
    message = answered(JAPANESE, "SATO@example.jp")
    assert message["Subject"] == "Re: ご注文"
    assert message["From"].addresses[0].display_name == "佐藤"
    assert (
        "ありがとうございます" in message.get_content() or "助かりました" in message.get_content()
    )
    assert "> 発送いたしました。" in message.get_content()
    assert message.get_content().startswith("お世話になっております。佐藤です。\r\n")


def test_what_a_japanese_answer_quotes_is_introduced_in_japanese() -> None:
    dated = MimeMail(
        "From: あおば文具 <support@example.test>\r\nDate: Sat, 28 Nov 2026 16:38:39 +0000\r\n"
        "Subject: 返信：ご注文\r\nMessage-ID: <j2@example.test>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n発送いたしました。\r\n".encode()
    )
    message = answered(dated, "sato@example.jp")
    line = "2026年11月29日(日) 1:38 あおば文具 <support@example.test>:\r\n> 発送いたしました。"
    assert line in message.get_content()
    assert message["Subject"] == "Re: ご注文"


def test_same_mail_same_answer() -> None:
    one, two = (answer(ENGLISH, "kim@example.com", "s@x.test", NOW_US) for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"References: <a@x> <b@x>\r\nMessage-ID: <c@x>", "<a@x>"),
        (b"In-Reply-To: <b@x>\r\nMessage-ID: <c@x>", "<b@x>"),
        (b"Message-ID: <c@x>", "<c@x>"),
        (b"References: nonsense\r\nMessage-ID: <c@x>", "<c@x>"),
        (b"Subject: x", None),
    ],
)
def test_conversation(header: bytes, expected: str | None) -> None:
    assert conversation(MimeMail(header + b"\r\n\r\n")) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"Auto-Submitted: auto-replied", True),
        (b"Auto-Submitted: AUTO-GENERATED; x=y", True),
        (b"Precedence: Bulk", True),
        (b"List-Id: <x.test>", True),
        (b"X-Auto-Response-Suppress: All", True),
        (b"Auto-Submitted: no", False),
        (b"Precedence: normal", False),
        (b"Subject: x", False),
    ],
)
def test_automatic_mail(header: bytes, expected: bool) -> None:
    assert is_automatic(MimeMail(header + b"\r\n\r\n")) is expected


def test_a_line_end_hidden_in_a_subject_adds_no_header() -> None:
    mail = MimeMail(b"Subject: =?utf-8?Q?x=0D=0ABcc:_evil@example.com?=\r\n\r\nx\r\n")
    message = answered(mail, "a@example.com")
    assert message["Bcc"] is None
    assert message["Subject"] == "Re: x Bcc: evil@example.com"


@given(st.binary(max_size=200), st.binary(max_size=60))
def test_any_mail_gets_a_valid_answer(body: bytes, subject: bytes) -> None:
    raw = b"Message-ID: <m@x>\r\nSubject: " + subject + b"\r\n\r\n" + body
    message = answered(MimeMail(raw), "a@example.com")
    assert message["From"] == "a@example.com"
    assert message["In-Reply-To"]
