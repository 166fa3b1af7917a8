"""When an attempt is looked at (service/accounts/attempts.py); the clock is the test's own."""

from __future__ import annotations

import asyncio
import threading

import pytest

from proxyd.domain.errors import Busy
from proxyd.domain.sign_in_delays import PLACE_FREE
from proxyd.domain.user_name import SigningIn
from proxyd.service.accounts import attempts as module
from proxyd.service.accounts.attempts import Attempts
from proxyd.service.password_checks import PasswordChecks
from tests.patience import PATIENCE_S, turns

RIGHT = "#right"


class Hasher:
    def __init__(self):
        self.checked = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def verify(self, password, password_hash):
        self.may_go_on.wait(PATIENCE_S)
        self.checked.append(password)
        return password_hash == f"#{password}"

    def verify_nobody(self, password):
        self.checked.append(password)

    def outdated(self, password_hash):
        return False


class Time:
    """Pauses are noted, and over at once; ``stands``: they all began in one instant."""

    def __init__(self):
        self.now, self.pauses, self.stands = 0.0, [], False

    async def sleep(self, seconds):
        self.pauses.append(seconds)
        if not self.stands:
            self.now += seconds


@pytest.fixture
def hasher():
    return Hasher()


@pytest.fixture
def checks(hasher):
    checks = PasswordChecks(hasher)
    yield checks
    checks.close()


@pytest.fixture
def clock():
    return Time()


@pytest.fixture
def attempts(checks, clock):
    return Attempts(checks, clock=lambda: clock.now, sleep=clock.sleep)


def typed(password="right", login="anna"):
    return SigningIn(login, (password,), "")


async def wrong(attempts, count, address, login="anna"):
    for number in range(count):
        what = typed(f"{address} {number}", login)
        assert await attempts.right(what, RIGHT, trusted=True, address=address) is None
        attempts.failed(what, address)


async def test_after_some_wrong_ones_the_place_waits_and_no_other(attempts, clock):
    await wrong(attempts, PLACE_FREE, "192.0.2.7")
    assert clock.pauses == []
    await wrong(attempts, 3, "192.0.2.7")
    assert clock.pauses and clock.pauses == sorted(clock.pauses)
    clock.pauses.clear()
    for address in ("192.0.2.8", "2001:db8::1"):
        assert await attempts.right(typed(), RIGHT, trusted=True, address=address) == "right"
    assert clock.pauses == []


async def test_a_network_of_ipv6_is_one_place(attempts, clock):
    for number in range(PLACE_FREE + 3):
        await wrong(attempts, 1, f"2001:db8:0:1::{number:x}")
    assert clock.pauses
    clock.pauses.clear()
    await wrong(attempts, 1, "2001:db8:0:2::1")
    assert clock.pauses == []


async def test_what_was_right_a_while_ago_waits_for_nothing(attempts, clock, hasher):
    assert await attempts.right(typed(), RIGHT, trusted=True, address="192.0.2.7") == "right"
    await wrong(attempts, 20, "192.0.2.7", "other")
    hasher.checked.clear()
    clock.pauses.clear()
    assert await attempts.right(typed(), RIGHT, trusted=True, address="192.0.2.7") == "right"
    assert (clock.pauses, hasher.checked) == ([], [])


async def test_who_is_known_there_waits_for_nobody_elses_failures(attempts, clock):
    assert await attempts.right(typed(), RIGHT, trusted=True, address="192.0.2.7") == "right"
    attempts.succeeded(typed(), "192.0.2.7")
    await wrong(attempts, 20, "192.0.2.7", "other")
    clock.pauses.clear()
    assert await attempts.right(typed("new"), "#new", trusted=True, address="192.0.2.7") == "new"
    assert clock.pauses == []


async def test_who_waits_too_long_is_sent_away_before_any_work(attempts, hasher, clock):
    await wrong(attempts, 40, "192.0.2.7")
    hasher.checked.clear()
    clock.stands, refused = True, 0
    for _ in range(10):
        try:
            await attempts.right(typed("guess"), RIGHT, trusted=True, address="192.0.2.7")
        except Busy:
            refused += 1
    assert refused >= 8
    assert len(hasher.checked) == 10 - refused


async def test_who_asks_once_goes_before_the_second_of_a_thousand(hasher, clock):
    """They all come in one instant: nothing has failed yet."""
    checks = PasswordChecks(hasher, threads=1)
    attempts = Attempts(checks, clock=lambda: clock.now, sleep=clock.sleep)

    def ask(password, address):
        what = typed(password)
        return attempts.right(what, RIGHT, trusted=True, address=address)

    flood = [(f"{place}.{number}", f"192.0.2.{place}") for number in range(9) for place in range(4)]
    hasher.may_go_on.clear()
    asked = [asyncio.ensure_future(ask(*one)) for one in flood]
    await turns()  # all of them are in the queue
    newcomer = asyncio.ensure_future(ask("right", "198.51.100.7"))
    await turns()
    hasher.may_go_on.set()
    assert await newcomer == "right"
    assert hasher.checked.index("right") == 4  # behind one of each other place
    await asyncio.gather(*asked)
    assert len(hasher.checked) == len(flood) + 1
    assert not attempts._begun
    checks.close()


async def test_few_wait_at_a_time(checks, monkeypatch):
    monkeypatch.setattr(module, "WAITING_ATTEMPTS", 3)
    over = asyncio.Event()

    async def sleep(_):
        await over.wait()

    attempts = Attempts(checks, clock=lambda: 0.0, sleep=sleep)
    for place in range(5):
        for number in range(PLACE_FREE + 1):
            attempts.failed(typed(f"{number}", f"login{place}"), f"192.0.2.{place}")

    def ask(place):
        what = typed("guess", f"login{place}")
        return attempts.right(what, RIGHT, trusted=True, address=f"192.0.2.{place}")

    for place in range(5):
        await ask(place)  # its turn is now; who comes next waits
    waiting = [asyncio.ensure_future(ask(place)) for place in range(3)]
    await turns()
    assert attempts.waiting() == 3
    for place in (3, 4):
        with pytest.raises(Busy):
            await ask(place)
    waiting[0].cancel()
    await turns()
    assert attempts.waiting() == 2
    over.set()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert attempts.waiting() == 0
