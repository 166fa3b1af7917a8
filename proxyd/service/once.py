"""What is asked twice under one key is done once, whatever dies in between.

The key is written in the very transaction that makes the change (``OnceStore``): either both are
there or neither. The answer follows in a second one, before it is sent, sealed under the master
key, as it may have a secret in it. Where we die between the two, nothing is done again, and who
asks again is told that the answer is lost.

Must never keep an answer for longer than KEPT_US, nor show one to another token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from proxyd.domain.errors import AnswerLost, AskedOtherwise, StillAsked
from proxyd.domain.ports.api_answers import Asked
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.secrets import Sealer
from proxyd.domain.types import Clock

T = TypeVar("T")

KEPT_US: Final = 86_400_000_000


class OnceStore:
    """A database for one request: its first change is made where the key is new, or not at all."""

    def __init__(self, store: Database, asked: Asked, clock: Clock) -> None:
        self._store = store
        self._asked = asked
        self._clock = clock
        self._begun = False

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Raises StillAsked where another process is faster."""
        if self._begun:
            return await self._store.write(work)
        since_us = self._clock() - KEPT_US

        def once(tx: Transaction) -> T:
            if not tx.api_answers.begin(self._asked, since_us):
                raise StillAsked
            return work(tx)

        done = await self._store.write(once)
        self._begun = True
        return done

    async def read(self, work: Callable[[Transaction], T]) -> T:
        return await self._store.read(work)

    async def changed_by_others(self) -> bool:
        return await self._store.changed_by_others()


class Once:
    def __init__(self, store: Database, sealer: Sealer, clock: Clock) -> None:
        self._store = store
        self._sealer = sealer
        self._clock = clock
        self._now: set[tuple[int, str]] = set()  # being carried out by this process

    async def known(self, asked: Asked) -> str | None:
        """What was answered, or None: then ``store`` is for carrying it out, and ``end`` is called
        whatever comes of it. Raises AskedOtherwise, StillAsked, AnswerLost.
        """
        if (asked.token, asked.key) in self._now:
            raise StillAsked
        self._now.add((asked.token, asked.key))
        try:
            answer = await self._answer(asked)
        except BaseException:
            self.end(asked)
            raise
        if answer is not None:
            self.end(asked)
        return answer

    async def _answer(self, asked: Asked) -> str | None:
        since_us = self._clock() - KEPT_US
        found = await self._store.read(
            lambda tx: tx.api_answers.find(asked.token, asked.key, since_us)
        )
        if found is None:
            return None
        if found.digest != asked.digest:
            raise AskedOtherwise
        if found.sealed is None:
            raise AnswerLost
        try:
            return self._sealer.open(found.sealed, _context(asked.token, asked.key))
        except ValueError:  # under another master key
            raise AnswerLost from None

    def store(self, asked: Asked) -> OnceStore:
        return OnceStore(self._store, asked, self._clock)

    async def keep(self, asked: Asked, answer: str) -> None:
        """Before it is sent. What is too old goes."""
        sealed = self._sealer.seal(answer, _context(asked.token, asked.key))
        before_us = self._clock() - KEPT_US

        def work(tx: Transaction) -> None:
            tx.api_answers.forget(before_us)
            tx.api_answers.answered(asked, sealed)

        await self._store.write(work)

    def end(self, asked: Asked) -> None:
        self._now.discard((asked.token, asked.key))


def reseal_answers(tx: Transaction, before: Sealer, after: Sealer) -> None:
    """Under another master key. Raises ValueError for one that ``before`` does not open."""
    for token, key, sealed in tx.api_answers.all():
        context = _context(token, key)
        answer = before.open(sealed, context)
        tx.api_answers.answered(Asked(token, key, b""), after.seal(answer, context))


def _context(token: int, key: str) -> str:
    """Sealed for this token and key: in another row it does not open."""
    return f"answer to {key} of API token {token}"
