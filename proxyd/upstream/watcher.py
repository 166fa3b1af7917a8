"""The one connection of a shared mailbox that only listens: IDLE, or NOOP where there is none.

Comes back by itself, for ever. Says ``changed`` at most once per turn of the event loop, however
much the server tells, and once each time the line comes up, because something may have happened
while it was down. Where the provider gives one connection only, it is for those who work: then
nobody listens, and ``changed`` is said every few seconds instead; so it is where the folder can't
be opened, where IDLE is refused or ends the connection, and between two lines that broke soon. The
line is down when nobody gets in, and not because one of them broke: a state that changes with each
attempt is none. Must never know what changed: that is asked over a lane.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from proxyd.domain.errors import (
    UpstreamError,
    UpstreamLimited,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxyd.imapwire.response import Count, Fetch, Response, Vanished
from proxyd.upstream.budget import Budget
from proxyd.upstream.door import SignInDoor
from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.timings import Timings

logger = logging.getLogger(__name__)

# Lines in a row that broke in the middle of IDLE, soon after they were opened: then IDLE is it.
MOST_IDLE_FALLS = 3
DEAF_POLLS = 12  # a minute: then IDLE is tried again


class Watcher:
    """``sleep`` and ``now`` are asyncio's, except in tests."""

    def __init__(
        self,
        door: SignInDoor,
        budget: Budget,
        folder: str,
        changed: Callable[[], None],
        line: Callable[[bool, str], None],
        timings: Timings,
        *,
        sleep: Callable[[float], Awaitable[object]],
        now: Callable[[], float],
    ) -> None:
        self._door = door
        self._budget = budget
        self._folder = folder
        self._changed = changed
        self._line = line
        self._timings = timings
        self._sleep = sleep
        self._now = now
        self._connection: ImapConnection | None = None
        self._said: tuple[bool, str] | None = None
        self._told = False
        self._falls = 0  # lines in a row that broke before they had settled
        self._idle_falls = 0  # those of them that broke in IDLE
        self._deaf = ""  # why IDLE is of no use
        self._polls = 0  # since it was tried last

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if not self._budget.watches:
                await self._poll(0.0)
                continue
            started = self._now()
            try:
                await self._once()
            except UpstreamLimited as failure:
                if self._door.pause() and not self._door.connections:  # else the others work on
                    self._say(up=False, reason=failure.reason)
                await self._poll(self._door.pause())
                continue
            except UpstreamRefused as refused:  # the line answers; it is the folder
                self._say(up=True, reason=f"{self._folder} is not opened: {refused.text}")
                self._falls += 1
                await self._poll(self._pause())
                continue
            except UpstreamError as failure:
                if not self._budget.watches:
                    continue  # it made way
                if self._connection is None:
                    self._say(up=False, reason=str(failure))
            except Exception:  # the boundary: a mailbox nobody listens to must not go unnoticed
                logger.exception("watching failed")
                self._say(up=False, reason="a mistake of ours, see the log")
            self._connection = None
            settled = self._now() - started >= self._timings.settled
            self._falls = 0 if settled else self._falls + 1
            if settled:
                self._idle_falls = 0
            await self._rest()

    def make_way(self) -> None:
        """Those who work need the connection: give it back where it may not be kept."""
        if self._connection is not None and not self._budget.watches:
            self._connection.leave()

    async def _once(self) -> None:
        """Connect and listen until the line breaks, which raises.

        ``_connection`` tells the caller whether it got in.
        """
        connection = self._connection = await self._door.enter()
        try:
            await connection.enter(self._folder)
            self._say(up=True, reason=self._deaf)
            self._changed()
            while True:
                await self._listen(connection)
        finally:
            connection.leave()

    async def _poll(self, seconds: float) -> None:
        """Instead of listening, for a while: it is asked every few seconds."""
        left = max(seconds, self._timings.poll)
        while left > 0:
            piece = min(left, self._timings.poll)
            await self._sleep(piece)
            self._changed()
            left -= piece

    async def _rest(self) -> None:
        """After a fall. Where nobody gets in, the first who does ends it."""
        closed_for, pause = self._door.pause(), self._pause()
        if closed_for:
            await self._door.opened(closed_for)
        elif pause > self._timings.poll:
            await self._poll(pause)
        else:
            await self._sleep(pause)

    async def _listen(self, connection: ImapConnection) -> None:
        """One stretch of IDLE, or one NOOP."""
        if not connection.can("IDLE") or (self._deaf and self._polls < DEAF_POLLS):
            self._polls += 1
            await self._sleep(self._timings.poll)
            await connection.listen(self._hear)
            return
        self._polls = 0
        started = self._now()
        loop = asyncio.get_running_loop()
        renewal = loop.call_later(self._timings.idle_renew, connection.release)
        try:
            await connection.idle(self._hear)
        except UpstreamRefused as refused:
            self._deafened(f"IDLE is refused: {refused.text}")
            return
        except UpstreamUnavailable as failure:
            self._idle_falls += 1
            if self._idle_falls >= MOST_IDLE_FALLS and self._budget.watches:
                self._deafened(f"IDLE breaks the connection: {failure.reason}")
            raise
        finally:
            renewal.cancel()
        if self._deaf:
            self._deafened("")  # it is of use again
        if self._now() - started < min(self._timings.poll, self._timings.idle_renew):
            # A server that ends IDLE at once, again and again, must not make us spin.
            await self._sleep(self._timings.poll)

    def _hear(self, response: Response) -> None:
        match response:
            case Count(name="EXISTS" | "EXPUNGE") | Fetch() | Vanished():
                if not self._told:
                    self._told = True
                    asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        self._told = False
        self._changed()

    def _deafened(self, reason: str) -> None:
        """From now on it is asked for a while, as where there is no IDLE; "" ends that."""
        self._deaf = reason
        self._say(up=True, reason=reason)

    def _say(self, *, up: bool, reason: str) -> None:
        before, self._said = self._said, (up, reason)
        # Down is down, in whatever words; what is said of a line that is up is another state.
        if before is None or before[0] is not up or (up and before[1] != reason):
            self._line(up, reason)

    def _pause(self) -> float:
        """After a line that broke although it could be opened."""
        doubled = self._timings.retry_first * 2.0 ** min(self._falls - 1, 16)
        return min(doubled, self._timings.retry_most) if self._falls else 0.0
