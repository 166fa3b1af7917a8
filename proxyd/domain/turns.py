"""What became of a waiting: from a customer's mail until we answered, or finished it without.

Values only. One is written for each, when it ends; reports are made of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    ANSWERED = "answered"
    FINISHED = "finished"  # set to done: a call was enough, or nobody expects an answer


@dataclass(frozen=True, slots=True)
class EndedTurn:
    """``office_us`` of the time from ``since_us`` to ``ended_us`` were within office hours."""

    conversation: int
    since_us: int  # when the first mail came that was not answered
    ended_us: int
    office_us: int
    goal_us: int  # that counted then; 0 = none
    outcome: Outcome
    account_id: int | None = None  # who answered; None: not known, or outside of proxyd
    name: str = ""  # of that person, as it was


class TurnTimes(NamedTuple):
    """Of an ended turn what reports need. A tuple: a year has a hundred thousand of them."""

    mailbox_id: int
    account_id: int | None
    name: str
    outcome: str
    since_us: int
    ended_us: int
    office_us: int
    goal_us: int
