"""What an admin chooses for one shared mailbox, with its defaults (docs/design.md §3).

Values only; their words and limits are in ``policy_options``. Invariant: a mailbox for which
nothing was chosen has ``Policy()``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from proxyd.domain.guard import OverrideRule
from proxyd.domain.guards import ON_BY_DEFAULT

_SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Policy:
    zone: str = ""  # IANA name; "" = the machine's

    # Deleting (domain/deleting.py)
    delete: str = "trash"  # what EXPUNGE does in a folder of work: "trash", or "final"
    destroy: str = "manage"  # the right that EXPUNGE needs in Trash, Junk and Drafts

    # Keys of the guards that are on, of those that may be chosen (domain/guards)
    guards: frozenset[str] = ON_BY_DEFAULT

    lookback_days: int = 14  # in which a mail may be answered without naming it; 0 = no look

    # Sending a refused mail all the same
    override: bool = True
    override_pause_s: int = 20
    override_window_s: int = 600
    override_mark: str = "!send!"  # at the start of the subject; "" = none

    @property
    def tz(self) -> tzinfo:
        """The mailbox's time zone; the machine's where none is set."""
        if self.zone:
            return ZoneInfo(self.zone)
        local = datetime.now().astimezone().tzinfo
        assert local is not None
        return local

    @property
    def consent(self) -> OverrideRule:
        """When sending a refused mail again lets it through."""
        return OverrideRule(self.override_pause_s * _SECOND_US, self.override_window_s * _SECOND_US)
