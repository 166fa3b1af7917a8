"""Reading many things of a provider that can't tell one of them: around it, in few tries.

Knows neither mails nor commands: there are keys, a question about several of them, and a control
question about one. Invariants:
- what can be told is told, whatever the rest does to the answer;
- the number of questions grows with the logarithm of the number of keys, for each bad one, and has
  a bound;
- a key is only called bad when the provider answers something else meanwhile: a provider that is
  down has no bad mail.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from proxyd.domain.errors import (
    UidValidityChanged,
    UpstreamError,
    UpstreamFolderMissing,
    UpstreamFolderRefused,
    UpstreamLimited,
    UpstreamNoRoom,
    UpstreamRefused,
    UpstreamSignInRefused,
)
from proxyd.upstream.limits import LIMIT_CODES

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

# For one of 500 some 20 are needed. Where they don't suffice there is more than a bad mail in the
# way, and what is left over is looked at again later.
MOST_TRIES = 64
# Of which not even the control question is answered, before anything was: it is not about them.
MOST_SUSPECTS = 2
# Where none at all is told, more than this one may be the folder's trouble: some others are asked
# for, from all over the folder, before that is believed.
MOST_BAD = 1
PROBES = 5

# These are about the folder, the account or this machine, and not about one mail.
_ABOUT_ALL = (
    UidValidityChanged,
    UpstreamFolderMissing,
    UpstreamFolderRefused,
    UpstreamLimited,
    UpstreamNoRoom,
    UpstreamSignInRefused,
)
UNREADABLE = "its answer can't be read"


@dataclass(frozen=True, slots=True)
class PartialAnswer(Generic[K, R]):
    """One answer. ``doubtful``: what it leaves open. What is in neither is gone."""

    rows: Mapping[K, R]
    doubtful: Sequence[K] = ()
    failure: UpstreamError | None = None  # it broke off behind the rows


@dataclass(slots=True)
class Found(Generic[K, R]):
    """``bad``: why the provider does not tell of it. What is in neither is gone."""

    rows: dict[K, R] = field(default_factory=dict)
    bad: dict[K, str] = field(default_factory=dict)


Ask = Callable[[Sequence[K]], Awaitable[PartialAnswer[K, R]]]
There = Callable[[K], Awaitable[bool]]  # is it there at all? Raises UpstreamError


class Around(Generic[K, R]):
    """One reading."""

    def __init__(self, ask: Ask[K, R], there: There[K]) -> None:
        self._ask = ask
        self._there = there
        self._found: Found[K, R] = Found()
        self._waiting: deque[Sequence[K]] = deque()
        self._suspects: dict[K, UpstreamError | None] = {}  # even the control question failed
        self._tries = 0

    async def read(self, keys: Sequence[K]) -> Found[K, R]:
        """Raises UpstreamError where it is the folder or the provider that can't be read."""
        if keys:
            self._waiting.append(keys)
        while self._waiting:
            await self._step(self._waiting.popleft())
        if self._suspects:
            await self._judge_suspects()
        return self._found

    async def _step(self, part: Sequence[K]) -> None:
        told = await self._asked(part)
        self._tries += 1
        self._found.rows.update(told.rows)
        rest = told.doubtful
        if told.failure is not None:
            rest = [key for key in part if key not in told.rows]
        if not rest:
            return
        if len(part) == 1:
            await self._judge(part[0], told.failure)
        elif self._tries >= MOST_TRIES:
            self._give_up(rest, told.failure)
        elif told.rows and told.failure is not None:
            # Told in order: it stumbles over the first that it did not tell. The others first.
            self._look_at(rest[1:], rest[:1])
        elif len(rest) < len(part) and len(rest) == 1:
            self._look_at(rest)
        else:
            half = (len(rest) + 1) // 2
            self._look_at(rest[:half], rest[half:])

    def _look_at(self, *parts: Sequence[K]) -> None:
        self._waiting.extendleft(part for part in reversed(parts) if part)

    async def _asked(self, part: Sequence[K]) -> PartialAnswer[K, R]:
        try:
            return await self._ask(part)
        except UpstreamError as failure:
            if is_about_all(failure):
                raise
            return PartialAnswer({}, failure=failure)

    async def _judge(self, key: K, failure: UpstreamError | None) -> None:
        """Alone it can't be told: is it bad, or gone, or is it not about this one at all?"""
        try:
            if await self._there(key):
                self._found.bad[key] = reason_of(failure)
                if not self._found.rows and len(self._found.bad) > MOST_BAD:
                    await self._probe(failure or UpstreamRefused(UNREADABLE))
        except UpstreamError as error:
            if is_about_all(error) or error is failure:
                raise
            self._suspects[key] = failure or error
            if self._found.rows or self._found.bad:
                return
            if not isinstance(error, UpstreamRefused):
                raise failure or error from error  # nothing was answered yet, of any
            if len(self._suspects) > MOST_SUSPECTS:
                await self._probe(failure or error)

    async def _probe(self, failure: UpstreamError) -> None:
        """Is there one that can be told? Raises ``failure`` where none is found."""
        left = [key for part in self._waiting for key in part]
        stride = max(1, len(left) // (3 * PROBES))
        refused = 0
        for key in left[::-stride]:  # the last one first: trouble tends to lie together
            told = await self._asked([key])
            self._tries += 1
            if told.rows:
                self._found.rows.update(told.rows)
                return
            refused += told.failure is not None or bool(told.doubtful)  # else it is gone
            if refused == PROBES:
                break
        raise failure

    async def _judge_suspects(self) -> None:
        """Where another one can be asked about, they are bad."""
        well = next(iter({**self._found.rows, **self._found.bad}), None)
        failure = next(iter(self._suspects.values()))
        if well is None:
            raise failure or UpstreamRefused(UNREADABLE)
        await self._there(well)
        self._found.bad |= {key: reason_of(why) for key, why in self._suspects.items()}

    def _give_up(self, rest: Sequence[K], failure: UpstreamError | None) -> None:
        if not self._found.rows and not self._found.bad:
            raise failure or UpstreamRefused(UNREADABLE)
        self._found.bad |= dict.fromkeys(rest, reason_of(failure))


def is_about_all(error: UpstreamError) -> bool:
    """Rather than about one of those that were asked for."""
    if isinstance(error, UpstreamRefused) and error.code in LIMIT_CODES:
        return True
    return isinstance(error, _ABOUT_ALL)


def reason_of(failure: UpstreamError | None) -> str:
    """In words for the log."""
    if failure is None:
        return UNREADABLE
    return (failure.text if isinstance(failure, UpstreamRefused) else str(failure)) or UNREADABLE
