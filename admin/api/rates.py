"""How often somebody may ask: a bucket of permissions each, which fills again with time.

Sans I/O: the time comes in. Bounded: who has not asked for long, and so has a full bucket, is
forgotten first.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

MOST_KNOWN: Final = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """``at_once``: after a pause; then ``each_s`` a second."""

    at_once: int
    each_s: float


@dataclass(frozen=True, slots=True)
class Rates:
    """``refused``: tokens that open nothing, by address (IPv6: network of 64 bits). ``requests``
    and ``changes``: by token. ``questions``: to the access log, by person (docs/api.md).
    """

    refused: Rate
    requests: Rate
    changes: Rate
    questions: Rate
    exports: int = 2  # at a time, by person


def rates_of(requests_per_s: int) -> Rates:
    """Of so many a second, a tenth are changes, and a fortieth questions: thirty a minute as it
    comes, which no person asks.
    """
    return Rates(
        refused=Rate(30, 0.5),
        requests=Rate(10 * requests_per_s, requests_per_s),
        changes=Rate(3 * requests_per_s, requests_per_s / 10),
        questions=Rate(max(1, 3 * requests_per_s // 2), requests_per_s / 40),
    )


class Buckets:
    """One kind of permission; by whoever asks."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # (permissions, as of)

    def wait_s(self, who: str, now_s: float) -> int:
        """0: there is a permission. Else how many seconds to wait for one."""
        left = self._now(who, now_s)
        return 0 if left >= 1 else max(1, math.ceil((1 - left) / self._rate.each_s))

    def take(self, who: str, now_s: float) -> int:
        """As ``wait_s``; where there is one, it is used."""
        wait_s = self.wait_s(who, now_s)
        if not wait_s:
            self._left[who] = (self._now(who, now_s) - 1, now_s)
            self._left.move_to_end(who)
            if len(self._left) > MOST_KNOWN:
                self._left.popitem(last=False)
        return wait_s

    def _now(self, who: str, now_s: float) -> float:
        left, as_of = self._left.get(who, (float(self._rate.at_once), now_s))
        return min(self._rate.at_once, left + max(0.0, now_s - as_of) * self._rate.each_s)
