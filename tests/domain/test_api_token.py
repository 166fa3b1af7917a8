"""Tokens of the HTTP API (domain/api_token.py)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.api_token import (
    CAME_IN_EVERY_US,
    LENGTH,
    OF_ROLE,
    PREFIX,
    USED_EVERY_US,
    ApiScope,
    ApiToken,
    digest_of,
    made_token,
    scopes_of,
)
from proxyd.domain.types import Account, Role

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def token(role: Role = Role.ADMIN, *scopes: ApiScope, **facts: object) -> ApiToken:
    account = Account(1, "ada", "Ada", role, disabled=False, grants={})
    return ApiToken(1, account, "SIEM", scopes, 0, 1, **facts)  # type: ignore[arg-type]


def test_a_known_one():
    """The form is a promise to secret scanners, the digest to tokens that are in use."""
    one = made_token(lambda letters: letters[1])
    assert one == "proxyd_" + "1" * 43 + "36KLs9"
    assert digest_of(one).hex() == (
        "1ed9840feb1930768ebd593ce306a6400012a2e150753372b8850a57a601065d"
    )


def test_no_two_are_the_same_and_each_is_one():
    made = {made_token() for _ in range(100)}
    assert len(made) == 100
    for one in made:
        assert one.startswith(PREFIX) and len(one) == LENGTH
        assert len(digest_of(one)) == 32 and digest_of(one) == digest_of(one)
    assert len({digest_of(one) for one in made}) == 100


@given(st.integers(0, LENGTH - 1), st.sampled_from(LETTERS + "_ \n\0é"))
def test_each_slip_of_a_letter_is_seen(place, letter):
    one = made_token(lambda letters: letters[7])
    slipped = one[:place] + letter + one[place + 1 :]
    assert (digest_of(slipped) is None) == (slipped != one)


@given(st.text(max_size=100))
def test_anything_else_is_none(text):
    assert digest_of(text) is None


def test_what_it_may_is_never_more_than_the_role():
    wide = tuple(ApiScope)
    for role in Role:
        assert token(role, *wide).allowed == OF_ROLE[role]
    assert token(Role.AUDITOR, ApiScope.PEOPLE_READ).allowed == frozenset()


def test_the_log_is_for_auditors_and_they_change_nothing_of_others():
    assert [role for role in Role if ApiScope.LOG_READ in OF_ROLE[role]] == [Role.AUDITOR]
    assert OF_ROLE[Role.AUDITOR] == {ApiScope.OWN_READ, ApiScope.OWN_WRITE, ApiScope.LOG_READ}


def test_scopes_in_order_each_once():
    assert scopes_of(["people:write", "own:read", "people:write"]) == (
        ApiScope.OWN_READ,
        ApiScope.PEOPLE_WRITE,
    )
    with pytest.raises(ValueError):
        scopes_of(["people:all"])


def test_when_a_use_is_written_down():
    fresh = token(used_us=1_000, used_address="192.0.2.7", came_in_us=1_000)
    assert token().is_stale(5, "192.0.2.7") and token().comes_in(5, "192.0.2.7")
    assert not fresh.is_stale(1_000 + USED_EVERY_US - 1, "192.0.2.7")
    assert fresh.is_stale(1_000 + USED_EVERY_US, "192.0.2.7")
    assert fresh.is_stale(1_001, "192.0.2.8") and fresh.comes_in(1_001, "192.0.2.8")
    assert fresh.is_stale(0, "192.0.2.7"), "the clock was ahead"
    assert not fresh.comes_in(1_000 + CAME_IN_EVERY_US - 1, "192.0.2.7")
    assert fresh.comes_in(1_000 + CAME_IN_EVERY_US, "192.0.2.7")
