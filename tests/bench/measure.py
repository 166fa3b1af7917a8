"""One thing to measure on either side, and how both sides take turns at it.

``take`` works on one side for one round and returns the figure of that round. A machine whose speed
drifts hits both sides alike, because every round measures both.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.result import Goal, Row, Spread, Unit
from tests.bench.sides import Side


@dataclass(frozen=True, slots=True)
class Measure:
    """``rounds``: the most that are worth their time; ``huge``: also with 100,000 mails."""

    name: str
    work: str
    take: Callable[[Side, int], float]
    unit: Unit = "ms"
    goal: Goal | None = None
    rounds: int = 1000
    huge: bool = False
    warm_up: bool = True


def at_most(limit: float) -> Goal:
    """Of a time's ratio."""
    return Goal("ratio", limit)


def at_least(limit: float) -> Goal:
    """Of a rate's ratio."""
    return Goal("ratio", limit)


def timed_ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def compared(measure: Measure, ours: Side, direct: Side, rounds: int) -> Row:
    if measure.warm_up:
        measure.take(direct, rounds)
        measure.take(ours, rounds)
    mine, theirs = [], []
    for number in range(min(rounds, measure.rounds)):
        mine.append(measure.take(ours, number))
        theirs.append(measure.take(direct, number))
    row = Row(
        measure.name, measure.work, ours.mails, measure.unit, Spread.of(mine), Spread.of(theirs),
        measure.goal,
    )  # fmt: skip
    told(row)
    return row


def told(row: Row) -> None:
    """Progress, for who waits."""
    beside = f" {row.direct.median:>10.2f} ratio {row.ratio or 0:.2f}" if row.direct else ""
    sys.stderr.write(
        f"  {row.name:16} {row.mails:>7} {row.ours.median:>10.2f}{beside} {row.unit}"
        f"{'' if row.met is None else ' ok' if row.met else ' SHORT'}\n"
    )
    sys.stderr.flush()
