"""What happened in the mailbox, and who has been told: an event is lost when somebody concerned has
not heard of it in time.

Invariant: an event concerns those clients that had the folder open when it was acknowledged and
have it open when they are due; who leaves in between is told the truth by the next SELECT.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

Event = tuple[str, int, str]  # "flags", "came" or "gone"; UID; the keyword that is there now

BUCKETS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


@dataclass(slots=True)
class Waits:
    """Milliseconds as a histogram, so that an hour of them takes no memory."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_MS) + 1))
    most: float = 0.0

    def add(self, ms: float) -> None:
        place = next((n for n, edge in enumerate(BUCKETS_MS) if ms <= edge), len(BUCKETS_MS))
        self.counts[place] += 1
        self.most = max(self.most, ms)

    def at_most(self, share: float) -> float:
        """The edge below which such a share of them lies."""
        wanted, seen = share * sum(self.counts), 0
        for count, edge in zip(self.counts, BUCKETS_MS, strict=False):
            seen += count
            if seen >= wanted:
                return edge
        return self.most


class Events:
    """``bound_s``: how long a client that listens may wait; who polls has its own on top."""

    def __init__(self, bound_s: float) -> None:
        self._bound_s = bound_s
        self._due: dict[tuple[int, Event], tuple[float, float]] = {}  # (since, deadline)
        self.waits = Waits()  # of those who idle
        self.told = 0
        self.lost: list[str] = []

    def expect(self, event: Event, clients: Iterable[tuple[int, float]]) -> None:
        """``clients``: numbers, and seconds between a client's looks (0: it idles)."""
        now = time.monotonic()
        for client, every_s in clients:
            self._due[client, event] = now, now + every_s + self._bound_s

    def heard(self, client: int, event: Event, *, idles: bool) -> None:
        """Of what is not expected of it nothing comes."""
        due = self._due.pop((client, event), None)
        if due is None:
            return
        self.told += 1
        if idles:
            self.waits.add((time.monotonic() - due[0]) * 1000)

    def pending(self, uid: int) -> bool:
        return any(event[1] == uid for _, event in self._due)

    def forget(self, event: Event) -> None:
        """It was not done."""
        for key in [key for key in self._due if key[1] == event]:
            del self._due[key]

    def left(self, client: int) -> None:
        for key in [key for key in self._due if key[0] == client]:
            del self._due[key]

    def overdue(self) -> None:
        now = time.monotonic()
        for key, (since, deadline) in list(self._due.items()):
            if now > deadline:
                del self._due[key]
                client, event = key
                self.lost.append(f"client {client}: {event} after {now - since:.1f} s")
