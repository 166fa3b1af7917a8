"""What of a note its writer has written: what is in doubt is, and no mail that a program quotes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.note_words import note_words, note_words_of_html
from tests.domain.test_note_leaks import INTRODUCTIONS
from tests.effort import effort_of

OWN = [
    "secret, see there\n<https://wiki.example.test/price>",
    "secret:\nplease ask tom@example.test",
    "@ben the customer is difficult, secret：",
    "--- 相談 ---\nsecret",
    "*** important ***\nsecret",
    "====== まとめ ======\nsecret",
    "____________________\nsecret",
    "____________________\n\nFrom now on: secret",
    "--- our forwarding agent ---\nsecret",
    "| secret |  8% |",
    "| 1 | 2 |\n| 3 | secret |",
    "要するに：\n> secret",
    "@ben 11/23 10:00の会議で決めたこと:\n> one\n> secret",
    "> one\n> secret\n> three",
    "＞ secret",
    "From: our accountants\nDate: yesterday\nsecret",
    "From: 経理部\n件名: secret",
]


@pytest.mark.parametrize("text", OWN)
def test_it_is_the_writer_s(text: str) -> None:
    assert "secret" in note_words(f"@ben look\n{text}")
    assert "secret" in note_words(text)


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
@pytest.mark.parametrize("between", ["", "\n"])
def test_a_mail_that_a_program_quotes_is_none(introduction: str, between: str) -> None:
    text = f"@ben いけそう?\n\n{introduction}\n{between}> quoted\n> words\n\nyes\n\n> quoted\nno"
    assert note_words(text).split()[:2] == ["@ben", "いけそう?"]
    assert not {"quoted", "words", "Hanako"} & set(note_words(text).split())
    if "Original" not in introduction:
        assert note_words(text).split()[2:] == ["yes", "no"]


@pytest.mark.parametrize(
    "tail",
    [
        "-----Original Message-----\nquoted",
        "-----Ursprüngliche Nachricht-----\r\nquoted",
        "-------- 元のメッセージ --------\nquoted",
        "-------- 転送メッセージ --------\nquoted",
        "---------- Forwarded message ---------\nquoted",
        "________________________________\nFrom: C <c@x>\nquoted",
        "________________________________\n差出人: 顧客 <c@x>\nquoted",
        "From: C <c@x>\nSent: Monday\nTo: us\nSubject: x\n\nquoted",
        "*Von:* C <c@x>\n*Gesendet:* Montag\n*An:* uns\n\nquoted",
        "-- \nquoted",
    ],
)
def test_nor_what_it_passes_on_or_signs(tail: str) -> None:
    assert note_words(f"own\n{tail}").split() == ["own"]


@pytest.mark.parametrize(
    ("source", "own"),
    [
        ("<p>own</p><div>On 11/23/26 10:00, C wrote:</div><blockquote>q</blockquote>", ["own"]),
        ("<p>a</p><blockquote>q<blockquote>q</blockquote>q</blockquote><p>b</p>", ["a", "b"]),
        ("<div class='gmail_quote'><blockquote>q</blockquote></div><div>own</div>", ["own"]),
        ("<div>own</div><div>-----Original Message-----</div>q", ["own"]),
        ("<style>q</style><p>own</p>", ["own"]),
        ("<html><head><title>q</title><div>own</div>", ["own"]),
        ("own<blockquote>mine", ["own", "mine"]),
        ("own one<hr>own two", ["own", "one", "own", "two"]),
        ("our price:<ul><li>one</ul>", ["our", "price:", "one"]),
    ],
)
def test_html(source: str, own: list[str]) -> None:
    assert [word for word in note_words_of_html(source).split() if word != "q"] == own
    assert "q" not in note_words_of_html(source).split() or "<title>" in source


@given(st.text())
def test_any_text_gives_an_answer(text: str) -> None:
    assert isinstance(note_words(text), str)
    assert isinstance(note_words_of_html(text), str)


PIECES = [
    *("<", "<blockquote>", "-", "_", "_" * 20 + "\n", ">", "\n", "From:\n", "1:\n", "wrote:\n"),
    *("wrote:\n>\n", "*", "On 1/1 ", "a@b.c"),
]


@pytest.mark.parametrize("piece", PIECES)
def test_the_time_is_linear(piece: str) -> None:
    for reader in (note_words, note_words_of_html):
        few, many = (piece * (size // len(piece)) for size in (20_000, 160_000))
        assert effort_of(lambda: reader(many)) < 24 * effort_of(lambda: reader(few)) + 0.02  # noqa: B023
