"""Who is connected: limits in all and per address, and the list that a shutdown walks through.

Invariant: what was admitted leaves exactly once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from proxyd.domain.seats import NoSeat, Seats


class Guest(Protocol):
    @property
    def settled(self) -> bool:
        """Signed in."""
        ...

    @property
    def begun(self) -> bool:
        """Its TLS handshake is over."""
        ...

    def end(self, reason: str) -> None: ...

    def drop(self) -> None:
        """Close at once, without a word."""
        ...


class Gate:
    def __init__(self, total: int, per_address: int, known: Callable[[str], bool]) -> None:
        self._seats = Seats[Guest](
            total,
            per_address,
            settled=lambda guest: guest.settled,
            begun=lambda guest: guest.begun,
            known=known,
        )
        self._open: set[Guest] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    def admit(self, guest: Guest, address: str) -> bool:
        """May drop somebody who has not signed in; see ``Seats.take``."""
        try:
            goes = self._seats.take(guest, address)
        except NoSeat:
            return False
        self._open.add(guest)
        self._empty.clear()
        if goes is not None:
            self._open.discard(goes)
            goes.drop()
        return True

    def leave(self, guest: Guest) -> None:
        self._seats.leave(guest)
        self._open.discard(guest)
        if not len(self._seats):
            self._empty.set()

    def end_all(self, reason: str) -> None:
        for guest in list(self._open):
            guest.end(reason)

    async def emptied(self, within_s: float) -> bool:
        """Wait until nobody is connected; False when somebody still is after that time."""
        try:
            await asyncio.wait_for(self._empty.wait(), within_s)
        except TimeoutError:
            return False
        return True
