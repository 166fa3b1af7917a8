"""Header text: RFC 2047's examples, and what mail programs make of it."""

from __future__ import annotations

from base64 import b64encode

import pytest

from proxyd.mailtext.words import MAX_TEXT, decoded


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        # RFC 2047 §8
        (b"=?ISO-8859-1?Q?a?=", "a"),
        (b"=?ISO-8859-1?Q?a?= b", "a b"),
        (b"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
        (b"=?ISO-8859-1?Q?a?=  \r\n  =?ISO-8859-1?Q?b?=", "ab"),
        (b"=?ISO-8859-1?Q?a_b?=", "a b"),
        (b"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
        (b"=?US-ASCII?Q?Keith_Moore?=", "Keith Moore"),
        (b"=?ISO-8859-1?Q?Andr=E9?= Pirard", "André Pirard"),
        (b"=?utf-8*en?Q?x?=", "x"),  # RFC 2231 §5
        # as met
        (b"Re: =?utf-8?q?=E5=B1=B1?=", "Re: 山"),
        (b"=?utf-8?B?5bE=?= =?utf-8?B?sQ==?=", "山"),  # a character cut in two
        (b"=?shift_jis?B?h0A=?=", "①"),
        (b"=?gb2312?B?1tDOxA==?=", "中文"),
        (b"=?ks_c_5601-1987?B?x9Gx2w==?=", "한글"),
        (b"=?iso-2022-jp?B?GyRCJCIbKEI?=", "あ"),  # padding missing
        (b"=?iso-2022-jp?B?GyRCLWobKEI=?=", "㈱"),  # NEC row 13
        (b"=?unknown-8bit?B?5bGx?=", "山"),
        (b"=?base64?B?5bGx?=", "山"),  # a codec of Python, and no charset
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"=?utf-8?Q?a_b=C3=A9?= tail", "a bé tail"),
        (b"=?UTF-8?B?44GC?= =?UTF-8?B?44GE?=", "あい"),
        (b"=?utf-8?B?44GC", "=?utf-8?B?44GC"),
        (b"=?utf-8?B?!?=", ""),
        (b"a =?utf-8?Q?b?= c", "a b c"),
        (b"=?ISO-2022-JP?B?GyRCfGI2NhsoQg==?=", "髙橋"),  # as Windows writes it
        ("生の日本語".encode(), "生の日本語"),
        ("生の日本語".encode("cp932"), "生の日本語"),
        ("生の日本語".encode("iso-2022-jp"), "生の日本語"),
        (b"caf\xe9", "caf\xe9"),
        (b" a\r\n b\0c\x1b[2J ", "a b c [2J"),
    ],
)
def test_decoded(raw, text):
    assert decoded(raw) == text


def test_text_is_bounded():
    assert len(decoded(b"x" * 100_000)) == MAX_TEXT


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp", "euc-jp", "cp932", "utf-16", "utf-7"])
def test_round_trip(charset):
    word = b64encode("表示名".encode(charset)).decode()
    assert decoded(f"=?{charset}?B?{word}?=".encode()) == "表示名"
