"""Who begins, where beginning is dear: a TLS handshake costs the loop that serves everybody a
millisecond or two.

Who comes from where people sign in begins at once. Strangers begin one in each turn of the loop,
place by place: whoever works is served between any two of them, and a thousand from one address
hold up one from another by one. Pure: it is told how to be called in the next turn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from proxyd.domain.fair_queue import FairQueue
from proxyd.domain.seats import seat_key

# Who waits here has a seat at the door (seats.py), or has just lost it: they are the bound.
_NO_LIMIT: Final = 1_000_000_000

Begin = Callable[[], None]


class OneATurn:
    def __init__(
        self, soon: Callable[[Callable[[], None]], object], known: Callable[[str], bool]
    ) -> None:
        """``soon``: calls what it is given in the loop's next turn. ``known``: do people sign in
        from there (a ``seat_key``)?
        """
        self._soon = soon
        self._known = known
        self._queue: FairQueue[Begin] = FairQueue(_NO_LIMIT, 1)
        self._called = False

    def __len__(self) -> int:
        return len(self._queue)

    def wait(self, begin: Begin, address: str) -> None:
        """``begin`` is called, now or when it has its turn."""
        place = seat_key(address)
        if self._known(place):
            begin()
            return
        self._queue.put(begin, place, 0)
        self._call()

    def leave(self, begin: Begin) -> None:
        """It is not called any more."""
        self._queue.discard(begin)

    def _call(self) -> None:
        if not self._called and len(self._queue):
            self._called = True
            self._soon(self._next)

    def _next(self) -> None:
        self._called = False
        begin = self._queue.take()
        self._call()
        if begin is not None:
            begin()
