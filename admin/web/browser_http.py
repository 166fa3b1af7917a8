"""One connection of a browser: a time for the request, a longer one for the answer, and its place.

uvicorn has no limit for receiving a request. Here one that is not whole after ``REQUEST_S`` is cut,
whatever it dribbles; the answer may take as long as a password waits for its turn. In a full pool
the oldest that has not asked yet makes room, so that silent ones keep nobody out. What listens to
events stays, in a pool of its own: whoever floods the one drives nobody out of the other.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import ClassVar, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

from admin.patient_http import TurnedAway
from admin.web.event_stream import STAY

REQUEST_S: Final = 10.0
# The longest pause of a sign-in is 30 s (docs/decisions/052-sign-ins-under-a-flood.md).
ANSWER_S: Final = 60.0
POOL: Final = 256
# A browser opens six; an office behind one address has many.
PER_ADDRESS: Final = 64
BACKLOG: Final = 512
# Open overviews; of them the oldest makes room, and its page asks again.
STREAMS: Final = 256


def browser_protocol(
    turned_away: TurnedAway,
    *,
    request_s: float = REQUEST_S,
    answer_s: float = ANSWER_S,
    pool: int = POOL,
    per_address: int = PER_ADDRESS,
    streams: int = STREAMS,
    for_many: Callable[[str], bool] = lambda _address: False,
) -> type[H11Protocol]:
    """The protocol of one server: a class, because that is what uvicorn is given. ``for_many``: is
    it a web server that asks for everybody? For such a one the pool alone is the limit.
    """

    class Browsing(_Browsing):
        times = (request_s, answer_s)
        places = (pool, per_address)
        present: ClassVar[dict[_Browsing, None]] = {}
        addresses: ClassVar[Counter[str]] = Counter()
        staying: ClassVar[dict[_Browsing, None]] = {}
        most_streams = streams
        told = staticmethod(turned_away)
        asks_for_many = staticmethod(for_many)

    return Browsing


class _Browsing(H11Protocol):
    times: tuple[float, float]
    places: tuple[int, int]
    present: ClassVar[dict[_Browsing, None]]
    addresses: ClassVar[Counter[str]]
    staying: ClassVar[dict[_Browsing, None]]
    most_streams: int
    told: TurnedAway
    asks_for_many: Callable[[str], bool]
    _end: asyncio.TimerHandle | None = None
    _address = ""
    heard = False  # anything at all
    asking = False  # the request is whole

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        pool, per_address = self.places
        many = self.addresses[self._address] >= per_address
        if many and not self.asks_for_many(self._address):
            self._make_room(self._address)
        elif len(self.present) >= pool:
            self._make_room(None)
        self.present[self] = None
        self.addresses[self._address] += 1
        self._end = self.loop.call_later(self.times[0], self.leave, "slow")

    def _make_room(self, address: str | None) -> None:
        """By who has not asked yet; where all have, by the oldest."""
        there = [one for one in self.present if address in (None, one._address)]
        silent = (one for one in there if not one.asking)
        next(silent, there[0]).leave("crowded")

    def data_received(self, data: bytes) -> None:
        self.heard = True
        super().data_received(data)

    def handle_events(self) -> None:
        super().handle_events()
        if self.cycle is not None:  # its task runs when we are done here
            self.cycle.scope.setdefault("extensions", {STAY: {"call": self.stay}})
        if self.cycle is not None and not self.cycle.more_body and not self.asking:
            self.asking = True
            if self._end is not None:
                self._end.cancel()
                self._end = self.loop.call_later(self.times[1], self.leave, "slow")

    def stay(self) -> None:
        """The answer has no end of its own."""
        if self._end is not None:
            self._end.cancel()
        self._forget()
        if len(self.staying) >= self.most_streams:
            next(iter(self.staying)).leave("crowded")
        self.staying[self] = None

    def send_400_response(self, msg: str) -> None:
        self.told("nonsense", self._address)
        if self.cycle is not None:
            # A body that can't be read: whoever waits for the rest of it answers nobody any more.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        super().send_400_response(msg)

    def leave(self, why: str) -> None:
        if self.heard or why != "slow":  # browsers open some before they know what to ask
            self.told(why, self._address)
        self._forget()
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(exc)

    def _forget(self) -> None:
        self.staying.pop(self, None)
        if self in self.present:
            del self.present[self]
            self.addresses[self._address] -= 1
            if not self.addresses[self._address]:
                del self.addresses[self._address]
