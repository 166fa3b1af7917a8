"""Passwords that lists have, and those made of what everybody here knows (guessable.py)."""

from __future__ import annotations

import random

import pytest

from proxyd.domain.errors import BadInput
from proxyd.service.admin import guessable
from proxyd.service.admin.admin_input import (
    PASSWORD_MAX,
    PASSWORD_MIN,
    checked_password,
    generated_password,
)

KNOWN = guessable.words_in(
    ["hanako.sato", "佐藤花子", "Support", "support@kaze-shop.example", "Hanako Sato"]
)


def test_the_list_has_more_than_the_3000_that_are_asked_for_and_each_is_refused():
    listed = [one for one in guessable._common() if one]
    assert len(listed) >= 3000
    assert all(len(one) >= PASSWORD_MIN for one in listed)
    for one in random.Random(6).sample(sorted(listed), 300):
        for typed in (one, one.upper(), one.title()):
            with pytest.raises(BadInput) as caught:
                checked_password(typed)
            assert caught.value.problem == "it is in every list of stolen ones"
            assert typed not in caught.value.instead


@pytest.mark.parametrize(
    "password",
    [
        *("12345678", "Password1", "PASSWORD", "iloveyou1", "qwertyuiop", "１２３４５６７８"),
        *("sunshine", "football", "princess1", "11111111", "abcd1234"),
    ],
)
def test_what_everybody_uses_is_refused(password):
    with pytest.raises(BadInput):
        checked_password(password)


@pytest.mark.parametrize(
    "password",
    [
        *("Support2026!", "supportsupport", "hanako.sato1985", "SATO-hanako-1", "佐藤花子2026"),
        *("proxyd-mail-1", "kaze-shop-7", "Kaze2026Shop", "Welcome2026", "パスワード12345"),
        *("Inbox.Support", "support@kaze-shop.example"),
    ],
)
def test_what_everybody_here_would_try_is_refused(password):
    with pytest.raises(BadInput) as caught:
        checked_password(password, KNOWN)
    assert "everybody here would try" in caught.value.problem
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    "password",
    [
        *("correct horse battery", "supportive giraffe", "my support cat is grey"),
        *("花子は毎朝みかんを二つ食べる", "zufällig-gewählt", "hanako reads on mondays"),
    ],
)
def test_a_word_known_here_may_be_part_of_a_longer_one(password):
    assert checked_password(password, KNOWN) == password


def test_short_words_forbid_nothing():
    """But a whole login, which is what a guesser begins with."""
    assert guessable.words_in(["it", "Co. Ltd", "a@b.co", "x"]) == {"it", "co. ltd", "a@b.co"}


def test_a_short_login_with_digits_is_guessed():
    words = guessable.words_in(["bob"])
    assert guessable.unguessed("Bob-12345", words) == 6


@pytest.mark.parametrize("password", ["a" * 12, "1212121212", "ababab" * 30, "ｱｱｱｱｱｱｱｱｱｱ"])
def test_the_same_few_again_and_again_are_as_good_as_nothing(password):
    assert guessable.unguessed(password, ()) == 0


def test_no_kind_of_character_is_asked_for_or_forbidden():
    """ASVS 6.2.5: nothing about composition; length alone, up to more than 64 (6.2.9)."""
    kinds = (
        "abcdefghjkmn",
        "ABCDEFGHJKMN",
        "246813579024",
        "!?%&/=+*~#:;",
        "ぬれせかくみそとけ",
        "🐈🦊🐝🐢",
    )
    chosen = random.Random(7)
    for kind in kinds:
        for length in (12, 64, 65, 128, PASSWORD_MAX):
            password = "".join(chosen.choice(kind) for _ in range(length))
            assert checked_password(password, KNOWN) == password


def test_what_proxyd_makes_is_never_refused():
    for _ in range(200):
        made = generated_password()
        assert checked_password(made, KNOWN) == made
