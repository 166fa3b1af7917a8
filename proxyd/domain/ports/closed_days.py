"""Days on which a mailbox's office is closed, beside those of a country's calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Protocol


class ClosedDayStore(Protocol):
    def all(self, mailbox_id: int) -> dict[date, str]:
        """With what each is called."""
        ...

    def replace(self, mailbox_id: int, days: Mapping[date, str]) -> None:
        """By these alone."""
        ...
