"""How far the reading of a big folder has come, and how long it will take.

For the log, the metrics and ``proxyd mailbox status``; nothing depends on it. Time comes in by
parameter (seconds, of any beginning).
"""

from __future__ import annotations

from dataclasses import dataclass

LOG_EVERY_S = 10.0  # often enough to see that it goes on, and ten lines for 100,000 mails
SHOWN_FROM = 1_000  # mails; what is read within a second needs no progress


@dataclass(slots=True)
class ReadingProgress:
    """Of one folder of one reading."""

    done: int  # mails that are known, those of an earlier reading too
    total: int
    began: float
    began_with: int = 0
    logged: float = 0.0

    def advance(self, mails: int, now: float) -> bool:
        """True where it is time to log."""
        self.done += mails
        if self.done < self.total and now - self.logged < LOG_EVERY_S:
            return False
        self.logged = now
        return True

    @property
    def percent(self) -> int:
        """Never 100 before the end."""
        return 100 * self.done // self.total if self.total else 100

    def told(self, now: float) -> str:
        """ "12,000 of 100,000 mails, 12%, 1,500 a second, 59 s left"."""
        passed, fresh = now - self.began, self.done - self.began_with
        rate = fresh / passed if passed > 0 else 0.0
        words = [f"{self.done:,} of {self.total:,} mails", f"{self.percent}%"]
        if rate >= 1:
            left = (self.total - self.done) / rate
            words += [f"{rate:,.0f} a second", f"{left:,.0f} s left"]
        return ", ".join(words)


def begun(known: int, fresh: int, now: float) -> ReadingProgress:
    return ReadingProgress(known, known + fresh, now, known, now)
