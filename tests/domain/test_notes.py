"""What a note is known by (domain/notes.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.notes import has_mark, mark, mentioned, mentions_in, note_address


@pytest.mark.parametrize(
    ("address", "to"),
    [
        ("info@company.co.jp", "note@info.company.co.jp.invalid"),
        ("Support+Desk@Example.test", "note@support-desk.example.test.invalid"),
        ("a_b.c@example.test", "note@a-b.c.example.test.invalid"),
        ("窓口@example.test", "note@example.test.invalid"),
    ],
)
def test_the_address(address: str, to: str) -> None:
    assert note_address(address) == to


@pytest.mark.parametrize("text", ["{}", "> {}", "x{}y", "a\r\n> {}", "{}".replace("}", "}\n")])
def test_the_mark_is_seen(text: str) -> None:
    assert has_mark(text.format(mark("12ab34cd")))


def test_the_mark_is_seen_where_its_line_was_wrapped() -> None:
    assert has_mark("> [[note:\r\n> 12ab\r\n> 34cd]]")


@pytest.mark.parametrize("text", ["[[note:12ab34]]", "note:12ab34cd", "[note:12ab34cd]", ""])
def test_what_is_no_mark(text: str) -> None:
    assert not has_mark(text)


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
