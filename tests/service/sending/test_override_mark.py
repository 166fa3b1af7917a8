"""The mark is found as people write it, and never goes out."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.service.sending.override_mark import without_mark

BODY = b"\r\n\r\n!send! is not meant here\r\n"


def mail(subject: bytes) -> bytes:
    return b"From: a@x\r\nSubject: " + subject + b"\r\nDate: d" + BODY


def subject_of(message: bytes) -> str:
    return str(message_from_bytes(message, policy=policy.default)["Subject"])


@pytest.mark.parametrize(
    ("written", "left"),
    [
        (b"!send! Re: order 5", "Re: order 5"),
        (b"!SEND!order", "order"),
        (b"Re: !send! order", "Re: order"),
        (b"=?UTF-8?B?IXNlbmQhIFJlOiDms6jmlocgNQ==?=", "Re: 注文 5"),
        ("!send! 返信: 注文".encode(), "返信: 注文"),
        ("返信：!send! 注文".encode(), "返信：注文"),
        (b"!send!\r\n and a line more", "and a line more"),
        (b"!send!", ""),
    ],
)
def test_taken_off(written, left):
    message = without_mark(mail(written), "!send!")
    assert message is not None
    assert subject_of(message) == left
    assert message.endswith(b"\r\nDate: d" + BODY) and message.startswith(b"From: a@x\r\n")


@pytest.mark.parametrize("written", [b"order !send!", b"Re: order", b"", b"! send ! order"])
def test_not_there(written):
    assert without_mark(mail(written), "!send!") is None
    assert without_mark(mail(b"!send! x"), "") is None
    assert without_mark(b"From: a@x" + BODY, "!send!") is None


@given(st.text(max_size=200))
def test_any_subject_stays_one_field(text):
    raw = (
        b"=?utf-8?q?"
        + "".join(f"={o:02X}" for o in f"!send!{text}".encode("utf-8", "replace")).encode()
        + b"?="
    )
    message = without_mark(mail(raw), "!send!")
    assert message is not None
    head = message.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert names == [b"From", b"Subject", b"Date"]


@given(st.binary(max_size=300))
def test_any_octets(octets):
    message = without_mark(octets, "!send!")
    assert message is None or b"!send!" in octets.lower() or b"=?" in octets
