"""Is there room to write? What a full disk means is said by health, log and metrics alike.

Looked at in two ways, because each misses something: a real write to the database (a log that is
re-used takes no room, an empty transaction writes nothing), and the free space of the file systems
that mail passes through. Invariants: one log line when it begins and one when it is over; nothing
is remembered that the next look does not find again, so that room heals everything.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from proxyd.domain.errors import ProxydError
from proxyd.domain.types import Clock

_log = logging.getLogger(__name__)

# Below this the next mail that is spooled, or the next growth of the database, may find none.
LEAST_FREE_OCTETS = 4 * 1024 * 1024
LOOK_S = 10.0


class DiskWatch:
    """``touch`` writes to the database and raises ProxydError; ``places``: what for → directory."""

    def __init__(
        self, touch: Callable[[], Awaitable[None]], places: Mapping[str, Path], clock: Clock
    ) -> None:
        self._touch = touch
        self._places = places
        self._clock = clock
        self._full: list[str] = []
        self._since_us = 0

    @property
    def troubles(self) -> list[str]:
        """As it was last seen."""
        return self._full

    async def look(self) -> list[str]:
        """Reasons why nothing can be written, in plain words; empty = well."""
        reasons = [reason for what, place in self._places.items() if (reason := _room(what, place))]
        try:
            await self._touch()
        except ProxydError as error:  # not to be written, or too busy
            reasons.insert(0, str(error) or type(error).__name__)
        self._say(list(dict.fromkeys(reasons)))
        return self._full

    def _say(self, reasons: list[str]) -> None:
        if reasons and not self._full:
            self._since_us = self._clock()
            _log.error("nothing can be written, and so nobody is served: %s", "; ".join(reasons))
        elif self._full and not reasons:
            seconds = (self._clock() - self._since_us) // 1_000_000
            _log.info("there is room to write again, after %d s", seconds)
        self._full = reasons


def _room(what: str, place: Path) -> str:
    """ "" where there is enough."""
    try:
        found = os.statvfs(place)
    except OSError as error:
        return f"{what} in {place} can't be looked at: {error.strerror}"
    if found.f_blocks and found.f_bavail * found.f_frsize < LEAST_FREE_OCTETS:
        return f"the disk is full: make room on the file system of {place} ({what})"
    return ""
