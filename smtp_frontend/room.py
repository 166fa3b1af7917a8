"""How many octets of mails may be in memory at once, over all connections.

Invariant: what a share took is given back once, and all shares together never exceed the limit.
"""

from __future__ import annotations


class Room:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0

    def share(self) -> Share:
        return Share(self)

    def fits(self, octets: int) -> bool:
        return self._taken + octets <= self._limit

    def take(self, octets: int) -> bool:
        """False, and nothing taken, where it does not fit."""
        if not self.fits(octets):
            return False
        self._taken += octets
        return True

    def give_back(self, octets: int) -> None:
        self._taken -= octets


class Share:
    """What one mail takes."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._held = 0

    def grow(self, octets: int) -> bool:
        if not self._room.take(octets):
            return False
        self._held += octets
        return True

    def release(self) -> None:
        self._room.give_back(self._held)
        self._held = 0
