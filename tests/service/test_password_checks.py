"""Bounded, shared and fair (service.password_checks.py)."""

from __future__ import annotations

import asyncio
import threading

import pytest

from proxyd.domain.errors import Busy
from proxyd.service import password_checks
from proxyd.service.password_checks import RANKS, PasswordChecks
from tests.patience import turns


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

    def outdated(self, password_hash):
        return False


@pytest.fixture
def slow():
    return SlowHasher()


@pytest.fixture
def checks(slow):
    checks = PasswordChecks(slow)
    yield checks
    slow.may_go_on.set()
    checks.close()


async def ask(checks, password="right", login="anna", stored="#right", *, place="a", rank=1):
    if checks.proven(login, password, stored):
        return True
    return await checks.right(login, password, stored, place=place, rank=rank)


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
    assert await checks.right("anna", "right", "#right", place="a", rank=1)  # no short cut
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


@pytest.fixture
def small(slow, monkeypatch):
    """One thread, and six may wait."""
    monkeypatch.setattr(password_checks, "WAITING_CHECKS", 6)
    checks = PasswordChecks(slow, threads=1)
    yield checks
    slow.may_go_on.set()
    checks.close()


async def test_the_queue_is_bounded_and_who_brings_little_comes_in(small, slow):
    slow.may_go_on.clear()
    hostile = [asyncio.ensure_future(ask(small, str(n))) for n in range(10)]
    await turns()
    # One is looked at, six wait: who has the longest queue is not helped.
    assert [type(one.exception()) if one.done() else None for one in hostile[7:]] == [Busy] * 3
    anna = asyncio.ensure_future(ask(small, place="b"))
    await turns()
    assert not anna.done()
    assert isinstance(hostile[6].exception(), Busy)  # the newest of them made room
    slow.may_go_on.set()
    assert await anna
    await asyncio.gather(*hostile[:6])
    assert [one for _, one in slow.calls][:3] == ["0", "1", "right"]  # in turns
    assert await ask(small, "right", place="a")  # the places are free again
    assert not small.waiting() and not small._under_way


async def test_who_is_known_goes_first_and_who_failed_most_last(small, slow):
    slow.may_go_on.clear()
    begun = asyncio.ensure_future(ask(small, "first"))
    await turns()
    waiting = [
        asyncio.ensure_future(ask(small, str(rank), place=f"p{rank}", rank=rank))
        for rank in (RANKS - 1, 1, 0)
    ]
    await turns()
    slow.may_go_on.set()
    await asyncio.gather(begun, *waiting)
    assert [one for _, one in slow.calls] == ["first", "0", "1", str(RANKS - 1)]


async def test_who_hangs_up_leaves_the_queue(small, slow):
    slow.may_go_on.clear()
    begun = asyncio.ensure_future(ask(small, "begun"))
    await turns()
    gone = [asyncio.ensure_future(ask(small, str(n))) for n in range(5)]
    stays = asyncio.ensure_future(ask(small, "stays"))
    await turns()
    assert small.waiting() == 6
    for one in gone:
        one.cancel()
    await turns()
    assert small.waiting() == 1
    slow.may_go_on.set()
    assert await asyncio.gather(begun, stays) == [False, False]
    assert [one for _, one in slow.calls] == ["begun", "stays"]


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
