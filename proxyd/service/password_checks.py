"""Passwords checked off the event loop, within bounds.

A hash takes a core for some 20 ms. So: few threads, a bounded queue of which one address can take
only half, and one check where the connections of one client ask the same at the same time. A
password that was right is right as long as its hash is the same: the proof of it is kept (a digest
under a key as old as this process), because clients open four or five connections at once and
everybody comes back when a line was down.

Invariants: a wrong password always costs a full hash, for whatever login; an unknown login takes
the way a wrong password takes. Must never keep, log or show a password.
"""

from __future__ import annotations

import asyncio
import hmac
import os
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from proxyd.domain.errors import Busy
from proxyd.domain.ports.secrets import PasswordHasher

# One per core of a small machine; the loop needs to breathe as well.
THREADS = 2

# At 20 ms a check and two threads, the last one waits two seconds: clients wait ten or more.
WAITING_CHECKS = 200
WAITING_PER_ADDRESS = WAITING_CHECKS // 2

# 32 octets each; more people than this behind one shared mailbox are unheard of.
PROOFS = 1024

T = TypeVar("T")


class PasswordChecks:
    def __init__(self, hasher: PasswordHasher, *, threads: int = THREADS) -> None:
        self._hasher = hasher
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._key = os.urandom(32)
        self._proven: OrderedDict[bytes, None] = OrderedDict()
        self._under_way: dict[bytes, asyncio.Future[bool]] = {}
        self._by_address: Counter[str] = Counter()

    async def right(
        self, login: str, password: str, password_hash: str | None, *, trusted: bool, address: str
    ) -> bool:
        """Whether ``password`` belongs to ``password_hash`` (None: there is no such login).

        ``trusted`` False takes the long way in any case. Raises Busy.
        """
        proof = self._proof(login, password, password_hash)
        if trusted and proof in self._proven:
            self._proven.move_to_end(proof)
            return True
        check = self._under_way.get(proof) or self._begun(proof, password, password_hash, address)
        # Several may wait for it: one that is cancelled must not take it away from the others.
        if not await asyncio.shield(check):
            return False
        self._proven[proof] = None
        if len(self._proven) > PROOFS:
            self._proven.popitem(last=False)
        return True

    async def hashed(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(password))

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _proof(self, login: str, password: str, password_hash: str | None) -> bytes:
        parts = (login, password_hash or "", password)
        told_apart = b"".join(
            len(part).to_bytes(4, "big") + part.encode("utf-8", "surrogatepass") for part in parts
        )
        return hmac.digest(self._key, told_apart, "sha256")

    def _begun(
        self, proof: bytes, password: str, password_hash: str | None, address: str
    ) -> asyncio.Future[bool]:
        if (
            len(self._under_way) >= WAITING_CHECKS
            or self._by_address[address] >= WAITING_PER_ADDRESS
        ):
            raise Busy("passwords")

        def check() -> bool:
            if password_hash is None:
                self._hasher.verify_nobody(password)
                return False
            return self._hasher.verify(password, password_hash)

        def done(_: asyncio.Future[bool]) -> None:
            del self._under_way[proof]
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

        future = self._run(check)
        self._under_way[proof] = future
        self._by_address[address] += 1
        future.add_done_callback(done)
        return future

    def _run(self, call: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._pool, call)
