"""How long one is signed in, and with what shown (domain/web_session.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.types import Account, Role
from proxyd.domain.web_session import (
    ABSOLUTE_S,
    APP,
    HALF_WAY_S,
    IDLE_S,
    PASSKEY,
    PASSWORD,
    PROVIDER_FACTOR,
    RECOVERY,
    SINGLE_SIGN_ON,
    STEP_UP_S,
    WebSession,
    digest_of,
    made_token,
)

NOW = 1_750_000_000_000_000


def session(*factors: str, second: bool = False, age: int = 0, idle: int = 0, proven: int = 0):
    anna = Account(1, "anna", "Anna", Role.STAFF, disabled=False, grants={}, second_factor=second)
    times = (NOW - s * 1_000_000 for s in (age, idle, proven))
    return WebSession(7, anna, factors, *times, "192.0.2.7", "Firefox")


@pytest.mark.parametrize(
    ("factors", "second", "whole"),
    [
        ((PASSWORD,), False, True),
        ((PASSWORD,), True, False),
        ((SINGLE_SIGN_ON,), True, False),
        ((PASSWORD, APP), True, True),
        ((PASSWORD, RECOVERY), True, True),
        ((PASSKEY,), True, True),
        ((SINGLE_SIGN_ON, PROVIDER_FACTOR), True, True),
        ((), True, False),
    ],
)
def test_where_there_is_a_second_factor_one_was_shown(factors, second, whole):
    assert session(*factors, second=second).whole is whole


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"idle": IDLE_S - 1, "age": IDLE_S}, ""),
        ({"idle": IDLE_S, "age": IDLE_S}, "idle"),
        ({"age": ABSOLUTE_S - 1}, ""),
        ({"age": ABSOLUTE_S}, "age"),
        ({"age": HALF_WAY_S, "second": True}, "half-way"),
        ({"age": HALF_WAY_S - 1, "second": True}, ""),
        ({"age": -60, "idle": -60}, ""),
    ],
)
def test_what_ends_it(facts, reason):
    assert session(PASSWORD, **facts).ended(NOW) == reason


def test_what_was_shown_is_fresh_for_five_minutes():
    assert session(PASSWORD, proven=STEP_UP_S - 1).is_fresh(NOW)
    assert not session(PASSWORD, proven=STEP_UP_S).is_fresh(NOW)
    assert session(PASSKEY, second=True).is_fresh(NOW)
    # The organisation's word and a code: who has the phone, and nothing that only they know.
    assert not session(SINGLE_SIGN_ON, APP, second=True).is_fresh(NOW)
    assert not session(SINGLE_SIGN_ON, RECOVERY, second=True).is_fresh(NOW)
    assert session(SINGLE_SIGN_ON, PASSWORD).is_fresh(NOW)
    assert not session(PASSWORD, second=True).is_fresh(NOW)


def test_a_token_has_256_random_bits_and_only_its_digest_is_kept():
    made = {made_token() for _ in range(1000)}
    assert len(made) == 1000 and {len(one) for one in made} == {43}
    digests = {digest_of(one) for one in made}
    assert len(digests) == 1000 and {len(one) for one in digests} == {32}


@pytest.mark.parametrize("text", ["", "x", "x" * 44, "é" * 43, "\0" * 42, "x" * 10_000])
def test_what_can_not_be_one_is_not_looked_for(text):
    assert digest_of(text) is None
