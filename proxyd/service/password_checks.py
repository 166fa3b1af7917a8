"""Passwords checked off the event loop, within bounds, in a fair order.

A hash takes a core for some 20 ms. So: few threads, a bounded queue in which each address has its
turn (domain/fair_queue.py), and one check where the connections of one client ask the same at the
same time. A password that was right is right as long as its hash is the same: the proof of it is
kept (a digest under a key as old as this process), because clients open four or five connections at
once and everybody comes back when a line was down.

Invariants: a wrong password always costs a full hash, for whatever login; an unknown login takes
the way a wrong password takes. Must never keep, log or show a password.
"""

from __future__ import annotations

import asyncio
import hmac
import os
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from proxyd.domain.errors import Busy
from proxyd.domain.fair_queue import FairQueue, Full
from proxyd.domain.ports.secrets import PasswordHasher
from proxyd.domain.sign_in_delays import PLACE_FREE

# One per core of a small machine; the loop needs to breathe as well.
THREADS = 2

# At 20 ms a check and two threads, the last one waits five seconds: clients wait ten or more.
WAITING_CHECKS = 500

# 32 octets each; more people than this behind one shared mailbox are unheard of.
PROOFS = 1024

# Whose check goes first: 0, whoever has signed in from there before; then by how much has failed
# from there, up to what makes a place wait (domain/sign_in_delays.py).
RANKS = 1 + PLACE_FREE + 1

T = TypeVar("T")


@dataclass(eq=False, slots=True)
class _Check:
    """``waiters``: how many connections wait for it; without any it need not begin."""

    call: Callable[[], bool]
    answer: asyncio.Future[bool]
    waiters: int = 0


class PasswordChecks:
    def __init__(self, hasher: PasswordHasher, *, threads: int = THREADS) -> None:
        self._hasher = hasher
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._key = os.urandom(32)
        self._proven: OrderedDict[bytes, None] = OrderedDict()
        self._under_way: dict[bytes, _Check] = {}
        self._queue: FairQueue[_Check] = FairQueue(WAITING_CHECKS, RANKS)
        self._running = 0

    def proven(self, login: str, password: str, password_hash: str | None) -> bool:
        """Was it right a while ago, in this process?"""
        proof = self._proof(login, password, password_hash)
        if proof not in self._proven:
            return False
        self._proven.move_to_end(proof)
        return True

    async def right(
        self, login: str, password: str, password_hash: str | None, *, place: str, rank: int
    ) -> bool:
        """Whether ``password`` belongs to ``password_hash`` (None: there is no such login).

        Takes the long way in any case. ``place``: what counts as one address; ``rank``: below
        RANKS. Raises Busy.
        """
        proof = self._proof(login, password, password_hash)
        check = self._under_way.get(proof) or self._begun(
            proof, password, password_hash, place, rank
        )
        check.waiters += 1
        try:
            # Several may wait for it: one that is cancelled must not take it from the others.
            if not await asyncio.shield(check.answer):
                return False
        finally:
            check.waiters -= 1
            if not check.waiters:
                self._queue.discard(check)
                self._no_longer(proof, check)
        self._proven[proof] = None
        if len(self._proven) > PROOFS:
            self._proven.popitem(last=False)
        return True

    async def hashed(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(password))

    def outdated(self, password_hash: str) -> bool:
        """Was it made with other parameters than new ones are?"""
        return self._hasher.outdated(password_hash)

    def tried(self, login: str, password: str) -> bytes:
        """Tells what somebody typed apart from anything else, and nothing about it."""
        return self._proof(login, password, None)

    def waiting(self) -> int:
        """How many checks have not begun."""
        return len(self._queue)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _proof(self, login: str, password: str, password_hash: str | None) -> bytes:
        parts = (login, password_hash or "", password)
        told_apart = b"".join(
            len(part).to_bytes(4, "big") + part.encode("utf-8", "surrogatepass") for part in parts
        )
        return hmac.digest(self._key, told_apart, "sha256")

    def _begun(
        self, proof: bytes, password: str, password_hash: str | None, place: str, rank: int
    ) -> _Check:
        def call() -> bool:
            if password_hash is None:
                self._hasher.verify_nobody(password)
                return False
            return self._hasher.verify(password, password_hash)

        check = _Check(call, asyncio.get_running_loop().create_future())
        try:
            goes = self._queue.put(check, place, rank)
        except Full:
            raise Busy("passwords") from None
        if goes is not None and not goes.answer.done():
            goes.answer.set_exception(Busy("passwords"))
        self._under_way[proof] = check
        check.answer.add_done_callback(lambda _: self._no_longer(proof, check))
        self._next()
        return check

    def _no_longer(self, proof: bytes, check: _Check) -> None:
        """Nobody may join it any more."""
        if self._under_way.get(proof) is check:
            del self._under_way[proof]

    def _next(self) -> None:
        """Begin as many checks as there are threads for."""
        while self._running < self._threads and (check := self._queue.take()) is not None:
            self._running += 1
            self._run(check.call).add_done_callback(partial(self._done, check))

    def _done(self, check: _Check, done: asyncio.Future[bool]) -> None:
        self._running -= 1
        if not check.answer.done():
            if done.cancelled():
                check.answer.cancel()
            elif (error := done.exception()) is not None:
                check.answer.set_exception(error)
            else:
                check.answer.set_result(done.result())
        self._next()

    def _run(self, call: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._pool, call)
