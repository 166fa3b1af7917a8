"""What of a text is its writer's own, as mail programs mark the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.own_words import own_words, own_words_of_html
from tests.effort import effort_of

TAILS = [
    "> attached is the offer\n> attached",
    "\n  > attached",
    "-----Original Message-----\nattached",
    "-----Ursprüngliche Nachricht-----\r\nattached",
    "----- 元のメッセージ -----\nattached",
    "---------- Forwarded message ---------\nattached",
    "-------- Weitergeleitete Nachricht --------\nattached",
    "________________________________\nFrom: c@x\nattached",
    "From: C <c@x>\nSent: Monday\nTo: us\nSubject: x\n\nattached",
    "*Von:* C <c@x>\n*Gesendet:* Montag\n\nattached",
    "差出人: 顧客\n送信日時: 2026年1月1日\n宛先: us\n\nattached",
    "-- \nattached to my work, Anna",
]


@pytest.mark.parametrize("tail", TAILS)
def test_what_is_quoted_passed_on_or_signed_is_nobodys_word(tail):
    assert own_words(f"Dear customer\r\n\r\nyours\r\n{tail}").split() == [
        "Dear", "customer", "yours"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "first\nFrom: here to there, attached",
        "the rule\n----------\nattached",
        "-----\nattached\n-----",
        "- one\n- two attached",
        "From: x\nattached",
    ],
)
def test_what_only_looks_like_it_is_kept(text):
    assert "attached" in own_words(text)


def test_answers_between_the_quoted_lines_are_own():
    assert own_words("> your question\nyes, attached\n> another\nno").split("\n") == [
        "yes, attached", "no"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "tail",
    [
        "<blockquote>attached</blockquote>",
        "<blockquote type=cite>a<blockquote>attached</blockquote>attached</blockquote>",
        "<BLOCKQUOTE class=x>attached, never closed",
        '<div class="gmail_quote"><div>On Monday C wrote:</div>attached</div>',
        '<div id="divRplyFwdMsg">From: c@x<br>attached</div>',
        '<div id="appendonsend"></div>attached',
        "<p><b>From:</b> C<br><b>Sent:</b> Monday<br></p>attached",
        "<div>-----Original Message-----</div><div>attached</div>",
        "<style>.attached { color: red }</style>",
        "<script>attached()</script>",
        "<p>--&nbsp;</p><p>attached</p>",
        "<p>&gt; attached</p>",
    ],
)
def test_the_same_in_html(tail):
    words = own_words_of_html(f"<html><body><p>Dear<br>customer</p><div>yours</div>{tail}</body>")
    assert words.split() == ["Dear", "customer", "yours"]


def test_html_text_is_read_as_shown():
    assert own_words_of_html("<p>see the <b>attach&eacute;</b></p>").split() == [
        "see", "the", "attaché"
    ]  # fmt: skip
    after = "<blockquote>quoted</blockquote><p>own</p>"
    assert own_words_of_html(after).split() == ["own"]


@given(st.text())
def test_any_text_gives_an_answer(text):
    assert isinstance(own_words(text), str) and isinstance(own_words_of_html(text), str)


PIECES = [
    "<",
    "<a",
    "<blockquote>",
    "</blockquote>",
    "-",
    "---x",
    "_",
    ">",
    "From:",
    " ",
    "*",
    "\n",
]


@pytest.mark.parametrize(
    "piece", [*PIECES, "*", "<style", "From:\nTo", "&", "&#", "<!--", "-- ", "a"]
)
def test_the_time_is_linear(piece):
    for reader in (own_words, own_words_of_html):
        few, many = (piece * (size // len(piece)) for size in (20_000, 160_000))
        assert effort_of(lambda: reader(many)) < 24 * effort_of(lambda: reader(few)) + 0.02  # noqa: B023
