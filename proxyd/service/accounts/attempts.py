"""One attempt to sign in: when it is looked at, and whether what was typed is right.

Must never know what a stranger may not learn from the time it takes: what there is behind a login
changes nothing of the way, until the password is right.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from proxyd.domain.errors import Busy
from proxyd.domain.seats import seat_key
from proxyd.domain.sign_in_delays import SignInDelays
from proxyd.domain.user_name import SigningIn
from proxyd.service.password_checks import RANKS, PasswordChecks

# They cost a timer and a connection each, which the door bounds too.
WAITING_ATTEMPTS = 2000


class Attempts:
    def __init__(
        self,
        checks: PasswordChecks,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``clock``: seconds, forward only."""
        self._checks = checks
        self._clock = clock
        self._sleep = sleep
        self._delays = SignInDelays()
        self._waiting = 0
        self._begun: Counter[str] = Counter()  # by place; no place is kept without an attempt

    async def right(
        self, typed: SigningIn, password_hash: str | None, *, trusted: bool, address: str
    ) -> str | None:
        """Which of the passwords that may be meant is right; None: none is.

        ``password_hash``: None where there is no such login. ``trusted``: whoever has the right
        password comes in there, so what was right a while ago need not be checked. Raises Busy.
        """
        if trusted:
            for meant in typed.passwords:
                if self._checks.proven(typed.login, meant, password_hash):
                    return meant
        place = seat_key(address)
        await self._turn(typed.login, place)
        rank = self._rank(typed.login, place)
        self._begun[place] += 1
        try:
            for meant in typed.passwords:
                if await self._checks.right(
                    typed.login, meant, password_hash, place=place, rank=rank
                ):
                    return meant
            return None
        finally:
            self._begun[place] -= 1
            if not self._begun[place]:
                del self._begun[place]

    def failed(self, typed: SigningIn, address: str) -> None:
        """Nobody came in by it, for whatever reason."""
        tried = self._checks.tried(typed.login, "\n".join(typed.passwords))
        self._delays.failed(typed.login, seat_key(address), tried, self._clock())

    def succeeded(self, typed: SigningIn, address: str) -> None:
        self._delays.succeeded(typed.login, seat_key(address))

    def knows(self, address: str) -> bool:
        """Has somebody signed in from there who has not failed too often since?"""
        return self._delays.is_known_place(seat_key(address))

    def waiting(self) -> int:
        """How many wait because others failed before them."""
        return self._waiting

    async def _turn(self, login: str, place: str) -> None:
        pause = self._delays.turn(login, place, self._clock())
        if pause is None or (pause and self._waiting >= WAITING_ATTEMPTS):
            raise Busy("passwords")
        if not pause:
            return
        self._waiting += 1
        try:
            await self._sleep(pause)
        finally:
            self._waiting -= 1

    def _rank(self, login: str, place: str) -> int:
        """What is not answered yet counts as if it had failed: a thousand in one instant are one
        newcomer and 999 others.
        """
        if self._delays.is_known(login, place):
            return 0
        failed = int(self._delays.failures(place, self._clock())) + self._begun.get(place, 0)
        return min(1 + failed, RANKS - 1)
