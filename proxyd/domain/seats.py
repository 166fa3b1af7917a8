"""Who may stay at a door: limits in all and per address, from the moment of accepting.

Where there is no place left, the one who has waited longest without signing in makes room; who has
signed in is never turned out for a stranger. Pure. Invariant: who took a seat leaves it once, and
no address and not all together have more than their limit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Generic, TypeVar

T = TypeVar("T")

# An IPv6 customer has a network of this length for himself (RFC 6177), not one address.
V6_NETWORK_BITS = 64


class NoSeat(Exception):
    """All are taken by people who have signed in."""


class Seats(Generic[T]):
    def __init__(self, total: int, per_address: int, settled: Callable[[T], bool]) -> None:
        """``settled``: has this one signed in? Once true it stays true."""
        self._total = total
        self._per_address = per_address
        self._settled = settled
        self._address: dict[T, str] = {}
        self._count: defaultdict[str, int] = defaultdict(int)
        # Who may still have to go, oldest first; who has signed in is dropped when met.
        self._waiting: dict[T, None] = {}
        self._waiting_at: defaultdict[str, dict[T, None]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._address)

    def take(self, guest: T, address: str) -> T | None:
        """Returns who has to go for it, and has left already. Raises NoSeat."""
        key = seat_key(address)
        goes: T | None = None
        if self._count[key] >= self._per_address:
            goes = self._oldest(self._waiting_at[key])
        elif len(self._address) >= self._total:
            goes = self._oldest(self._waiting)
        else:
            self._sit(guest, key)
            return None
        if goes is None:
            self._tidy(key)
            raise NoSeat
        self.leave(goes)
        self._sit(guest, key)
        return goes

    def leave(self, guest: T) -> bool:
        """Did it have a seat?"""
        key = self._address.pop(guest, None)
        if key is None:
            return False
        self._waiting.pop(guest, None)
        self._waiting_at[key].pop(guest, None)
        self._count[key] -= 1
        self._tidy(key)
        return True

    def _sit(self, guest: T, key: str) -> None:
        self._address[guest] = key
        self._count[key] += 1
        self._waiting[guest] = None
        self._waiting_at[key][guest] = None

    def _oldest(self, waiting: dict[T, None]) -> T | None:
        while waiting:
            guest = next(iter(waiting))
            if not self._settled(guest):
                return guest
            del waiting[guest]
        return None

    def _tidy(self, key: str) -> None:
        if not self._count[key]:
            del self._count[key]
            self._waiting_at.pop(key, None)


def seat_key(address: str) -> str:
    """What counts as one address."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:  # a listener on [::] sees IPv4 clients so
        return str(found.ipv4_mapped)
    return f"{int(found) >> (128 - V6_NETWORK_BITS):x}/{V6_NETWORK_BITS}"
