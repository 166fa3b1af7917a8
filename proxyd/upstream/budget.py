"""How many connections a provider bears, and how much work, as far as it has told.

One per shared mailbox. Counts for all its connections together. Invariants:
- never fewer than one connection, never more than the setting allows;
- what was refused is tried again only after a pause, and after each refusal in a row a longer one;
- with one connection nobody listens: the watcher yields to those who work;
- each change is said once, in one sentence, to the log and to ``told``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from proxyd.upstream.timings import Timings

logger = logging.getLogger(__name__)


class Budget:
    """``most`` connections. ``now`` counts seconds. ``told`` hears "" when there is no limit."""

    def __init__(
        self, most: int, timings: Timings, *, now: Callable[[], float], told: Callable[[str], None]
    ) -> None:
        self._most = most
        self._timings = timings
        self._now = now
        self._told = told
        self._allowed = most
        self._refusals = 0  # in a row, of one connection more
        self._try_more_at = 0.0
        self._slowdowns = 0  # in a row
        self._slow_until = 0.0
        self._calm_at = 0.0  # a slowdown after this is the first of a row

    @property
    def connections(self) -> int:
        """So many there may be now."""
        more = self._allowed < self._most and self._now() >= self._try_more_at
        return self._allowed + more

    @property
    def workers(self) -> int:
        return max(1, self.connections - 1)

    @property
    def watches(self) -> bool:
        return self.connections > 1

    @property
    def pause(self) -> float:
        """Seconds without bulk work, and until what was put off may be tried again."""
        return max(self._slow_until - self._now(), 0.0)

    def opened(self, connections: int) -> None:
        """So many are open now: more than were allowed tells that the limit is gone."""
        if connections <= self._allowed:
            return
        self._allowed = connections
        self._refusals = 0
        # The next one is not tried in the same instant.
        self._try_more_at = self._now() + self._timings.crowded
        if self._allowed == self._most:
            logger.info("the provider gives us %d connections again", self._most)
            self._told("")

    def crowded(self, connections: int, reason: str) -> None:
        """One more than these ``connections`` was refused, or the last one was taken away."""
        before, self._allowed = self._allowed, min(max(1, connections), self._allowed)
        doubled = self._timings.crowded * 2.0 ** min(self._refusals, 16)
        self._refusals += 1
        self._try_more_at = self._now() + min(doubled, self._timings.crowded_most)
        if self._allowed != before:
            said = f"the provider gives us {self._allowed} of {self._most} connections: {reason}"
            logger.warning("%s", said)
            self._told(said)

    def slowed(self, reason: str) -> None:
        """The provider did less than it was asked, or said that it will."""
        now = self._now()
        if now < self._slow_until:
            return  # another answer from before the pause
        if now > self._calm_at:
            self._slowdowns = 0
        doubled = self._timings.slow * 2.0 ** min(self._slowdowns, 16)
        self._slowdowns += 1
        pause = min(doubled, self._timings.slow_most)
        self._slow_until = now + pause
        self._calm_at = self._slow_until + 2 * self._timings.slow_most
        if self._slowdowns == 1:
            logger.warning("the provider wants less work from us: %s", reason)
