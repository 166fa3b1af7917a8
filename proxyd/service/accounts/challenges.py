"""What devices are asked to sign: random, each good once, for some minutes, in memory.

Not in the database: a stranger who asks for a thousand would have a thousand rows written to disk,
and all that a restart costs is another click (docs/decisions/060-passkeys.md).

Invariants
- A challenge that was answered, rightly or not, is gone.
- Of one place (domain/seats.py) there are few, and of all together some thousands: beyond that the
  oldest is gone, of the same place first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from proxyd.domain.passkey import ANSWER_S, CHALLENGE_OCTETS
from proxyd.domain.seats import seat_key
from proxyd.domain.types import Clock

PER_PLACE: Final = 100  # an office behind one address, within five minutes
MOST: Final = 10_000  # some 300 octets each


@dataclass(frozen=True, slots=True)
class ToSign:
    """``asker``: the browser that was asked, as the web door knows it. ``account_id``: whose
    passkey it must be; None: anybody's. ``handle``: with a new passkey, what the device was told to
    keep it under; None: a known one is to sign.
    """

    asker: str
    account_id: int | None = None
    handle: bytes | None = None


class Challenges:
    def __init__(self, clock: Clock, random: Callable[[int], bytes]) -> None:
        self._clock = clock
        self._random = random
        # Oldest first, in all and by place; no place is kept without any.
        self._open: OrderedDict[bytes, tuple[ToSign, str, int]] = OrderedDict()
        self._of_place: dict[str, OrderedDict[bytes, None]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def made(self, asked: ToSign, address: str) -> bytes:
        self._forget_old()
        place = seat_key(address)
        theirs = self._of_place.get(place, ())
        if len(theirs) >= PER_PLACE:
            self._drop(next(iter(theirs)))
        elif len(self._open) >= MOST:
            self._drop(next(iter(self._open)))
        challenge = self._random(CHALLENGE_OCTETS)
        self._open[challenge] = asked, place, self._clock() + ANSWER_S * 1_000_000
        self._of_place.setdefault(place, OrderedDict())[challenge] = None
        return challenge

    def taken(self, challenge: bytes) -> ToSign | None:
        """It is gone afterwards. None where there is no such one (any more)."""
        self._forget_old()
        return self._drop(challenge)

    def _forget_old(self) -> None:
        now_us = self._clock()
        while self._open:
            challenge, (_, _, until_us) = next(iter(self._open.items()))
            if now_us < until_us:
                return
            self._drop(challenge)

    def _drop(self, challenge: bytes) -> ToSign | None:
        found = self._open.pop(challenge, None)
        if found is None:
            return None
        asked, place, _ = found
        theirs = self._of_place[place]
        del theirs[challenge]
        if not theirs:
            del self._of_place[place]
        return asked
