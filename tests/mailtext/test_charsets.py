"""Octets of a charset as the programs meant them that wrote them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.mailtext.charsets import in_charset
from tests.mailtext.windows import euc_jp, iso_2022_jp

NAMES = "髙橋 﨑山 濵田 栁 ①㈱№Ⅳ 〜−‖ 高橋"


@pytest.mark.parametrize(
    ("octets", "charset"),
    [
        (iso_2022_jp(NAMES), "ISO-2022-JP"),
        (iso_2022_jp(NAMES), "iso-2022-jp-ms"),
        (iso_2022_jp(NAMES), "csISO2022JP"),
        (iso_2022_jp(NAMES), ""),
        (euc_jp(NAMES), "EUC-JP"),
        (euc_jp(NAMES), "eucJP-win"),
        (NAMES.replace("〜−‖", "").encode("cp932") + b"\x81\x60\x81\x7c\x81\x61", "Shift_JIS"),
    ],
)
def test_windows_characters(octets, charset):
    text = in_charset(octets, charset)
    if charset == "Shift_JIS":  # read by its own table whole
        assert text == NAMES.replace("〜−‖", "") + "～－∥"
    else:
        assert text == NAMES


@pytest.mark.parametrize(
    ("octets", "charset", "text"),
    [
        (b"\x1b$B-!\x1b(I12\x1b(Jx\x1b(B y", "iso-2022-jp", "①ｱｲx y"),
        (b"\x1b$B|b $\x22\x1b(B", "iso-2022-jp", "髙 あ"),  # white space between the pairs
        (b"\x1b$B|by", "iso-2022-jp", "髙�"),  # cut
        (b"\x1b$B-!\x1b$(D0!\x1b(B", "iso-2022-jp", "①丂"),  # JIS X 0212
        (b"\x8e\xb1\xad\xa1\x8f\xb0\xa1\xff", "euc-jp", "ｱ①丂�"),
        (b"caf\xe9", "iso-8859-1", "café"),
        (b"\x80", "latin1", "€"),
        ("한글".encode("cp949"), "euc-kr", "한글"),
        ("中文".encode("gb18030"), "gb2312", "中文"),
        ("山".encode(), "unknown-8bit", "山"),
        ("山".encode("cp932"), "utf-8", "山"),  # a wrong name
        (b"abc", "\0", "abc"),
        (b"\x1b$", "", "\x1b$"),  # no escape sequence
        (b"\x1b(Ba\x1b$", "iso-2022-jp", "a\x1b$"),
    ],
)
def test_in_charset(octets, charset, text):
    assert in_charset(octets, charset) == text


@pytest.mark.parametrize("charset", ["idna", "punycode", "unicode_escape", "hex", "zip", "", "\0"])
def test_codecs_that_are_no_charsets(charset):
    assert in_charset(b"abc", charset) == "abc"


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp", "euc-jp", "shift_jis", "utf-16"])
def test_what_the_standard_codec_writes_is_read(charset):
    text = "表示名 ｶﾅ〜" if charset in ("utf-8", "utf-16") else "表示名"
    assert in_charset(text.encode(charset), charset) == text


def test_cut_in_the_middle_of_a_character():
    assert in_charset("表示".encode()[:-1], "utf-8", cut=True) == "表"


@given(
    st.binary(max_size=60), st.sampled_from(["iso-2022-jp", "euc-jp", "shift_jis", "utf-7", "x"])
)
def test_any_octets_give_text(octets, charset):
    assert isinstance(in_charset(octets, charset), str)
    in_charset(b"\x1b$B" + octets, charset)
    in_charset(octets, charset, cut=True)
