"""What a subject is about, as people's programs write it in all languages."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from proxyd.mailtext.base_subject import base_subject
from proxyd.mailtext.topic import topic
from proxyd.mailtext.words import decoded

ANSWERS = [
    "Re: Order", "RE: Order", "re:Order", "Re : Order", "Re[2]: Order", "Re(3): Order",
    "Re^2: Order", "Re*2: Order", "RE2: Order", "RE:2 Order", "AW: Order", "Antw: Order",
    "Antwort: Order", "SV: Order", "VS: Order", "R: Order", "RES: Order", "Odp: Order",
    "YNT: Order", "返信: Order", "返信：Order", "回复：Order", "回覆: Order", "答复:Order",
    "답장: Order",
    "ＲＥ： Order", "Ｒｅ：Order", "Отв: Order", "رد: Order", "Vá: Order", "ΑΠ: Order",
    "Re: AW: SV: Order", "[list] Re: Order", "Re: [list] Order", "Re: [list] Re: [list] Order",
    "[ml:0123] Re: [ml:0122] Order", "［ml］ Re: Order", "Re: Fwd: Order", "AW: WG: Order",
    "Re:\t order", "Re:  ORDER", "Re: Ｏｒｄｅｒ", "RE: Order (fwd)",
]  # fmt: skip
FORWARDS = [
    "Fwd: Order", "FW: Order", "WG: Order", "TR: Order", "RV: Order", "I: Order", "ENC: Order",
    "転送: Order", "转发：Order", "轉寄: Order", "Fwd: Re: Order", "[Fwd: Order]", "Order (fwd)",
    "[list] Fwd: Order", "İLT: Order",
]  # fmt: skip
NEITHER = ["Order", "[list] Order", "  order ", "ORDER", "［ml:12］Order"]


@pytest.mark.parametrize("subject", ANSWERS)
def test_an_answer_is_known_by_its_prefix(subject: str) -> None:
    found = topic(subject)
    assert (found.key, found.is_answer, found.is_forward) == ("order", True, False)


@pytest.mark.parametrize("subject", FORWARDS)
def test_what_is_passed_on_is_no_answer(subject: str) -> None:
    found = topic(subject)
    assert (found.key, found.is_answer, found.is_forward) == ("order", False, True)


@pytest.mark.parametrize("subject", NEITHER)
def test_what_is_neither(subject: str) -> None:
    found = topic(subject)
    assert (found.key, found.is_answer, found.is_forward) == ("order", False, False)


@pytest.mark.parametrize(
    ("subject", "key", "is_answer"),
    [
        ("", "", False),
        ("Re:", "", True),
        ("返信：", "", True),
        ("[list]", "[list]", False),
        ("Re: [list]", "[list]", True),
        ("Re: [list] [order]", "[order]", True),
        ("[list] [Fwd: order]", "order", False),
        ("Report: Order", "report:order", False),
        ("Rent: paid", "rent:paid", False),
        ("Area: north", "area:north", False),
        ("Re Order", "reorder", False),
        ("Re:2月分の請求書", "2月分の請求書", True),
        ("Re: 2 orders", "2orders", True),
        ("Re: 【至急】納期", "【至急】納期", True),
        ("Re: 件名の 続き", "件名の続き", True),
        ("10:30", "10:30", False),
        ("re", "re", False),
    ],
)
def test_what_only_looks_like_one(subject: str, key: str, *, is_answer: bool) -> None:
    found = topic(subject)
    assert (found.key, found.is_answer) == (key, is_answer)


@pytest.mark.parametrize(
    "raw",
    [
        b"=?utf-8?B?UmU6IOimi+epjeOBruS7tg==?=",
        b"=?ISO-2022-JP?B?UmU6IBskQjgrQFEkTjdvGyhC?=",
        b"Re: \x8c\xa9\x90\xcf\x82\xcc\x8c\x8f",  # cp932, raw
        b"Re: \x1b$B8+@Q$N7o\x1b(B",
        b"=?utf-8?Q?=E8=BF=94=E4=BF=A1=EF=BC=9A?= =?utf-8?B?6KaL56mN44Gu5Lu2?=",
    ],
)
def test_in_any_charset(raw: bytes) -> None:
    found = topic(decoded(raw))
    assert (found.key, found.is_answer) == ("見積の件", True)


subjects = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="[]():： \tReFwdAWrIiİ0123返信転送答∶^*", max_size=40),
)
prefixes = st.lists(
    st.sampled_from(["Re: ", "AW: ", "返信：", "Re[2]: ", "[ml] Re: ", "Fwd: ", "SV:", "RE: [x] "]),
    min_size=1,
    max_size=4,
).map("".join)


@given(subjects)
def test_the_topic_of_a_topic_is_itself(subject: str) -> None:
    once = topic(subject).text
    assert topic(once).text == once


@given(prefixes, subjects)
@example("RE: [x] ", "[]")
def test_a_prefix_in_front_changes_no_topic(prefix: str, subject: str) -> None:
    assume(topic(subject).key and not subject[:1].isdigit())  # "RE:2 " is a count
    assert topic(prefix + subject).key == topic(subject).key


@given(subjects)
def test_what_is_one_subject_to_the_rfc_is_one_topic(subject: str) -> None:
    """RFC 5256 takes away no more than this does."""
    assert topic(base_subject(subject).text).key == topic(subject).key
