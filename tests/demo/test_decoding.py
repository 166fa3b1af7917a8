"""Headers and texts as a reader sees them, however they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.demo.decoding import charset_text, header_text, language, texts
from proxyd.imapwire.mime import Mail
from tests.imapwire.odd_mails import BROKEN, LEGAL


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?Q?a_b=C3=A9?= tail", "a bé tail"),
        (b"=?UTF-8?B?44GC?= =?UTF-8?B?44GE?=", "あい"),
        (b"=?utf-8?B?44E=?= =?utf-8?B?gg==?=", "あ"),  # a character cut in two
        (b"=?utf-8*ja?B?44GC?=", "あ"),
        (b"=?ISO-2022-JP?B?GyRCJCIbKEI=?=", "あ"),
        (b"=?x-unknown?B?44GC?=", "あ"),
        (b"=?utf-8?B?44GC", "=?utf-8?B?44GC"),
        (b"=?utf-8?B?!?=", ""),
        ("生の日本語".encode(), "生の日本語"),
        (b"caf\xe9", "café"),
        (b"a =?utf-8?Q?b?= c", "a b c"),
    ],
)
def test_header_text(value: bytes, expected: str) -> None:
    assert header_text(value) == expected


@given(st.binary(max_size=80))
def test_no_header_raises(value: bytes) -> None:
    header_text(value)
    header_text(b"=?" + value + b"?B?" + value + b"?=")


@pytest.mark.parametrize("charset", ["nonsense", "hex", "undefined", "a\0b", "utf-16", "idna"])
def test_no_charset_raises(charset: str) -> None:
    assert isinstance(charset_text(b"\xff\xfex", charset), str)


@pytest.mark.parametrize("name", [*LEGAL, *BROKEN])
def test_texts_of_odd_mail(name: str) -> None:
    assert all(isinstance(text, str) for text in texts(Mail((LEGAL | BROKEN)[name])))


def test_texts_in_the_order_of_the_mail() -> None:
    assert [text.strip() for text in texts(Mail(LEGAL["message_in_message"]))] == [
        *["see below", "deep one", "bottom"]
    ]


def test_language() -> None:
    assert language("ご注文") == language("Re: 見積") == "ja"
    assert language("Größe, élan, “quotes”") == "en"
