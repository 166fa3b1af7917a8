"""A run of a text's words is found again however it was passed on, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.word_runs import LATEST, LEAST, WEIGHT, KnownRuns, SaidText, runs_of

JAPANESE = "この件、20%値引きしても大丈夫でしょうか。前回の請求書と同じ条件でお願いしたいです。"
ENGLISH = "Can we give him a discount of twenty per cent? He complains about prices every time."


def has(note: str, text: str) -> bool:
    return bool(words_of(note, text))


def words_of(note: str, text: str) -> str:
    every = KnownRuns()
    every.add(runs_of(note))
    return every.said_in(map(SaidText.of, ["", text]))


@pytest.mark.parametrize(
    "text",
    [
        JAPANESE,
        "> この件、20%値引きしても\r\n> 大丈夫でしょうか。\r\n",
        "この件、２０％値引きしても 大丈夫でしょうか",
        "前回の請求書と\n　同じ条件でお願いしたいです。よろしくお願いいたします。",
        "この件20%値引きしても、大丈夫でしょうか",
        "社内で「値引きしても大丈夫でしょうか」と確認しました",
    ],
)
def test_japanese(text: str) -> None:
    assert has(JAPANESE, text)


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        ENGLISH.upper(),
        "> Can we give him a discount\n> of twenty per cent? He\n",
        "<b>He complains</b>".replace("<b>", "").replace("</b>", "")
        + " about&prices every time, can".replace("&", " "),
        "I was told: “discount of twenty per cent -- he complains...”",
    ],
)
def test_english(text: str) -> None:
    assert has(ENGLISH, text)


@pytest.mark.parametrize(
    ("note", "text"),
    [
        (JAPANESE, "お世話になっております。20%の値引きが可能です。よろしくお願いいたします。"),
        (ENGLISH, "We can give you a discount. Please let me know if you have any questions."),
        (
            "お世話になっております。よろしくお願いいたします。",
            "お世話になっております。よろしくお願いいたします。",
        ),
        (
            "Thank you very much for your mail. Best regards",
            "Thank you very much for your mail. Best regards",
        ),
        ("OK", "OK, we send it"),
        ("了解です", "了解です"),
        ("", "anything"),
    ],
)
def test_what_is_none(note: str, text: str) -> None:
    assert not has(note, text)


def test_a_short_note_is_one_run() -> None:
    assert has("値引きしていい?", "では値引き\r\nしていいのですか")
    assert has("give him twenty per cent", "> Give him\n> twenty per cent")
    assert not has("give him twenty per cent", "give him ten per cent")


def test_it_says_which_words() -> None:
    assert words_of(ENGLISH, "Sorry: he complains about prices every time!") == (
        "he complains about prices every time"
    )


WORDS = st.lists(
    st.sampled_from(["alpha", "beta", "gamma", "delta", "漢字", "かな", "値引", "42", "ö"]),
    max_size=60,
)


@given(WORDS, WORDS, WORDS)
def test_any_run_that_is_long_enough_is_found(
    before: list[str], run: list[str], after: list[str]
) -> None:
    text = " ".join(run)
    runs = runs_of(text)
    weight = sum(15 if ord(c) > 0x2E80 else 7 for c in "".join(run))
    assert bool(runs) is (weight >= LEAST)
    if runs:
        assert has(text, " ".join([*before, *run, *after]))


@given(WORDS)
def test_whatever_stands_in_between(words: list[str]) -> None:
    if runs_of(" ".join(words)):
        assert has(" ".join(words), "\r\n> ".join(words))
        assert has(" ".join(words), " \u3000|".join(words))


def test_bounds_are_what_is_said() -> None:
    assert (WEIGHT, LEAST) == (210, 105)


def test_many_notes_take_eight_octets_a_run() -> None:
    every = KnownRuns()
    for number in range(400):
        every.add(runs_of(" ".join(f"word{number}x{each}" for each in range(100))))
    assert len(every._in_order) > LATEST
    assert every.said_in(map(SaidText.of, ["> word7x40 word7x41\n> word7x42 word7x43"]))
    assert not every.said_in(map(SaidText.of, ["word7x40 word8x41 word9x42 word3x43"]))
