"""When to knock at the provider's door, and when to leave it alone.

One per shared mailbox, in front of every connection it opens. Invariants:
- one attempt at a time, so that a wrong password is tried once and not once per lane;
- after a failure nobody knocks for a while: who comes meanwhile gets the same reason at once;
- after a refused password the while is long, because providers lock accounts that insist; another
  password ends it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

from proxyd.domain.errors import UpstreamSignInRefused, UpstreamUnavailable
from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.timings import Timings

Event = Callable[[str], None]


class Door:
    """``connect`` takes the password; ``now`` counts seconds; ``random`` is in 0…1."""

    def __init__(
        self,
        connect: Callable[[str], Awaitable[ImapConnection]],
        password: Callable[[], str],
        timings: Timings,
        *,
        now: Callable[[], float],
        random: Callable[[], float],
        on_event: Event,
    ) -> None:
        self._connect = connect
        self._password = password
        self._timings = timings
        self._now = now
        self._random = random
        self._on_event = on_event
        self._one_at_a_time = asyncio.Lock()
        self._failures = 0
        self._closed_until = 0.0
        self._failure: UpstreamUnavailable | None = None
        self._refused: bytes | None = None  # digest of the password that was refused

    def pause(self) -> float:
        """Seconds until an attempt is allowed."""
        if self._refused is not None and digest(self._password()) != self._refused:
            return 0.0
        return max(self._closed_until - self._now(), 0.0)

    async def enter(self) -> ImapConnection:
        """A new connection. Raises UpstreamUnavailable, UpstreamSignInRefused."""
        async with self._one_at_a_time:
            if self._failure is not None and self.pause() > 0:
                raise type(self._failure)(self._failure.reason)
            password = self._password()
            try:
                connection = await self._connect(password)
            except UpstreamSignInRefused as failure:
                self._refused = digest(password)
                self._shut(failure, self._timings.refused)
                raise
            except UpstreamUnavailable as failure:
                self._refused = None
                self._shut(failure, self._backoff())
                raise
            self._failures = 0
            self._failure = self._refused = None
            self._on_event("opened")
            return connection

    def _shut(self, failure: UpstreamUnavailable, pause: float) -> None:
        self._failures += 1
        self._failure = failure
        self._closed_until = self._now() + pause
        self._on_event("refused" if self._refused is not None else "failed")

    def _backoff(self) -> float:
        """Doubling, and spread, so that a hundred mailboxes don't come back in one instant."""
        doubled = self._timings.retry_first * 2.0 ** min(self._failures, 16)
        return min(doubled, self._timings.retry_most) * (0.5 + self._random() / 2)


def digest(password: str) -> bytes:
    """Enough to see that it changed, without keeping it."""
    return hashlib.sha256(password.encode()).digest()
