"""The conversations that time alone changes: what comes due, and what comes back from hold."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterator

from proxyd.service.mailbox.model import Conversation

_STALE = 100  # entries that hold no more, beside as many as there are


class Alarms:
    """Only ``effects.py`` and ``loading.py`` put in. Finding the next one costs nothing, however
    many there are.
    """

    def __init__(self) -> None:
        self._at: dict[Conversation, int] = {}
        self._heap: list[tuple[int, int, Conversation]] = []  # with what holds no more among it
        self.earlier = asyncio.Event()  # there is one before all others

    def put(self, conversation: Conversation) -> None:
        """By its clock."""
        at_us = conversation.clock.next_us()
        if at_us is None:
            self._at.pop(conversation, None)
            return
        if self._at.get(conversation) == at_us:
            return
        self._at[conversation] = at_us
        first = self.next_us()
        heapq.heappush(self._heap, (at_us, id(conversation), conversation))
        if len(self._heap) > 2 * len(self._at) + _STALE:
            self._heap = [(at, id(each), each) for each, at in self._at.items()]
            heapq.heapify(self._heap)
        if first is None or at_us < first:
            self.earlier.set()

    def gone(self, conversation: Conversation) -> None:
        self._at.pop(conversation, None)

    def next_us(self) -> int | None:
        while self._heap and self._at.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def until(self, now_us: int) -> list[Conversation]:
        """Those whose time has come, the first one first."""
        due = [(at_us, each.id, each) for each, at_us in self._at.items() if at_us <= now_us]
        return [each for _, _, each in sorted(due, key=lambda one: one[:2])]

    def held(self) -> Iterator[Conversation]:
        """What comes back from hold on a day to come."""
        return (each for each in list(self._at) if each.clock.until_us is not None)
