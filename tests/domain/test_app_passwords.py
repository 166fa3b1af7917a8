"""What an application password is, and what may be typed for one (domain/app_passwords.py)."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.app_passwords import (
    LETTERS,
    NAME_LIMIT,
    AppPassword,
    Scope,
    digest_of,
    digests_of,
    is_needed_for_mail,
    made_secret,
    name_problem,
    scopes_of,
    secret_in,
)
from proxyd.domain.made_password import CLEAR_LETTERS, made_password
from proxyd.domain.types import Account, Role

SECRET = "k7mqp2-x3w8nd-f4vbt9-2abcde"
BARE = SECRET.replace("-", "")


def test_one_is_too_good_to_be_guessed_and_easy_to_read() -> None:
    assert LETTERS * math.log2(len(CLEAR_LETTERS)) > 100
    assert not set("ilo01") & set(CLEAR_LETTERS)
    made = {made_secret() for _ in range(100)}
    assert len(made) == 100 and {len(one) for one in made} == {LETTERS + 3}
    assert made_secret(random.Random(1).choice) == made_secret(random.Random(1).choice)


@pytest.mark.parametrize(
    "typed",
    [
        SECRET,
        BARE,
        SECRET.upper(),
        f"  {SECRET}\n".strip("\n"),
        SECRET.replace("-", " "),
        SECRET.replace("-", "\u2013"),
        SECRET.replace("-", "ー"),
        "".join(chr(ord(one) + 0xFEE0) for one in SECRET),  # full width
    ],
)
def test_how_it_may_be_typed(typed: str) -> None:
    assert secret_in(typed) == BARE


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "correct horse",
        BARE[:-1],
        BARE + "a",
        "0" + BARE[1:],
        made_password(3, random.Random(3).choice),  # a person's own
        SECRET + "\0",
        SECRET + "\ud800",
        SECRET + " " * 100,
        "\ufdfa" * 64,
        "ß" * 24,
    ],
)
def test_what_is_none(typed: str) -> None:
    assert secret_in(typed) is None
    assert digests_of([typed]) == ()


@given(st.text(max_size=200))
def test_whatever_is_typed_it_is_one_or_none(typed: str) -> None:
    found = secret_in(typed)
    assert found is None or (len(found) == LETTERS and set(found) <= set(CLEAR_LETTERS))


@given(st.randoms())
def test_what_is_made_is_one(choice: random.Random) -> None:
    made = made_secret(choice.choice)
    letters = secret_in(made)
    assert letters == made.replace("-", "")
    assert digests_of([made, letters, made.upper()]) == (digest_of(letters),)


def test_the_digest_stays_what_it_is() -> None:
    """Another one would shut out every device that there is."""
    assert digest_of("a" * 24).hex() == (
        "3de1ce0ada2a50396bbbefc0361f907c00b4dce9bad0b2b7709e3c17a3457e32"
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" iPhone ", "iPhone"),
        ("花子の　スマホ", "花子の スマホ"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("PC 2", "PC 2"),
        ("x" * NAME_LIMIT, "x" * NAME_LIMIT),
    ],
)
def test_names(text: str, name: str) -> None:
    assert name_problem(text) == (name, "", "")


@pytest.mark.parametrize(
    "text", ["", " ", "x" * (NAME_LIMIT + 1), "12", "１２", "a\nb", "a\tb", "a\u202eb", "a\ud800"]
)
def test_what_is_no_name(text: str) -> None:
    _, problem, instead = name_problem(text)
    assert problem and instead and problem.isprintable()


def test_scopes_open_one_door_each() -> None:
    assert scopes_of(["smtp", "imap", "smtp"]) == (Scope.IMAP, Scope.SMTP)
    with pytest.raises(ValueError):
        scopes_of(["web"])
    for scope in Scope:
        one = AppPassword(1, 1, "x", (scope,), 0)
        assert [door for door in ("imap", "smtp", "web", "") if one.opens(door)] == [scope]


def test_for_whom_the_own_password_is_not_enough() -> None:
    assert not is_needed_for_mail(Account(1, "x", "X", Role.STAFF, False, {}))
    assert is_needed_for_mail(Account(1, "x", "X", Role.STAFF, False, {}, app_passwords_only=True))
