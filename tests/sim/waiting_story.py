"""Who waits for us since when, told from a story: naive, and without a line of what is tested.

A mail at a time, an answer at a time, a minute at a time. The words of the definition are those of
service/mailbox/deadlines.py and waiting.py; nothing of them is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE_US = 60_000_000
DAY_MIN = 24 * 60
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Office:
    """``hours``: weekday, 0 for Monday → (opens, closes) in minutes; the end may be tomorrow."""

    zone: str
    hours: tuple[Spans, ...]
    closed: frozenset[date] = frozenset()

    def is_open(self, minute: int) -> bool:
        """Whether somebody is there in this minute since the epoch."""
        day, at = self.wall(minute)
        today = self.spans(day)
        yesterday = self.spans(day - timedelta(1))
        return any(opens <= at < closes for opens, closes in today) or any(
            at < closes - DAY_MIN for _, closes in yesterday
        )

    def spans(self, day: date) -> Spans:
        return () if day in self.closed else self.hours[day.weekday()]

    def wall(self, minute: int) -> tuple[date, int]:
        local = datetime.fromtimestamp(minute * 60, UTC).astimezone(ZoneInfo(self.zone))
        return local.date(), local.hour * 60 + local.minute

    def comes_back(self, now_us: int, days: int) -> int:
        """The first instant of a day so many days ahead, or after it, at which it is open."""
        return self.opens(self.wall(now_us // MINUTE_US)[0] + timedelta(days), now_us)

    def comes_back_now(self, until_us: int) -> int:
        """What was to come back then, in an office of other hours: on that day as it is now."""
        day = self.wall(until_us // MINUTE_US)[0]
        return self.opens(day, until_us - 2 * DAY_MIN * MINUTE_US)

    def opens(self, day: date, before_us: int) -> int:
        """``before_us``: some instant before that day."""
        minute = before_us // MINUTE_US
        while self.wall(minute)[0] < day:
            minute += 1
        while not self.is_open(minute):
            minute += 1
        return minute * MINUTE_US


@lru_cache(maxsize=100_000)
def due_us(office: Office, since_us: int, goal: int) -> int:
    """Counted minute by minute."""
    minute, passed = since_us // MINUTE_US, 0
    while passed < goal:
        passed += office.is_open(minute)
        minute += 1
    return minute * MINUTE_US


@dataclass
class Wrote:
    """A mail from outside: when it came first, who wrote, and in which folder it lies now."""

    id: str
    at_us: int
    people: frozenset[str]
    automatic: bool = False
    folder: str = "INBOX"
    marked: bool = False  # \\Answered, at the provider


@dataclass
class Went:
    """A mail of ours. ``about``: the mail that was marked, where nothing else tells of it."""

    id: str
    at_us: int
    people: frozenset[str]
    answers: bool
    about: str = ""


@dataclass
class Talk:
    """``ran_us``: neither done nor on hold since then. ``done_us``: done last."""

    ran_us: int = 0
    done_us: int = 0
    until_us: int = 0
    status: str = "open"

    @property
    def runs(self) -> bool:
        return self.status not in ("done", "hold")

    def is_now(self, status: str, now_us: int) -> None:
        """It may have been before."""
        ran = self.runs
        if status == "done" != self.status:
            self.done_us = now_us
        self.status = status
        if self.runs and not ran:
            # What came back by itself was agreed for then, whenever it is noticed.
            self.ran_us = min(self.until_us or now_us, now_us)
        if status != "hold":
            self.until_us = 0


@dataclass
class Story:
    """``work``: the folders whose mail is somebody's task. Which mail belongs to which
    conversation, and its status, are not told here: who asks says so.
    """

    work: set[str] = field(default_factory=lambda: {"INBOX", "Archive", "Orders"})
    wrote: dict[str, Wrote] = field(default_factory=dict)
    went: dict[str, Went] = field(default_factory=dict)
    talks: dict[int, Talk] = field(default_factory=dict)

    def waits_us(self, talk: Talk, ids: Iterable[str]) -> int:
        """0 where nobody does. ``ids`` are of the mails of the conversation."""
        if not talk.runs:
            return 0
        there = set(ids)
        mails = [mail for id_, mail in self.wrote.items() if id_ in there]
        ours = [mail for mail in self.went.values() if (mail.about or mail.id) in there]
        here = [mail for mail in mails if mail.folder in self.work]
        people = [mail for mail in here if not mail.automatic]
        unanswered = [mail.at_us for mail in people or here if self.is_unanswered(mail, ours)]
        if not unanswered:
            return 0
        news = [at_us for at_us in unanswered if at_us > talk.done_us]
        return max(min(news or unanswered), talk.ran_us)

    def is_unanswered(self, mail: Wrote, ours: list[Went]) -> bool:
        """Nothing has gone to those whom it names, and no answer but such as were for those whom
        we had asked meanwhile.
        """
        since = [one for one in ours if one.at_us >= mail.at_us]
        if any(one.people & mail.people for one in since):
            return False
        return all(
            any(
                former.people & answer.people and mail.at_us < former.at_us < answer.at_us
                for former in ours
            )
            for answer in since
            if answer.answers
        )

    def joined(
        self, kept: int, gone: int, waited: Mapping[int, int], status: str, now_us: int
    ) -> None:
        """Nothing of what waits is forgotten, and nothing of what was done waits again.
        ``waited``: since when each did before.
        """
        into, other = self.talks[kept], self.talks.pop(gone)
        stood = not (into.runs and other.runs)
        untils = [us for us in (into.until_us, other.until_us) if us]
        waits = min((us for us in (waited.get(kept), waited.get(gone)) if us), default=0)
        ran_us = now_us if stood else max(into.ran_us, other.ran_us)
        done_us = max(into.done_us, other.done_us)
        if waits:
            ran_us, done_us = waits, min(done_us, waits - 1)
        self.talks[kept] = into = Talk(ran_us, done_us, status=status)
        if status == "hold":
            into.until_us = min(untils, default=0)
