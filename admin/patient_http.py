"""One HTTP connection with an end: uvicorn's, in a pool of its own and with a time limit.

uvicorn waits for ever for the first request, and answers 503 to everybody once it holds too many
connections. Here each one has ``LIFE_S`` for all it wants, whatever it sends or reads, and when the
pool is full the oldest makes room: who asks and reads is done long before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

# A probe is given up after 10 s by those who ask; a scrape takes a tenth of a second.
LIFE_S = 15.0
# Probes and one scraper; a descriptor each.
POOL = 16
# Of the request line and all headers. Prometheus sends 500 octets.
REQUEST_OCTETS = 8192

# Why ("crowded", "slow", "nonsense"), and the peer's address.
TurnedAway = Callable[[str, str], None]


def patient(life_s: float, pool: int, turned_away: TurnedAway) -> type[H11Protocol]:
    """The protocol of one server: a class, because that is what uvicorn is given."""

    class Patient(_Patient):
        life = life_s
        places = pool
        present: ClassVar[dict[_Patient, None]] = {}
        told = staticmethod(turned_away)

    return Patient


class _Patient(H11Protocol):
    life: float
    places: int
    present: ClassVar[dict[_Patient, None]]
    told: TurnedAway
    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.present) >= self.places:
            next(iter(self.present)).leave("crowded")
        self.present[self] = None
        self._end = self.loop.call_later(self.life, self.leave, "slow")

    def send_400_response(self, msg: str) -> None:
        self._tell("nonsense")  # what uvicorn says of each one, the settings of the log leave out
        super().send_400_response(msg)

    def leave(self, why: str) -> None:
        self._tell(why)
        self.present.pop(self, None)
        self.transport.abort()

    def _tell(self, why: str) -> None:
        self.told(why, self.client[0] if self.client else "")

    def connection_lost(self, exc: Exception | None) -> None:
        self.present.pop(self, None)
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(exc)
