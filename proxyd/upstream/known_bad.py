"""What a provider could not tell lately, so that it is not asked for again too soon.

Invariants: bounded; who is asked for again is asked at growing distances; one answer ends it.
Seconds come in by parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

# The first pause: a provider that is being repaired, or busy for a moment. The last: so that an
# alarm ends by itself in minutes, and a mail that is lost for good costs next to nothing.
FIRST_S, MOST_S = 5.0, 600.0
KEPT = 20_000


@dataclass(frozen=True, slots=True)
class _Bad:
    reason: str
    pause_s: float
    next_s: float


class KnownBad:
    """``now`` counts seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._bad: dict[Hashable, _Bad] = {}

    def why_not(self, key: Hashable) -> str:
        """The reason not to ask for it now; "" where it may be asked for."""
        bad = self._bad.get(key)
        return bad.reason if bad is not None and self._now() < bad.next_s else ""

    def failed(self, key: Hashable, reason: str) -> None:
        before = self._bad.pop(key, None)
        pause = FIRST_S if before is None else min(before.pause_s * 2, MOST_S)
        self._bad[key] = _Bad(reason or "unknown", pause, self._now() + pause)
        if len(self._bad) > KEPT:
            del self._bad[next(iter(self._bad))]

    def answered(self, key: Hashable) -> None:
        if self._bad:
            self._bad.pop(key, None)
