"""Who is turned away at a door, for the operator: counted always, told in the log in moderation.

A storm of connections must not become a storm of lines: of each door and reason one line says at
once who was the first, and one a minute how many more there were and from where most of them came.
Whoever comes from many addresses can't fill the memory with them: ``ADDRESSES`` are told apart.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

_log = logging.getLogger(__name__)

LINE_EVERY_S = 60.0
ADDRESSES = 256  # of one door and reason, in that time

WHY = {
    "connections": "all places are taken by people who have signed in",
    "crowded": "not signed in, and others needed the place",
    "handshake": "the TLS handshake failed or took too long",
    "slow": "the request took too long",
    "nonsense": "the request is no HTTP, or too long",
    "descriptors": "no file descriptor is left for it (LimitNOFILE)",
}


@dataclass(slots=True)
class _Minute:
    more: int = 0
    addresses: Counter[str] = field(default_factory=Counter)

    def add(self, address: str) -> None:
        self.more += 1
        if address in self.addresses or len(self.addresses) < ADDRESSES:
            self.addresses[address] += 1


class TurnedAway:
    """``count`` by door and reason; ``later``: call this after so many seconds."""

    def __init__(
        self,
        count: Callable[[str, str], None],
        later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        self._count = count
        self._later = later
        self._minutes: dict[tuple[str, str], _Minute] = {}

    def at(self, door: str, reason: str, address: str) -> None:
        """``reason``: one of ``WHY``. ``address``: "" where it is not known."""
        self._count(door, reason)
        minute = self._minutes.get((door, reason))
        if minute is not None:
            minute.add(address)
            return
        _log.warning("%s: %s turned away: %s", door, address or "somebody", WHY.get(reason, reason))
        self._begin(door, reason)

    def _begin(self, door: str, reason: str) -> None:
        self._minutes[door, reason] = _Minute()
        self._later(LINE_EVERY_S, partial(self._end, door, reason))

    def _end(self, door: str, reason: str) -> None:
        minute = self._minutes.pop((door, reason))
        if not minute.more:
            return
        [(address, often)] = minute.addresses.most_common(1)
        most = f"{often} of them {address or 'from somewhere'}"
        facts = (door, minute.more, LINE_EVERY_S, most, WHY.get(reason, reason))
        _log.warning("%s: %d more turned away within %.0f s, %s: %s", *facts)
        self._begin(door, reason)
