"""Bounded, shared and fair (service.password_checks.py)."""

from __future__ import annotations

import asyncio
import threading

import pytest

from proxyd.domain.errors import Busy
from proxyd.service import password_checks
from proxyd.service.password_checks import PasswordChecks


class SlowHasher:
    """Counts, and waits until it may go on."""

    def __init__(self):
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.calls = []

    def hash(self, password):
        return f"#{password}"

    def verify(self, password, password_hash):
        self.may_go_on.wait(5)
        self.calls.append(("verify", password))
        return password_hash == f"#{password}"

    def verify_nobody(self, password):
        self.may_go_on.wait(5)
        self.calls.append(("nobody", password))


@pytest.fixture
def slow():
    return SlowHasher()


@pytest.fixture
def checks(slow):
    checks = PasswordChecks(slow)
    yield checks
    slow.may_go_on.set()
    checks.close()


def ask(checks, password="right", login="anna", stored="#right", *, trusted=True, address="a"):
    return checks.right(login, password, stored, trusted=trusted, address=address)


async def test_right_wrong_unknown(checks, slow):
    assert await ask(checks)
    assert not await ask(checks, "wrong")
    assert not await ask(checks, stored=None)
    assert slow.calls == [("verify", "right"), ("verify", "wrong"), ("nobody", "right")]


async def test_a_right_password_is_hashed_once(checks, slow):
    assert await ask(checks) and await ask(checks)
    assert len(slow.calls) == 1
    assert not await ask(checks, stored="#other")  # it was changed
    assert not await ask(checks, stored=None)  # the account was removed
    assert await ask(checks, trusted=False)  # it was disabled: no short cut
    assert len(slow.calls) == 4


async def test_a_wrong_password_is_hashed_each_time(checks, slow):
    for _ in range(3):
        assert not await ask(checks, "wrong")
        assert not await ask(checks, "wrong", "nobody", None)
    assert len(slow.calls) == 6


async def test_the_connections_of_one_client_share_a_check(checks, slow):
    slow.may_go_on.clear()
    asked = [asyncio.ensure_future(ask(checks)) for _ in range(5)]
    wrong = [asyncio.ensure_future(ask(checks, "wrong")) for _ in range(5)]
    unknown = [asyncio.ensure_future(ask(checks, "wrong", "x", None)) for _ in range(5)]
    await asyncio.sleep(0)
    asked[0].cancel()  # the one that began it goes away
    slow.may_go_on.set()
    results = await asyncio.gather(*asked, *wrong, *unknown, return_exceptions=True)
    assert results[1:] == [True] * 4 + [False] * 10
    assert len(slow.calls) == 3


async def test_the_queue_is_bounded_and_one_address_gets_half(checks, slow, monkeypatch):
    monkeypatch.setattr(password_checks, "WAITING_CHECKS", 6)
    monkeypatch.setattr(password_checks, "WAITING_PER_ADDRESS", 3)
    slow.may_go_on.clear()
    hostile = [asyncio.ensure_future(ask(checks, str(n))) for n in range(10)]
    await asyncio.sleep(0)
    assert [type(one.exception()) if one.done() else None for one in hostile[3:]] == [Busy] * 7
    anna = asyncio.ensure_future(ask(checks, address="b"))
    await asyncio.sleep(0)
    assert not anna.done()
    slow.may_go_on.set()
    assert await anna
    await asyncio.gather(*hostile[:3])
    assert await ask(checks, "right", address="a")  # the places are free again
    assert not checks._by_address and not checks._under_way


async def test_proofs_are_bounded_and_hold_no_password(checks, slow, monkeypatch):
    monkeypatch.setattr(password_checks, "PROOFS", 2)
    for login in ("a", "b", "a", "c", "a", "b"):
        assert await ask(checks, login=login)
    # b was the oldest when c came
    assert len(slow.calls) == 4
    assert not any(b"right" in proof for proof in checks._proven)


async def test_what_differs_only_in_where_it_is_cut_is_told_apart(checks):
    assert checks._proof("a", "bc", "") != checks._proof("ab", "c", "")
    assert checks._proof("a", "\ud800", None) != checks._proof("a", "", None)
