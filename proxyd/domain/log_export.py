"""An export of the access log that somebody asked for: what, how far it is, how long it lies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LIES_US: Final = 24 * 3_600 * 1_000_000
MOST: Final = 2  # of one person at a time


class ExportState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # the server ended, or the disk was full: there is no file


@dataclass(frozen=True, slots=True)
class LogExport:
    """``question`` is the line that was on the screen, ``since_us`` and ``until_us`` what it meant
    in that moment, and ``last`` the newest record of it: so the file has what the screen showed.
    """

    id: int
    account_id: int
    question: str
    subject_digest: str
    since_us: int
    until_us: int
    last: int
    kind: str  # "csv", "jsonl"
    accounts_only: bool
    file: str  # its name in the folder of exports
    created_us: int
    state: ExportState = ExportState.RUNNING
    rows: int = 0
    octets: int = 0

    def is_over(self, now_us: int) -> bool:
        """A clock that goes back ends none early."""
        return now_us - self.created_us >= LIES_US
