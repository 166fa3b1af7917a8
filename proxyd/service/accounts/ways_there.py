"""Who has gone to the identity provider and is expected back: a bounded table in memory.

Each entry is good once, for ten minutes, and only with the browser that began it. In memory,
because nothing is lost with it: after a restart whoever was at the provider clicks once more. Who
begins thousands pushes out their own place's before those of others.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable

from proxyd.domain.seats import seat_key
from proxyd.domain.single_sign_on import WAY_S, WAYS, WAYS_OF_A_PLACE, Way, own_path
from proxyd.domain.types import Clock


def random_word() -> str:
    """256 bits, as RFC 7636 §4.1 wants a verifier: 43 letters."""
    return secrets.token_urlsafe(32)


class WaysThere:
    def __init__(self, clock: Clock, word: Callable[[], str] = random_word) -> None:
        self._clock = clock
        self._word = word
        self._ways: OrderedDict[str, Way] = OrderedDict()  # by state, the oldest first
        self._places: dict[str, OrderedDict[str, None]] = {}  # place → its states

    def __len__(self) -> int:
        return len(self._ways)

    def begin(self, redirect: str, where: str, address: str) -> Way:
        """``redirect``: of ours, absolute. ``where``: the page that is wanted afterwards."""
        self._forget_old()
        word = self._word
        where, place = own_path(where), seat_key(address)
        way = Way(word(), word(), word(), word(), redirect, where, self._clock(), place)
        self._ways[way.state] = way
        states = self._places.setdefault(place, OrderedDict())
        states[way.state] = None
        if len(states) > WAYS_OF_A_PLACE:
            self._drop(next(iter(states)))
        if len(self._ways) > WAYS:
            self._drop(next(iter(self._ways)))
        return way

    def take(self, state: str) -> Way | None:
        """Whoever asks for it, it is not there a second time."""
        self._forget_old()
        way = self._ways.get(state)
        if way is not None:
            self._drop(state)
        return way

    def _forget_old(self) -> None:
        since_us = self._clock() - WAY_S * 1_000_000
        while self._ways and next(iter(self._ways.values())).begun_us <= since_us:
            self._drop(next(iter(self._ways)))

    def _drop(self, state: str) -> None:
        way = self._ways.pop(state)
        states = self._places[way.place]
        del states[state]
        if not states:
            del self._places[way.place]
