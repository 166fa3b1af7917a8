"""Letters to octets and back through the standard library's parser."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.demo.composing import Attachment, Letter, compose

WHEN = datetime(2026, 6, 1, 9, tzinfo=UTC)
LINES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=80)


def letter(**changes: object) -> Letter:
    values: dict[str, object] = {
        "message_id": "<m@example.test>",
        "date": WHEN,
        "sender": "佐藤 花子 <sato@example.jp>",
        "to": "b@example.test",
        "subject": "ご注文について",
        "text": "お世話になっております。\n",
    }
    return Letter(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp", "shift_jis", "euc-jp"])
def test_japanese_in_each_charset(charset: str) -> None:
    raw = compose(letter(charset=charset))
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["Subject"] == "ご注文について"
    assert message["From"].addresses[0].display_name == "佐藤 花子"
    assert message.get_content() == "お世話になっております。\r\n"
    assert message.get_content_charset() == charset
    assert raw.isascii()


@given(subject=LINES, text=st.lists(LINES, max_size=4), html=LINES)
def test_any_text_comes_back(subject: str, text: list[str], html: str) -> None:
    raw = compose(letter(subject=subject, text="\n".join(text), html=html))
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert str(message["Subject"]).split() == subject.split()
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip("\r\n") == "\r\n".join(text).strip("\r\n")
    assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")


def test_attachments_html_and_forwarded_message() -> None:
    inner = compose(letter(subject="inner"))
    raw = compose(
        letter(
            html="<p>x</p>",
            attachments=(Attachment("見積書.pdf", "application/pdf", b"\0\xff" * 500),),
            forwarded=inner,
            references=("<1@x.test>", "<2@x.test>"),
            headers={"X-Kind": "種類"},
        )
    )
    message = email.message_from_bytes(raw, policy=email.policy.default)
    attached, forwarded = message.iter_attachments()
    assert attached.get_filename() == "見積書.pdf"
    assert attached.get_content() == b"\0\xff" * 500
    assert forwarded.get_content()["Subject"] == "inner"
    assert message["In-Reply-To"] == "<2@x.test>"
    assert message["References"].split() == ["<1@x.test>", "<2@x.test>"]
    assert message["X-Kind"] == "種類"
    assert compose(letter()) == compose(letter())
