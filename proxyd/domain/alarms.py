"""Alarms: one for each cause. Made of the access log by service/audit/alarm_making.py. Pure.

A cause that ends by itself (a provider) is *now* until it is over. One that has happened (somebody
copied much, a passkey was copied) is *now* until somebody has seen it. *Silenced* is a cause whose
next times are no news until a moment. What is over is shown for thirty days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DAY_US: Final = 86_400_000_000
SHOWN_US: Final = 30 * DAY_US
# Times of a cause that are closer than this are one alarm: "41 times since 9:51".
APART_US: Final = DAY_US

TROUBLE, WELL = "provider-trouble", "provider-well"
COPIED, PASSKEY = "copied-much", "passkey-counter-back"
NO_ALARM: Final = frozenset({"first-synchronisation"})  # is noted, and to be expected
ENDS: Final = frozenset({TROUBLE})
# What is about reading mail and signing in, and so an auditor's business as well.
OF_THE_LOG: Final = frozenset({COPIED, PASSKEY})


class AlarmGroup(StrEnum):
    NOW = "now"
    SEEN = "seen"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class AlarmMark:
    """What somebody said of a cause. ``seen_number``: all up to this record."""

    cause: str
    seen_by: str = ""
    seen_us: int = 0
    seen_number: int = 0
    silenced_by: str = ""
    silenced_until_us: int = 0

    def is_silent(self, now_us: int) -> bool:
        return now_us < self.silenced_until_us


@dataclass(frozen=True, slots=True)
class Alarm:
    """``number``: of the first record of it, by which it is called; ``last``: of the latest.
    ``over_us``: when it ended, None: it goes on, or is no thing that ends.
    """

    cause: str
    number: int
    last: int
    what: str
    kind: str  # of a provider's trouble; else ""
    mailbox: str
    person: str
    since_us: int
    latest_us: int
    times: int
    facts: Mapping[str, object]
    over_us: int | None = None
    group: AlarmGroup = AlarmGroup.NOW
    mark: AlarmMark | None = None


def of_group(alarms: Sequence[Alarm], group: AlarmGroup) -> list[Alarm]:
    return [one for one in alarms if one.group is group]
