"""How long those who wrote to us waited, in a few numbers: what became of many turns.

Pure. Two times are told of each answer: on the wall, which is what a customer feels, and of office
hours, which is what the goal is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proxyd.domain.percentiles import percentile
from proxyd.domain.turns import Outcome, TurnTimes

FOUR_HOURS_US = 4 * 3_600 * 1_000_000


@dataclass(frozen=True, slots=True)
class ResponseSummary:
    """Times are of what was answered; None where nothing was."""

    answered: int
    median_us: int | None  # on the wall
    p90_us: int | None
    median_office_us: int | None
    p90_office_us: int | None
    with_goal: int  # answers for which a goal counted then
    within_goal: int  # of those
    within_4h: int  # of all answers, on the wall
    finished: int  # set to done without an answer


def summary_of(ended: Iterable[TurnTimes]) -> ResponseSummary:
    walls: list[int] = []
    offices: list[int] = []
    finished = with_goal = within_goal = 0
    for one in ended:
        if one.outcome != Outcome.ANSWERED:
            finished += 1
            continue
        walls.append(one.ended_us - one.since_us)
        offices.append(one.office_us)
        if one.goal_us:
            with_goal += 1
            within_goal += one.office_us <= one.goal_us
    walls.sort()
    offices.sort()
    return ResponseSummary(
        answered=len(walls),
        median_us=percentile(walls, 50),
        p90_us=percentile(walls, 90),
        median_office_us=percentile(offices, 50),
        p90_office_us=percentile(offices, 90),
        with_goal=with_goal,
        within_goal=within_goal,
        within_4h=sum(wall <= FOUR_HOURS_US for wall in walls),
        finished=finished,
    )
