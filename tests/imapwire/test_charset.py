"""Text of a search in whatever charset the client says."""

from __future__ import annotations

import pytest

from proxyd.imapwire.charset import is_known, to_utf8
from proxyd.imapwire.errors import BadSyntax


@pytest.mark.parametrize(
    ("charset", "octets", "text"),
    [
        (None, b"plain", "plain"),
        (None, "日本".encode(), "日本"),
        ("US-ASCII", b"plain", "plain"),
        ("UTF-8", "日本".encode(), "日本"),
        ("ISO-2022-JP", b"\x1b$BF|K\\\x1b(B", "日本"),
        ("ISO-2022-JP", b"order", "order"),
        ("SHIFT_JIS", "注文①".encode("cp932"), "注文①"),
        ("WINDOWS-31J", "髙橋".encode("cp932"), "髙橋"),
        ("EUC-JP", "日本".encode("euc-jp"), "日本"),
        ("ISO-8859-1", b"M\xfcller", "Müller"),
        ("ISO-8859-15", b"5 \xa4", "5 €"),
        ("WINDOWS-1252", b"5 \x80", "5 €"),
        ("UTF-7", b"+ZeVnLA-", "日本"),
        ("UTF-7", b"+2AA-", "?"),
        ("GB2312", "订单".encode("gb2312"), "订单"),
        ("BIG5", "訂單".encode("big5"), "訂單"),
        ("EUC-KR", "주문".encode("euc-kr"), "주문"),
        ("KOI8-R", "заказ".encode("koi8-r"), "заказ"),
    ],
)
def test_it_becomes_utf_8(charset: str | None, octets: bytes, text: str) -> None:
    assert is_known(charset)
    assert to_utf8(octets, charset).decode() == text


@pytest.mark.parametrize(
    "charset", ["X-NONE", "HEX", "ROT13", "ZIP", "IDNA", "UNDEFINED", "", "\0"]
)
def test_what_is_no_charset_is_left_alone(charset: str) -> None:
    assert not is_known(charset)
    assert to_utf8(b"\xff", charset) == b"\xff"


@pytest.mark.parametrize("charset", [None, "US-ASCII", "UTF-8"])
def test_utf_8_is_strict(charset: str | None) -> None:
    with pytest.raises(BadSyntax):
        to_utf8(b"\xff", charset)


@pytest.mark.parametrize("charset", ["ISO-2022-JP", "SHIFT_JIS", "EUC-JP", "UTF-7", "UTF-16"])
def test_no_octets_raise(charset: str) -> None:
    for octets in (b"\xff", b"\x1b$B", b"\x1b$B\xff\x1b", b"\x80\xff", b"+", b"a" * 7, b"\xd8\0"):
        to_utf8(octets, charset).decode()
