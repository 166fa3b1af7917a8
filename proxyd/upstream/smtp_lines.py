"""Signed-in connections for sending, kept for a while: a sign-in costs five round trips.

Knows no mail. Invariants: at most LINES of one mailbox, in use and kept together; a line that was
left alone too long, or for which another password holds by now, carries nothing more; where the
provider wants fewer, whoever came too many waits for one of those that are there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from proxyd.upstream.smtp_line import SmtpLine
from proxyd.upstream.smtp_sign_in import Crowded
from proxyd.upstream.timings import Timings

LINES = 3  # at once; providers count connections here too, and a person sends one mail at a time
# After so many mails a connection is renewed: servers have limits here, and some count in silence.
MAILS = 100


class Lines:
    """``open_line`` is given the password that ``password`` tells."""

    def __init__(
        self,
        open_line: Callable[[str], Awaitable[SmtpLine]],
        password: Callable[[], str],
        timings: Timings,
    ) -> None:
        self._open_line = open_line
        self._password = password
        self._timings = timings
        self._turns = asyncio.Semaphore(LINES)
        self._busy = 0
        self._kept: dict[SmtpLine, tuple[str, asyncio.TimerHandle]] = {}
        self._signed_in_with: dict[SmtpLine, str] = {}

    async def take(self, *, kept: bool = True) -> SmtpLine:
        """To be given back. ``kept``: one that has carried mails will do.

        Raises RelayUnavailable.
        """
        while True:
            await self._turns.acquire()
            self._busy += 1
            try:
                line = self._one_kept(self._password()) if kept else None
                return line or await self._opened()
            except Crowded:
                self._busy -= 1
                if not self._busy:
                    self._turns.release()
                    raise
                # The turn is not given back for now: so there are fewer lines.
                loop = asyncio.get_running_loop()
                loop.call_later(self._timings.crowded, self._turns.release)
            except BaseException:
                self._busy -= 1
                self._turns.release()
                raise
            kept = True  # whichever is given back: there will be no other

    def give_back(self, line: SmtpLine) -> None:
        """Keeps it where it can carry one more mail."""
        self._busy -= 1
        self._turns.release()
        password = self._signed_in_with.pop(line)
        if not line.usable:
            line.abort()
        elif line.mails >= MAILS:
            line.leave()
        else:
            loop = asyncio.get_running_loop()
            timer = loop.call_later(self._timings.smtp_keep, self._expire, line)
            self._kept[line] = password, timer

    def leave(self) -> None:
        """Say goodbye on all that are kept."""
        for line in list(self._kept):
            self._expire(line)

    def _one_kept(self, password: str) -> SmtpLine | None:
        """The one used last: so the others grow old, and fewer are open in quiet hours."""
        while self._kept:
            line, (signed_in_with, timer) = self._kept.popitem()
            timer.cancel()
            if line.usable and signed_in_with == password:
                self._signed_in_with[line] = password
                return line
            line.leave()
        return None

    async def _opened(self) -> SmtpLine:
        password = self._password()
        line = await self._open_line(password)
        self._signed_in_with[line] = password
        return line

    def _expire(self, line: SmtpLine) -> None:
        _, timer = self._kept.pop(line)
        timer.cancel()
        line.leave()
