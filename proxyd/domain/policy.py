"""What an admin chooses for one shared mailbox, with its defaults (docs/design.md §3).

Values only; their words and limits are in ``policy_options``. Invariant: a mailbox for which
nothing was chosen has ``Policy()``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from zoneinfo import ZoneInfo

from proxyd.domain.folder_names import PLAIN
from proxyd.domain.guard import OverrideRule
from proxyd.domain.guards import ON_BY_DEFAULT
from proxyd.domain.machine_zone import machine_zone
from proxyd.domain.reminder_times import AT_OPENING, ReminderTimes
from proxyd.domain.weekly_hours import WeeklyHours, parse

_SECOND_US = 1_000_000
USUAL = parse("Mon-Fri 09:00-18:00")
# The others' zones have countries in them whose days differ, or parts of one.
_OF_ZONE = {"Asia/Tokyo": "JP", "Japan": "JP"}


@dataclass(frozen=True, slots=True)
class Policy:
    zone: str = ""  # IANA name; "" = the machine's
    folder_order: str = PLAIN  # of the virtual folders' names (domain/folder_names.py)

    # Deadlines (domain/office_hours.py)
    office_hours: WeeklyHours = USUAL
    holidays: str = "auto"  # or "none", or a country: "JP", "DE-BY"
    reply_goal_min: int = 240  # of office time, until a waiting mail is overdue; 0 = never
    reminder_at: ReminderTimes = AT_OPENING  # of what is overdue

    # Deleting (domain/deleting.py)
    delete: str = "trash"  # what EXPUNGE does in a folder of work: "trash", or "final"
    destroy: str = "manage"  # the right that EXPUNGE needs in Trash, Junk and Drafts

    # Keys of the guards that are on, of those that may be chosen (domain/guards)
    guards: frozenset[str] = ON_BY_DEFAULT

    lookback_days: int = 14  # in which a mail may be answered without naming it; 0 = no look

    send_delay_s: int = 0  # in which what was sent can be taken back (domain/held.py)

    # Who copies far more than is usual for them (domain/copied_out.py)
    copy_alarm_factor: int = 5  # times what is usual; 0 = no alarm
    copy_alarm_floor: int = 500  # mails of a day of which never anything is said

    # Sending a refused mail all the same
    override: bool = True
    override_pause_s: int = 20
    override_window_s: int = 600
    override_mark: str = "!send!"  # at the start of the subject; "" = none

    @property
    def tz(self) -> tzinfo:
        """The mailbox's time zone; the machine's where none is set."""
        return ZoneInfo(self.zone) if self.zone else machine_zone()

    @property
    def country(self) -> str:
        """Whose public holidays close the office, as a calendar knows it; "" for nobody's."""
        if self.holidays == "none":
            return ""
        if self.holidays != "auto":
            return self.holidays
        return _OF_ZONE.get(getattr(self.tz, "key", None) or "", "")

    @property
    def consent(self) -> OverrideRule:
        """When sending a refused mail again lets it through."""
        return OverrideRule(self.override_pause_s * _SECOND_US, self.override_window_s * _SECOND_US)
