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
    "piece", ["<", "<!--", "<style>", "</", "&", "&#", "<a ", "-->", "\u200b", "> ", "<!--->", "="]
)
def test_linear_time(piece: str) -> None:
    octets = (piece * (65_536 // len(piece))).encode()
    with effort_below(0.5):
        for kind in ("text/html", "text/plain"):
            preview_of(octets, kind, "utf-8")
