"""When mails came in: each that came since proxyd is there, whatever became of it.

By our own clock, and by the hour of the mailbox's zone. Counted by quarters of an hour, which no
zone of the world divides, so that a year is some thousand rows and not a hundred thousand.
"""

from __future__ import annotations

from datetime import UTC, datetime

from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import SharedMailbox

HOURS = 24
_QUARTER_S = 900
_QUARTER_US = _QUARTER_S * 1_000_000


def by_hour(tx: Transaction, mailbox: SharedMailbox, since_us: int, until_us: int) -> list[int]:
    """How many came in each hour of the day, from 0:00, of all days of the period."""
    hours = [0] * HOURS
    tz = mailbox.policy.tz
    for quarter, count in tx.conversations.arrivals(mailbox.id, since_us, until_us, _QUARTER_US):
        at = datetime.fromtimestamp(quarter * _QUARTER_S, UTC).astimezone(tz)
        hours[at.hour] += count
    return hours
