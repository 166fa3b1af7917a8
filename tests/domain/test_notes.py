"""What a note is known by (domain/notes.py)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.notes import (
    former_note_address,
    mentioned,
    mentions_in,
    note_address,
)
from proxyd.mailtext.addresses import compared


@pytest.mark.parametrize(
    ("address", "to"),
    [
        ("info@company.co.jp", "note@info.company.co.jp.invalid"),
        ("Help-Desk.2@Example.test", "note@help-desk.2.example.test.invalid"),
    ],
)
def test_the_address_of_most_is_as_it_was(address: str, to: str) -> None:
    assert note_address(address) == former_note_address(address) == to


@pytest.mark.parametrize(
    ("address", "former", "to"),
    [
        ("Support+Desk@Example.test", "support-desk.example.test", "esc--support-2bdesk"),
        ("a_b.c@example.test", "a-b.c.example.test", "esc--a-5fb.c"),
        ("窓口@example.test", "example.test", "xn--6or331g"),
        ("xn--6or331g@example.test", "xn--6or331g.example.test", "esc--xn-2d-2d6or331g"),
        ("esc--a-5fb@example.test", "esc-a-5fb.example.test", "esc--esc-2d-2da-2d5fb"),
        ("info-@example.test", "info.example.test", "esc--info-2d"),
    ],
)
def test_the_address_of_what_is_no_name_of_a_host(address: str, former: str, to: str) -> None:
    assert note_address(address) == f"note@{to}.example.test.invalid"
    assert former_note_address(address).removesuffix(".invalid").startswith("note@")
    if "xn--" not in address:
        assert former_note_address(address) == f"note@{former}.invalid"


def test_the_domain_is_its_a_labels() -> None:
    assert note_address("窓口@日本.jp") == "note@xn--6or331g.xn--wgv71a.jp.invalid"
    assert note_address("a@日本.jp") == note_address("a@xn--wgv71a.jp")


CHARACTERS = st.characters(exclude_characters=".@", exclude_categories=("Cc", "Cs", "Z"))
LEVELS = st.one_of(
    st.from_regex(r"(esc--|xn--|)[a-z0-9_+-]{1,8}", fullmatch=True),
    st.text(CHARACTERS, min_size=1, max_size=70),
)
LOCALS = st.lists(LEVELS, min_size=1, max_size=2).map(".".join)


@given(LOCALS, LOCALS)
def test_no_two_of_one_domain_are_alike(one: str, other: str) -> None:
    """And each is the name of a host, but for its length in all."""
    found = {each: note_address(f"{each}@example.test") for each in (one, other)}
    same = compared(one + "@x") == compared(other + "@x")
    assert (found[one] == found[other]) is same
    for level in found[one].removeprefix("note@").split("."):
        assert re.fullmatch(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", level)
        assert len(level) <= max(63, len(one))


def test_who_is_named() -> None:
    known = {"ben", "a.sato", "rita"}
    text = "@Ben, ＠a.sato: どう? rita@example.test says @nobody. (@rita)"
    assert mentioned(text, known) == ["ben", "a.sato", "rita"]
    assert mentioned("これ@benに聞いて、佐藤さん@rita さん、@ben-san", {"ben", "rita"}) == [
        "ben",
        "rita",
    ]
    assert mentioned("@a.sato-x", {"a.sato", "a"}) == ["a.sato"]
    assert mentions_in(("$mention-ben", "$Forwarded", "$Mention-Rita")) == ["ben", "rita"]
