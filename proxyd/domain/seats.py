"""Who may stay at a door: limits in all and per address, from the moment of accepting.

Where there is no place left, somebody who has not signed in makes room: one of the address that has
the most of them waiting, so that a storm from one address keeps no other out; where people sign in
a few more may wait, so that many strangers with one each keep them out neither; there one whose
handshake is not over, before those who took that trouble; of these who has waited longest. Who has
signed in is never turned out for a stranger. Pure. Invariant: who took a seat leaves it once, and
no address and not all together have more than their limit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Generic, TypeVar

from proxyd.domain.crowds import Crowds

T = TypeVar("T")

# Accepted in one turn of the loop: a storm is over sooner, and those who work wait for some
# milliseconds at most.
AT_ONCE = 16
# Who makes room leaves a turn later. There are descriptors for a thirtieth more than have a seat
# (app/descriptors.py keeps two for a mail client).
_SPARE = 32

# So many fewer seem to wait where people sign in: two mail clients that begin at once. A twentieth
# of a door's places or less, so that a storm from there is a storm too.
KNOWN_FEW = 10

# An IPv6 customer has a network of this length for himself (RFC 6177), not one address.
V6_NETWORK_BITS = 64


class NoSeat(Exception):
    """All are taken by people who have signed in."""


class Seats(Generic[T]):
    def __init__(
        self,
        total: int,
        per_address: int,
        *,
        settled: Callable[[T], bool],
        begun: Callable[[T], bool],
        known: Callable[[str], bool] = lambda _address: False,
    ) -> None:
        """``settled``: has this one signed in? Once true it stays true. ``begun``: is its handshake
        over? ``known``: do people sign in from there (a ``seat_key``)?
        """
        self._total = total
        self._per_address = per_address
        self._settled = settled
        self._begun = begun
        self._known = known
        self._address: dict[T, str] = {}
        self._count: defaultdict[str, int] = defaultdict(int)
        # Who may still have to go, oldest first; who has signed in is dropped when met. No address
        # is kept without anybody.
        self._waiting: dict[str, dict[T, None]] = {}
        # The same addresses by how many wait there, but for those that people are given: a storm
        # must not make who comes cost as much as there are addresses.
        self._crowds = Crowds()
        self._given: dict[str, int] = {}  # as of the last who came
        self._few = max(1, min(KNOWN_FEW, total // 20))

    def __len__(self) -> int:
        return len(self._address)

    def take(self, guest: T, address: str) -> T | None:
        """Returns who has to go for it, and has left already. Raises NoSeat."""
        key = seat_key(address)
        goes: T | None = None
        if self._count.get(key, 0) >= self._per_address:
            goes = self._of_address(key)
        elif len(self._address) >= self._total:
            goes = self._of_most(key)
        else:
            self._sit(guest, key)
            return None
        if goes is None:
            raise NoSeat
        self.leave(goes)
        self._sit(guest, key)
        return goes

    def leave(self, guest: T) -> bool:
        """Did it have a seat?"""
        key = self._address.pop(guest, None)
        if key is None:
            return False
        self._no_longer_waits(guest, key)
        self._count[key] -= 1
        if not self._count[key]:
            del self._count[key]
        return True

    def _sit(self, guest: T, key: str) -> None:
        self._address[guest] = key
        self._count[key] += 1
        self._waiting.setdefault(key, {})[guest] = None
        self._given[key] = self._few if self._known(key) else 0
        self._resize(key)

    def _no_longer_waits(self, guest: T, key: str) -> None:
        waiting = self._waiting.get(key)
        if waiting is None or waiting.pop(guest, self) is not None:
            return
        if waiting:
            self._resize(key)
        else:
            del self._waiting[key], self._given[key]
            self._crowds.remove(key)

    def _resize(self, key: str) -> None:
        self._crowds.set(key, len(self._waiting[key]) - self._given[key])

    def _of_most(self, comes: str) -> T | None:
        """Whoever comes is one more of its address: where others have fewer, one of its own."""
        while (key := self._crowds.greatest(comes, 1)) is not None:
            found = len(self._waiting[key])
            goes = self._of_address(key)
            if goes is not None and len(self._waiting[key]) == found:
                return goes
        return None

    def _of_address(self, key: str) -> T | None:
        """None: nobody from there waits. Who has signed in is not among them afterwards."""
        for guest in [one for one in self._waiting.get(key, ()) if self._settled(one)]:
            self._no_longer_waits(guest, key)
        waiting = self._waiting.get(key, {})
        return next((one for one in waiting if not self._begun(one)), next(iter(waiting), None))


def seat_key(address: str) -> str:
    """What counts as one address; the key of a key is itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:  # a listener on [::] sees IPv4 clients so
        return str(found.ipv4_mapped)
    return f"{int(found) >> (128 - V6_NETWORK_BITS):x}/{V6_NETWORK_BITS}"


def at_once(seats: int) -> int:
    """How many may be accepted in one turn of the loop."""
    return max(1, min(AT_ONCE, seats // _SPARE))
