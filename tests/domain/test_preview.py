"""The first words of a mail (RFC 8970 §3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.preview import PREVIEW_MOST, preview_of
from tests.effort import effort_below


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"Hello,\r\n\r\nwhere is my order?\r\n", "Hello, where is my order?"),
        (b"", ""),
        (b" \t\r\n\xc2\xa0", ""),
        (b"> you wrote\r\n> this\r\nand I say\r\n", "and I say"),
        (b"> only a quote", "> only a quote"),
        (b"words\r\n-- \r\nAnna Sato, Sales", "words"),
        ("zero\u200bwidth\ufeff \u200e text".encode(), "zerowidth text"),
        ("👩\u200d💻 works".encode(), "👩\u200d💻 works"),
        (b"control\x00\x07\x1bed", "control ed"),
    ],
)
def test_plain_text(octets: bytes, expected: str) -> None:
    assert preview_of(octets, "text/plain", "utf-8") == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Hello</p><p>Anna</p>", "Hello Anna"),
        ("<html><head><title>t</title><style>p{x:1}</style></head><body>Hi</body>", "Hi"),
        ("<style>a>b{}</style><script>if(a<b){}</script>text", "text"),
        ("w<b>or</b>d", "word"),
        ("a<br>b<td>c</td>", "a b c"),
        ("<!-- a > comment --><!--[if mso]><p>no</p><![endif]-->yes", "yes"),
        ("&lt;b&gt; &amp; &nbsp;caf&eacute; &#12354;", "<b> & café あ"),
        ("text <a href='x", "text"),
        ("1 < 2", "1"),
        ("<!-- never ends", ""),
        ("<style>never ends", ""),
        ("<STYLE>x</STYLE >y", "y"),
    ],
)
def test_html(html: str, expected: str) -> None:
    assert preview_of(html.encode(), "text/html", "utf-8") == expected


def test_charsets_and_octets_cut_in_the_middle_of_a_character() -> None:
    text = "お世話になっております"
    for charset in ("utf-8", "shift_jis", "euc-jp", "iso-2022-jp"):
        assert preview_of(text.encode(charset), "text/plain", charset) == text
    octets = text.encode()
    for end in range(3, len(octets)):
        assert text.startswith(preview_of(octets[:end], "text/plain", ""))
    assert preview_of(text.encode("shift_jis")[:-1], "text/plain", "Shift_JIS") == text[:-1]
    assert preview_of(b"caf\xe9", "text/plain", "iso-8859-1") == "café"
    assert preview_of(b"plain", "text/plain", "no-such-charset") == "plain"


def test_no_more_than_is_allowed() -> None:
    long = preview_of(("ab " * 500).encode(), "text/plain", "")
    assert PREVIEW_MOST - 1 <= len(long) <= PREVIEW_MOST


@given(st.binary(max_size=300), st.sampled_from(["text/plain", "text/html", "text/calendar"]),
       st.sampled_from(["", "utf-8", "utf-7", "utf-16", "iso-2022-jp", "zlib", "x"]))  # fmt: skip
def test_any_octets_give_one_printable_line(octets: bytes, kind: str, charset: str) -> None:
    line = preview_of(octets, kind, charset)
    assert len(line) <= PREVIEW_MOST
    line.encode("utf-8")
    assert not set(line) & set("\r\n\t\0\x1b\x7f\u2028")


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<!--",
        "<style>",
        "</",
        "&",
        "&#",
        "<a ",
        "-->",
        "\u200b",
        "> ",
        "<!--->",
        "=",
        "様\n",
        "お世話になっております。",
        "いつも",
        "いつも、",
        "あ \n",
        "━",
        "（",
        "毎度 ",
    ],
)
def test_linear_time(piece: str) -> None:
    octets = (piece * (65_536 // len(piece))).encode()
    with effort_below(0.5):
        for kind in ("text/html", "text/plain"):
            preview_of(octets, kind, "utf-8")


LETTER = """\
あおば文具 ご担当者様

お世話になっております。
カフェこもれびの佐藤と申します。

先日いただきました見積書ですが、有効期限が今週末までと
なっております。延長をお願いします。
・サイズ A6
・納期 今月末

--
カフェこもれび
"""


def test_of_a_business_letter_what_it_says_is_shown() -> None:
    assert preview_of(LETTER.encode(), "text/plain", "utf-8") == (
        "カフェこもれびの佐藤と申します。先日いただきました見積書ですが、有効期限が今週末までと"
        "なっております。延長をお願いします。・サイズ A6 ・納期 今月末"
    )
    html = "".join(f"<p>{line}</p>\n" for line in LETTER.partition("--")[0].split("\n\n"))
    shown = preview_of(html.encode(), "text/html", "utf-8")
    assert shown.startswith("カフェこもれびの佐藤と申します。先日") and "までとなって" in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "星野印刷株式会社\n田中様\n\nいつもお世話になっております。見積りの件です。",
            "見積りの件です。",
        ),
        ("サポート窓口 各位\n\nお疲れさまです。松本です。", "松本です。"),
        ("田中様、\nはじめまして。お世話になります。鈴木です。", "鈴木です。"),
        ("お世話になっております。", "お世話になっております。"),
        ("田中様\n", "田中様"),
        ("お客様の声を集めました。\n田中様", "お客様の声を集めました。田中様"),
        ("田中様のご注文を承りました\nまた明日", "田中様のご注文を承りましたまた明日"),
        ("━━━━━━\n今週の新製品\n━━━━━━\n本文", "今週の新製品"),
        ("本文です。\n──────\nあおば文具", "本文です。"),
        ("Dear Taro,\nthank you", "Dear Taro, thank you"),
        ("注文番号 20418\nについて", "注文番号 20418 について"),
        (
            "  品名  万年筆（細字） 名入れあり\n  数量  132本",
            "品名 万年筆（細字） 名入れあり 数量 132本",
        ),
    ],
)
def test_what_business_letters_begin_and_end_with(text: str, shown: str) -> None:
    assert preview_of(text.encode(), "text/plain", "utf-8") == shown
