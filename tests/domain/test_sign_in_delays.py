"""Who waits how long before a sign-in is looked at (domain/sign_in_delays.py)."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain import sign_in_delays
from proxyd.domain.sign_in_delays import (
    HALF_LIFE_S,
    LOGIN_FREE,
    LOGIN_MOST_S,
    PLACE_FREE,
    PLACE_MOST_S,
    WAIT_MOST_S,
    SignInDelays,
)

_TRIES = itertools.count()


def guesses(
    delays: SignInDelays, count: int, place: str, login: str = "anna", at: float = 0
) -> None:
    for _ in range(count):
        delays.failed(login, place, b"%d" % next(_TRIES), at)


def test_a_few_slips_cost_nothing() -> None:
    delays = SignInDelays()
    guesses(delays, PLACE_FREE - 1, "p")
    assert delays.turn("anna", "p", 0) == 0
    assert delays.failures("p", 0) == PLACE_FREE - 1


def test_then_one_after_the_other_with_growing_pauses() -> None:
    delays = SignInDelays()
    guesses(delays, PLACE_FREE, "p")
    assert delays.failures("p", 0) == PLACE_FREE
    waits = [delays.turn("anna", "p", 0) for _ in range(4)]
    assert waits == [0, 0.5, 1.0, 1.5]
    guesses(delays, 2, "p", at=10)
    assert delays.turn("anna", "p", 10) == 0
    assert delays.turn("anna", "p", 10) == 1.0
    guesses(delays, 50, "p", at=100)
    assert delays.turn("taro", "p", 200) == 0
    assert delays.turn("taro", "p", 200) == PLACE_MOST_S
    assert delays.turn("taro", "p", 200) is None  # too many wait already
    assert PLACE_MOST_S <= WAIT_MOST_S


def test_other_places_and_who_is_known_do_not_wait() -> None:
    delays = SignInDelays()
    delays.succeeded("hanako", "p")
    delays.succeeded("anna", "home")
    guesses(delays, 500, "p", "anna")
    assert delays.turn("hanako", "p", 0) == delays.turn("hanako", "p", 0) == 0
    assert delays.turn("anna", "home", 0) == delays.turn("anna", "home", 0) == 0
    assert delays.turn("taro", "elsewhere", 0) == 0
    assert delays.is_known("hanako", "p") and not delays.is_known("hanako", "home")


def test_many_places_that_guess_at_one_person_are_slowed_and_shut_nobody_out() -> None:
    delays = SignInDelays()
    for number in range(LOGIN_FREE + 20):
        guesses(delays, 1, f"place {number}")
    for _ in range(100):
        assert delays.turn("anna", "new", 0) == LOGIN_MOST_S
    assert delays.turn("taro", "new", 0) == 0


def test_a_login_that_there_is_not_waits_as_long() -> None:
    delays = SignInDelays()
    for login in ("anna", "nobody"):
        guesses(delays, LOGIN_FREE + 3, login, login)
    there = [delays.turn("anna", "anna", 5) for _ in range(5)]
    assert there == [delays.turn("nobody", "nobody", 5) for _ in range(5)]


def test_it_is_forgotten() -> None:
    delays = SignInDelays()
    guesses(delays, PLACE_FREE, "p")
    assert delays.failures("p", HALF_LIFE_S) == PLACE_FREE / 2
    assert delays.turn("anna", "p", HALF_LIFE_S) == delays.turn("anna", "p", HALF_LIFE_S) == 0


def test_a_phone_that_repeats_an_old_password_holds_up_nobody() -> None:
    delays = SignInDelays()
    for minute in range(1000):
        delays.failed("anna", "office", b"old", minute * 60)
        assert delays.turn("taro", "office", minute * 60) == 0
        assert delays.failures("office", minute * 60) < PLACE_FREE


def test_repeated_fast_it_is_held_up_all_the_same() -> None:
    delays = SignInDelays()
    for _ in range(200):
        delays.failed("anna", "office", b"old", 0)
    assert delays.failures("office", 0) >= PLACE_FREE


def test_who_is_known_and_fails_is_not_known_for_ever() -> None:
    delays = SignInDelays()
    delays.succeeded("anna", "p")
    guesses(delays, PLACE_FREE - 1, "p")
    assert delays.is_known("anna", "p")
    guesses(delays, 1, "p")
    assert not delays.is_known("anna", "p")
    guesses(delays, PLACE_FREE, "p")
    assert delays.failures("p", 0) >= PLACE_FREE


def test_memory_is_bounded(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sign_in_delays, "REMEMBERED", 10)
    monkeypatch.setattr(sign_in_delays, "KNOWN", 10)
    delays = SignInDelays()
    for number in range(50):
        guesses(delays, 1, f"p{number}", f"login{number}")
        delays.succeeded(f"login{number}", f"p{number}")
    assert len(delays._places) == len(delays._logins) == len(delays._known) == 10
    assert delays.is_known("login49", "p49")
    assert delays._known_places.total() == 10 and delays.is_known_place("p49")
    assert not delays.is_known_place("p0")


def test_a_place_is_known_as_long_as_somebody_is_known_there() -> None:
    delays = SignInDelays()
    assert not delays.is_known_place("office")
    for login in ("anna", "taro", "anna"):
        delays.succeeded(login, "office")
    guesses(delays, PLACE_FREE, "office", "anna")
    assert delays.is_known_place("office")
    guesses(delays, PLACE_FREE, "office", "taro")
    assert not delays.is_known_place("office")
    assert not delays._known_places


@given(st.lists(st.tuples(st.sampled_from("pq"), st.sampled_from(["anna", "taro"]), st.booleans())))
def test_no_wait_is_longer_than_clients_wait(steps: list[tuple[str, str, bool]]) -> None:
    delays, now = SignInDelays(), 0.0
    for place, login, fails in steps:
        now += 1
        wait = delays.turn(login, place, now)
        assert wait is None or 0 <= wait <= WAIT_MOST_S + LOGIN_MOST_S
        if fails:
            guesses(delays, 3, place, login, now)
        else:
            delays.succeeded(login, place)
