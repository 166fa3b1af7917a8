"""What a measurement came to: two spreads, their ratio, and whether the goal was reached.

A unit says which way is better: milliseconds and kilobytes fall, rates and counts rise.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Unit = Literal["ms", "KB", "connections", "/s", "MB/s", "clients"]
FALLING: frozenset[Unit] = frozenset({"ms", "KB", "connections"})


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles of some rounds."""

    median: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        if len(values) == 1:
            return cls(values[0], values[0], values[0], 1)
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high, len(values))


@dataclass(frozen=True, slots=True)
class Goal:
    """``ratio``: of ours/direct. ``value``: of ours alone, in the row's unit."""

    kind: Literal["ratio", "value"]
    limit: float


@dataclass(frozen=True, slots=True)
class Row:
    """``beside`` is what the second column measured, where that is not the same Dovecot."""

    name: str
    work: str
    mails: int
    unit: Unit
    ours: Spread
    direct: Spread | None
    goal: Goal | None = None
    beside: str = ""

    @property
    def falling(self) -> bool:
        return self.unit in FALLING

    @property
    def ratio(self) -> float | None:
        """Ours/direct."""
        if self.direct is None or not self.direct.median:
            return None
        return self.ours.median / self.direct.median

    @property
    def times_as_good(self) -> float | None:
        """1 is equal, 2 is twice as fast or half as much."""
        ratio = self.ratio
        if not ratio:
            return None
        return 1 / ratio if self.falling else ratio

    @property
    def met(self) -> bool | None:
        """None where there is no goal, or nothing to compare with."""
        if self.goal is None:
            return None
        value = self.ratio if self.goal.kind == "ratio" else self.ours.median
        if value is None:
            return None
        return value <= self.goal.limit if self.falling else value >= self.goal.limit

    def facts(self) -> dict[str, Any]:
        """For ``--json``."""
        return {**asdict(self), "ratio": self.ratio, "met": self.met}
