"""The mark is found as people write it, and never goes out."""

from __future__ import annotations

from base64 import b64encode
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.mailtext.words import decoded
from proxyd.service.sending.override_mark import without_mark
from tests.mailtext.windows import euc_jp, iso_2022_jp

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
        ("！send！ 注文".encode(), "注文"),  # as a Japanese keyboard writes it
        ("！ｓｅｎｄ！　注文".encode(), "注文"),
        ("ＲＥ：！ＳＥＮＤ！注文".encode(), "ＲＥ：注文"),
        ("返信：転送: !send! 注文".encode(), "返信：転送: 注文"),
        (b"Antw: RE[2]: !send! order", "Antw: RE[2]: order"),
        ("回复：!send! 注文".encode(), "回复：注文"),
        (b"=?utf-8?Q?Re:?= !send! =?utf-8?Q?a?=", "Re: a"),
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


NAMES = "髙橋様、﨑山様 ①"  # of Windows' own table; its standard has 郄 and 粼 there


def b(octets: bytes, charset: bytes = b"ISO-2022-JP") -> bytes:
    return b"=?%b?B?%b?=" % (charset, b64encode(octets))


@pytest.mark.parametrize(
    ("written", "goes"),
    [
        (b(b"!send! " + iso_2022_jp(NAMES)), b(iso_2022_jp(NAMES))),
        (b(iso_2022_jp("！ｓｅｎｄ！" + NAMES)), b(iso_2022_jp(NAMES))),
        (b"Re: " + b(b"!send!" + iso_2022_jp(NAMES)), b"Re: " + b(iso_2022_jp(NAMES))),
        (b"!send! " + b(iso_2022_jp(NAMES)), b(iso_2022_jp(NAMES))),
        (
            b(b"!send! " + iso_2022_jp("髙橋様")) + b"\r\n " + b(iso_2022_jp(NAMES)),
            b(iso_2022_jp("髙橋様")) + b"\r\n " + b(iso_2022_jp(NAMES)),
        ),
        (b(b"!send!\xfc\xe2\xad\xa1", b"EUC-JP"), b(b"\xfc\xe2\xad\xa1", b"EUC-JP")),
        (b(b"!send!\xee\xe0\x87\x40", b"Shift_JIS"), b(b"\xee\xe0\x87\x40", b"Shift_JIS")),
        (b"\r\n !send! folded at once", b"\r\n folded at once"),
        (b"\r\n !send!", b""),  # and no line of white space
        (b"Re:\r\n !send!", b"Re:"),
        (b"Re:\r\n !send!\r\n\t\r\n ", b"Re:"),
        (b"!send!" + b"\r\n " * 900 + b"x", b"x"),
        (b(b"!send!" + "山①".encode("cp932"), b"utf-8"), b("山①".encode("cp932"), b"utf-8")),
        (b"=?x-none?Q?!send!_=FF=FE?=", b"=?x-none?Q?=FF=FE?="),
        (b"!send! " + "生の件名".encode("cp932"), "生の件名".encode("cp932")),
    ],
)
def test_what_stays_goes_out_octet_by_octet(written: bytes, goes: bytes) -> None:
    """Also in a charset that we read a little otherwise than who wrote it, or not at all."""
    assert without_mark(mail(written), "!send!") == mail(goes)


CHARSETS = {
    "ISO-2022-JP": iso_2022_jp,
    "EUC-JP": euc_jp,
    "Shift_JIS": lambda text: text.encode("cp932"),
    "UTF-8": str.encode,
}
TEXT = st.text(alphabet="aZ 0-:髙橋﨑①㈱あアー。山", max_size=12)


@given(
    charset=st.sampled_from(sorted(CHARSETS)),
    mark=st.sampled_from(["!send!", "!SEND! ", "！ｓｅｎｄ！", "！send！　"]),
    before=st.sampled_from(["", "Re: ", "ＲＥ：", "返信：Fwd: "]),
    after=TEXT,
    rest=st.lists(TEXT, max_size=3),
    in_q=st.booleans(),
)
def test_the_subject_reads_as_if_the_mark_had_not_been_there(
    charset, mark, before, after, rest, in_q
):
    def word(text: str) -> bytes:
        octets = CHARSETS[charset](text)
        if in_q:
            quoted = b"".join(b"=%02X" % octet for octet in octets)
            return b"=?%b?Q?%b?=" % (charset.encode(), quoted)
        return b(octets, charset.encode())

    others = [word(text) for text in rest]
    with_it = b"\r\n ".join([word(before + mark + after), *others])
    without = b"\r\n ".join([word(before + after.lstrip()), *others])
    left = without_mark(mail(with_it), "!send!")
    assert left is not None
    subject = left.removeprefix(b"From: a@x\r\nSubject: ").removesuffix(b"\r\nDate: d" + BODY)
    assert left == mail(subject)
    if after.strip():
        assert decoded(subject) == decoded(without)
        assert subject.partition(b"\r\n ")[2] == b"\r\n ".join(others)


def test_two_marks_and_a_mark_further_behind_are_text():
    assert without_mark(mail(b"!send! !send! x"), "!send!") == mail(b"!send! x")
    assert without_mark(mail(b"x\r\nSubject: !send! y"), "!send!") is None


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
    if message is not None:
        # Nothing but the subject's line, and that only shorter but for a shift.
        assert octets.endswith(message[-1:])
        assert len(message) <= len(octets) + 8
