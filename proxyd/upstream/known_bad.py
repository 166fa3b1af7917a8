"""What a provider could not tell lately, so that it is not asked for again too soon.

Invariants: bounded; who is asked for again is asked at growing distances; one answer ends it.
Seconds come in by parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

FIRST_S = 5.0  # the first pause: a provider that is being repaired, or busy for a moment
KEPT = 20_000


@dataclass(frozen=True, slots=True)
class _Bad:
    reason: str
    pause_s: float
    next_s: float


class KnownBad:
    """``now`` counts seconds, and ``most_s`` are those of the longest pause."""

    def __init__(self, now: Callable[[], float], most_s: float) -> None:
        self._now = now
        self._most_s = most_s
        self._bad: dict[Hashable, _Bad] = {}

    def why_not(self, key: Hashable) -> str:
        """The reason not to ask for it now; "" where it may be asked for."""
        bad = self._bad.get(key)
        return bad.reason if bad is not None and self._now() < bad.next_s else ""

    def failed(self, key: Hashable, reason: str) -> None:
        before = self._bad.pop(key, None)
        pause = min(FIRST_S if before is None else before.pause_s * 2, self._most_s)
        self._bad[key] = _Bad(reason or "unknown", pause, self._now() + pause)
        if len(self._bad) > KEPT:
            del self._bad[next(iter(self._bad))]

    def answered(self, key: Hashable) -> None:
        if self._bad:
            self._bad.pop(key, None)
