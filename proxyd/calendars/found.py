"""The closed days found in a file so far; bounded, whatever the file says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from proxyd.domain.errors import BadInput

MOST_DAYS = 5_000  # thirteen years without an open one; each is looked at in the plan of a year
NAME_CHARS = 100
_DAY = timedelta(days=1)


@dataclass(slots=True)
class FoundDays:
    """``passed_over``: what names no day, told for people; ``where`` is being read."""

    days: dict[date, str] = field(default_factory=dict)
    passed_over: list[str] = field(default_factory=list)
    where: str = ""

    def add(self, first: date, count: int, name: str) -> None:
        """``count`` days from ``first`` on. Of two names of a day the first counts. Raises
        BadInput.
        """
        shown = "".join(char for char in " ".join(name.split()) if char.isprintable())
        if first.toordinal() + count - 1 > date.max.toordinal():
            raise BadInput(self.where, "it never ends", "write its last day")
        for number in range(count):
            self.days.setdefault(first + number * _DAY, shown[:NAME_CHARS])
            if len(self.days) > MOST_DAYS:
                raise BadInput(
                    self.where, f"here are more than {MOST_DAYS:,} closed days", "write fewer"
                )
