"""How long a sign-in waits before it is looked at, because others failed before it. Pure.

A *place* is what counts as one address (seats.seat_key: an IPv6 network of 64 bits). Three counts,
each of which forgets half of itself in ``HALF_LIFE_S``:

- of a place: its failures. From the ``PLACE_FREE``-th on, one attempt from there is looked at after
  the other, with a pause between them that doubles with each failure;
- of a person at a place where they have signed in before: their own failures there alone. So
  whoever guesses, from wherever, does not hold up those who are known where they sit;
- of a login, with or without a person behind it: failures from places where it is not known. From
  the ``LOGIN_FREE``-th on, whoever comes with it from a place where it is not known waits some
  seconds: many places that guess at one person are slowed down, and nobody is shut out.

What was tried there lately counts for little: a phone that repeats an old password is no guesser.
Nothing here depends on whether a login exists, until it has signed in. Bounded: the places and
logins that nobody used for longest are forgotten.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final

HALF_LIFE_S: Final = 600.0
PLACE_FREE: Final = 6
PLACE_FIRST_S, PLACE_MOST_S = 0.5, 30.0
LOGIN_FREE: Final = 20
LOGIN_FIRST_S, LOGIN_MOST_S = 0.25, 4.0
# Clients wait a minute for an answer; the pause after a failure comes on top.
WAIT_MOST_S: Final = 30.0
REMEMBERED: Final = 20_000  # places, and as many logins; some 300 octets each
KNOWN: Final = 10_000  # people at places
LATELY: Final = 8
REPEATED: Final = 0.1  # of a failure


@dataclass(slots=True)
class _Count:
    """Failures, as of ``at``; ``free`` is when the next attempt may be looked at."""

    failures: float = 0.0
    at: float = 0.0
    free: float = 0.0
    lately: deque[bytes] = field(default_factory=lambda: deque(maxlen=LATELY))

    def now(self, now_s: float) -> float:
        return float(self.failures * 0.5 ** (max(0.0, now_s - self.at) / HALF_LIFE_S))

    def add(self, now_s: float, tried: bytes) -> None:
        repeated = tried in self.lately
        if not repeated:
            self.lately.append(tried)
        self.failures = self.now(now_s) + (REPEATED if repeated else 1.0)
        self.at = now_s


class SignInDelays:
    """Times are seconds of a clock that only goes forward."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, _Count] = OrderedDict()
        self._logins: OrderedDict[str, _Count] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        self._known_places: Counter[str] = Counter()  # how many are known there

    def is_known(self, login: str, place: str) -> bool:
        """Has this person signed in from there, and not failed too often since?"""
        return (login, place) in self._known

    def is_known_place(self, place: str) -> bool:
        """Is anybody known there?"""
        return place in self._known_places

    def failures(self, place: str, now_s: float) -> float:
        """What has failed there and is not forgotten; from ``PLACE_FREE`` on the place waits."""
        count = self._places.get(place)
        return 0.0 if count is None else count.now(now_s)

    def turn(self, login: str, place: str, now_s: float) -> float | None:
        """Seconds until this attempt may be looked at, which is then its turn; None: too many wait
        there already.
        """
        known = self._known.get((login, place))
        count = known or self._places.get(place)
        wait = 0.0
        if count is not None:
            pause = _pause(count.now(now_s), PLACE_FREE, PLACE_FIRST_S, PLACE_MOST_S)
            wait = max(0.0, count.free - now_s) if pause else 0.0
            if wait > WAIT_MOST_S:
                return None
            count.free = now_s + wait + pause
        if known is None and (guessed := self._logins.get(login)) is not None:
            wait += _pause(guessed.now(now_s), LOGIN_FREE, LOGIN_FIRST_S, LOGIN_MOST_S)
        return wait

    def failed(self, login: str, place: str, tried: bytes, now_s: float) -> None:
        """``tried``: tells what was tried apart from other logins and passwords."""
        known = self._known.get((login, place))
        if known is not None:
            known.add(now_s, tried)
            if known.now(now_s) < PLACE_FREE:
                return
            self._forget(login, place)
        _kept(self._places, place, REMEMBERED).add(now_s, tried)
        _kept(self._logins, login, REMEMBERED).add(now_s, tried)

    def succeeded(self, login: str, place: str) -> None:
        self._forget(login, place)
        self._known[login, place] = _Count()
        self._known_places[place] += 1
        if len(self._known) > KNOWN:
            self._forget(*next(iter(self._known)))

    def _forget(self, login: str, place: str) -> None:
        if self._known.pop((login, place), None) is None:
            return
        self._known_places[place] -= 1
        if not self._known_places[place]:
            del self._known_places[place]


def _kept(counts: OrderedDict[str, _Count], key: str, limit: int) -> _Count:
    count = counts.get(key)
    if count is None:
        count = counts[key] = _Count()
        if len(counts) > limit:
            counts.popitem(last=False)
    else:
        counts.move_to_end(key)
    return count


def _pause(failures: float, free: int, first_s: float, most_s: float) -> float:
    """None for so many failures, then ``first_s``, doubled with each further one."""
    over = int(failures) - free
    return 0.0 if over < 0 else float(min(first_s * 2 ** min(over, 16), most_s))
