"""When to knock at the provider's door, and when to leave it alone.

One per shared mailbox, in front of every connection it opens. Invariants:
- one attempt at a time, so that a wrong password is tried once and not once per lane;
- after a failure nobody knocks for a while, and for longer after each: who comes meanwhile gets the
  same reason at once;
- who comes when it is time again has it knocked, and waits a moment, not until an answer: what is
  opened later is kept for the next one;
- after a refused password the while is long, because providers lock accounts that insist; another
  password ends it;
- what is refused because there are connections of ours already says nothing about the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable

from proxyd.domain.errors import UpstreamLimited, UpstreamSignInRefused, UpstreamUnavailable
from proxyd.upstream.budget import Budget
from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.timings import Timings

DoorEvent = Callable[[str], None]


class SignInDoor:
    """``connect`` takes the password; ``now`` counts seconds; ``random`` is in 0…1."""

    def __init__(
        self,
        connect: Callable[[str], Awaitable[ImapConnection]],
        password: Callable[[], str],
        budget: Budget,
        timings: Timings,
        *,
        now: Callable[[], float],
        random: Callable[[], float],
        on_event: DoorEvent,
    ) -> None:
        self._connect = connect
        self._password = password
        self._budget = budget
        self._timings = timings
        self._now = now
        self._random = random
        self._on_event = on_event
        self._attempt: asyncio.Task[UpstreamUnavailable | None] | None = None
        self._began = 0.0  # the attempt
        self._inside: list[ImapConnection] = []  # all that were opened, until they are seen lost
        self._kept: ImapConnection | None = None  # opened for somebody who did not wait
        self._keeping: asyncio.TimerHandle | None = None
        self._failures = 0
        self._closed_until = 0.0
        self._failure: UpstreamUnavailable | None = None
        self._refused: bytes | None = None  # digest of the password that was refused
        self._came_up = asyncio.Event()

    @property
    def connections(self) -> int:
        """How many are open."""
        self._inside = [one for one in self._inside if not one.lost]
        return len(self._inside)

    def pause(self) -> float:
        """Seconds until an attempt is allowed."""
        if self._refused is not None and digest(self._password()) != self._refused:
            return 0.0
        return max(self._closed_until - self._now(), 0.0)

    async def enter(self) -> ImapConnection:
        """A new connection. Raises UpstreamUnavailable, UpstreamSignInRefused, UpstreamLimited."""
        while True:
            kept = self._take_kept()
            if kept is not None:
                return kept
            down = self._failure
            if down is not None and self.pause() > 0:
                raise again(down)
            if self._attempt is None:
                self._began = self._now()
                self._attempt = asyncio.get_running_loop().create_task(self._knock())
            attempt, patience = self._attempt, None
            if down is not None:
                patience = max(self._began + self._timings.knock - self._now(), 0.0)
            await asyncio.wait({attempt}, timeout=patience)
            if down is not None and not attempt.done():
                raise again(down)
            if attempt.cancelled():
                raise UpstreamUnavailable("closed")
            failure = attempt.result()
            if failure is not None:
                raise again(failure)

    def limited(self, reason: str, *, ended: bool) -> None:
        """A connection heard that the provider wants less."""
        if ended:
            self._budget.crowded(self.connections, reason)
        self._budget.slowed(reason)
        self._on_event("slowed")

    async def opened(self, seconds: float) -> None:
        """Until somebody gets in after a failure, or so many seconds."""
        self._came_up.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._came_up.wait(), seconds)

    async def close(self) -> None:
        """Give up what is under way."""
        attempt = self._attempt
        if attempt is not None:
            attempt.cancel()
            await asyncio.gather(attempt, return_exceptions=True)
        kept = self._take_kept()
        if kept is not None:
            kept.leave()

    # ------------------------------------------------------------------ one attempt

    async def _knock(self) -> UpstreamUnavailable | None:
        password = self._password()
        try:
            connection = await self._connect(password)
        except UpstreamUnavailable as failure:
            self._refused = None
            self._shut(failure, password)
            return failure
        finally:
            self._attempt = None
        self._let_in(connection)
        return None

    def _let_in(self, connection: ImapConnection) -> None:
        self._inside.append(connection)
        self._kept = connection
        self._keeping = asyncio.get_running_loop().call_later(self._timings.keep, self._leave_kept)
        self._failures = 0
        self._failure = self._refused = None
        self._closed_until = 0.0  # whoever asks how long it is closed is told that it is not
        self._budget.opened(self.connections)
        self._on_event("opened")
        self._came_up.set()

    def _shut(self, failure: UpstreamUnavailable, password: str) -> None:
        pause, event = self._backoff(), "failed"
        if isinstance(failure, UpstreamSignInRefused):
            self._refused = digest(password)
            pause, event = self._timings.refused, "refused"
        elif isinstance(failure, UpstreamLimited):
            self._budget.crowded(self.connections, failure.reason)
            event = "limited"
        self._failures += 1
        self._failure = failure
        self._closed_until = self._now() + pause
        self._on_event(event)

    def _backoff(self) -> float:
        """Doubling, and spread over all of it, so that a hundred mailboxes which lost the same
        provider in one instant don't come back in one.
        """
        doubled = self._timings.retry_first * 2.0 ** min(self._failures, 16)
        spread = min(doubled, self._timings.retry_most) * self._random()
        return max(spread, self._timings.retry_first / 2)

    # ------------------------------------------------------------------ what nobody waited for

    def _take_kept(self) -> ImapConnection | None:
        kept, self._kept = self._kept, None
        if self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None
        return kept if kept is not None and not kept.lost else None

    def _leave_kept(self) -> None:
        kept = self._take_kept()
        if kept is not None:
            kept.leave()
            self._on_event("closed")


def again(failure: UpstreamUnavailable) -> UpstreamUnavailable:
    """The same for somebody else: an exception belongs to whom it was raised for."""
    return type(failure)(failure.reason)


def digest(password: str) -> bytes:
    """Enough to see that it changed, without keeping it."""
    return hashlib.sha256(password.encode()).digest()
