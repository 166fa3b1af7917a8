"""What an admin chooses for one shared mailbox, with its defaults (DESIGN.md §3).

Values only; their words and limits are in ``policy_options``. Invariant: a mailbox for which
nothing was chosen has ``Policy()``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

_SECOND_US = 1_000_000
_DAY_US = 86_400 * _SECOND_US


@dataclass(frozen=True, slots=True)
class Policy:
    zone: str = ""  # IANA name; "" = the machine's

    # Claims
    reassign: str = "manage"  # who may move somebody else's work: "manage" or "respond"
    claims_most: int = 0  # unfinished conversations one person may hold; 0 = any number

    # Guards at SMTP time
    guard_answered: bool = True
    guard_done: bool = True
    guard_hold: bool = True
    guard_claimed: bool = False
    guard_stranger: bool = False  # a recipient who never appeared in the conversation
    lookback_days: int = 14  # for answers whose references were stripped; 0 = don't look

    # Sending a refused mail all the same
    override: bool = True
    override_pause_s: int = 20
    override_window_s: int = 600
    override_mark: str = "!send!"  # at the start of the subject; "" = none

    replying_minutes: int = 15  # without a new save of the draft
    delete: str = "manage"  # who may remove mail for good: "manage" or "respond"

    @property
    def tz(self) -> tzinfo:
        """The mailbox's time zone; the machine's where none is set."""
        if self.zone:
            return ZoneInfo(self.zone)
        local = datetime.now().astimezone().tzinfo
        assert local is not None
        return local

    @property
    def override_pause_us(self) -> int:
        return self.override_pause_s * _SECOND_US

    @property
    def override_window_us(self) -> int:
        return self.override_window_s * _SECOND_US

    @property
    def lookback_us(self) -> int:
        return self.lookback_days * _DAY_US
