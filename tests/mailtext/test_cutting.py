"""Text cut out of a field: what stays keeps its octets, whatever charset they are in."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proxyd.mailtext.cutting import CannotCut, cut, text_of
from tests.mailtext.windows import iso_2022_jp


def b(charset: bytes, octets: bytes) -> bytes:
    return b"=?%b?B?%b?=" % (charset, b64encode(octets))


def q(charset: bytes, octets: bytes) -> bytes:
    return b"=?%b?Q?%b?=" % (charset, b"".join(b"=%02x" % octet for octet in octets))


JIS = b"ISO-2022-JP"
WINDOWS = iso_2022_jp("髙橋様①")


@pytest.mark.parametrize(
    ("value", "away", "left"),
    [
        (b" !send! Re: order", "!send! ", b" Re: order"),
        (b" !send! " + b(JIS, WINDOWS), "!send! ", b" " + b(JIS, WINDOWS)),
        (b" " + b(JIS, b"!send! " + WINDOWS), "!send! ", b" " + b(JIS, WINDOWS)),
        (b" " + q(JIS, b"!send! " + WINDOWS), "!send! ", b" " + q(JIS, WINDOWS)),
        # within one shift
        (b" " + b(JIS, iso_2022_jp("！ｓｅｎｄ！髙①")), "！ｓｅｎｄ！",
         b" " + b(JIS, iso_2022_jp("髙①"))),
        (b" " + q(JIS, iso_2022_jp("！ｓｅｎｄ！髙①")), "！ｓｅｎｄ！",
         b" =?ISO-2022-JP?Q?=1B=24=42" + q(JIS, iso_2022_jp("髙①")).partition(b"=1b=24=42")[2]),
        (b" " + b(JIS, iso_2022_jp("返信：!send! 髙")), "!send! ",
         b" " + b(JIS, b"\x1b$BJV?.!'\x1b$B|b\x1b(B")),
        # its end, with the way back to ASCII
        (b" " + b(JIS, iso_2022_jp("髙!send!")), "!send!", b" " + b(JIS, iso_2022_jp("髙"))),
        (b" " + b(JIS, iso_2022_jp("髙①")), "①", b" " + b(JIS, iso_2022_jp("髙"))),
        # over two words
        (b" " + b(JIS, b"!se") + b"\r\n " + b(JIS, b"nd! " + WINDOWS), "!send! ",
         b" " + b(JIS, WINDOWS)),
        (b" " + b(b"utf-8", b"a!send!") + b" " + b(b"utf-8", b" b"), "!send! ",
         b" " + b(b"utf-8", b"a") + b" " + b(b"utf-8", b"b")),
        # a character that is cut in two words stays as it is
        (b" " + b(b"utf-8", b"!send!\xe5\xb1") + b" " + b(b"utf-8", b"\xb1"), "!send!",
         b" " + b(b"utf-8", b"\xe5\xb1") + b" " + b(b"utf-8", b"\xb1")),
        (b" " + b(b"shift_jis", b"!send!\x87\x40"), "!send!", b" " + b(b"shift_jis", b"\x87\x40")),
        (b" " + b(b"euc-jp", b"!send!\xad\xa1\xfc\xe2"), "!send!",
         b" " + b(b"euc-jp", b"\xad\xa1\xfc\xe2")),
        (b" " + b(b"utf-16be", "!send!山".encode("utf-16be")), "!send!",
         b" " + b(b"utf-16be", b"\x5c\x71")),
        (b" =?utf-8?Q?!send!_a_=E5=B1=B1?=", "!send! ", b" =?utf-8?Q?a_=E5=B1=B1?="),
        (b" =?utf-8*ja?q?!send!_a?= b", "!send! ", b" =?utf-8*ja?q?a?= b"),
        (b" =?utf-8?Q?!send!?= =?utf-8?Q?_a?=", "!send! ", b" =?utf-8?Q?a?="),
        (b" =?utf-8?Q?!send!?= =?iso-8859-1?Q?=E9?=", "!send!", b" =?iso-8859-1?Q?=E9?="),
        # between two words white space means nothing, unless it is said
        (b" =?utf-8?Q?Re:?= !send! =?utf-8?Q?a?=", "!send! ",
         b" =?utf-8?Q?Re:?= =?us-ascii?Q?_?= =?utf-8?Q?a?="),
        ("\u00a0!send! 生".encode(), "!send! ", "\u00a0生".encode()),
        ("!send! ぁ生の".encode("cp932"), "!send! ", "ぁ生の".encode("cp932")),
        (b"!send! " + WINDOWS, "!send! ", WINDOWS),
        (b"!send!", "!send!", b""),
    ],
)  # fmt: skip
def test_cut(value: bytes, away: str, left: bytes) -> None:
    text = text_of(value)
    at = text.index(away)
    found = cut(value, at, at + len(away))
    assert found == left
    assert text_of(found) == text[:at] + text[at + len(away) :]


@pytest.mark.parametrize(
    "value",
    [
        b(b"utf-7", b"+ACE-send+ACE- x"),  # read, but "!" and what stands beside it may be one
        b(b"utf-7", "!山".encode("utf-7")),
    ],
)
def test_what_has_no_place_is_not_cut(value: bytes) -> None:
    with suppress(CannotCut):
        assert text_of(cut(value, 0, 1)) == text_of(value)[1:]


def read(value: bytes) -> str:
    return read_text(text_of(value))


def read_text(text: str) -> str:
    """Unfolded (RFC 5322 §2.2.3)."""
    return text.replace("\r", "").replace("\n", "")


TEXT = st.text(alphabet="aB !:_=?髙橋﨑①㈱あア。、山", max_size=12)
MAKE = st.sampled_from(
    [
        lambda text: b(JIS, iso_2022_jp(text)),
        lambda text: q(JIS, iso_2022_jp(text)),
        lambda text: b(b"utf-8", text.encode()),
        lambda text: q(b"UTF-8", text.encode()),
        lambda text: b(b"Shift_JIS", text.encode("cp932")),
        lambda text: q(b"gb18030", text.encode("gb18030")),
        lambda text: b"".join(text.encode("ascii", "ignore").split()) or b"x",
    ]
)
PART = st.builds(lambda make, text: make(text), MAKE, TEXT)
VALUE = st.lists(PART, min_size=1, max_size=5).map(lambda parts: b" " + b"\r\n ".join(parts))


@given(VALUE, st.integers(0, 40), st.integers(1, 12))
def test_the_rest_reads_as_before_and_keeps_its_octets(value: bytes, at: int, size: int) -> None:
    text = text_of(value)
    assume(at + size <= len(text))
    left = cut(value, at, at + size)
    assert read(left) == read_text(text[:at] + text[at + size :])
    # A word or text that the cut does not touch is there as it was.
    for number, part in enumerate(parts := value[1:].split(b"\r\n ")):
        before = len(text_of(b" " + b"\r\n ".join(parts[:number]))) if number else 0
        upto = len(text_of(b" " + b"\r\n ".join(parts[: number + 1])))
        if upto < at or before > at + size:
            assert part in left


@given(st.binary(max_size=60), st.integers(0, 20), st.integers(0, 20))
def test_any_octets_are_cut_right_or_not_at_all(value: bytes, first: int, size: int) -> None:
    for whole in (value, b"=?iso-2022-jp?B?" + b64encode(value) + b"?=", q(b"euc-jp", value)):
        text = text_of(whole)
        last = min(first + size, len(text))
        try:
            left = cut(whole, min(first, last), last)
        except CannotCut:
            continue
        assert read(left) == read_text(text[: min(first, last)] + text[last:])
