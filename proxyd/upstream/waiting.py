"""The jobs that wait for a connection: those that somebody looks for, bulk work, what is put aside.

Invariants:
- people first; bulk work comes on all the same, once so many have gone before it (BULK_PATIENCE);
- what needs folders for itself comes before all others, in its order, and holds up what comes for
  those folders only;
- bounded: when it is full, whoever has most in it loses the last of it, so that nobody can keep the
  others out.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sized

from proxyd.domain.errors import Busy
from proxyd.upstream.turns import Job, Turns

PATIENCE = 8  # jobs; at a tenth of a second each nobody notices being passed
FOLDER_PATIENCE_OF_BULK = 1  # bulk jobs take long, and a SELECT is nothing to them
BULK_PATIENCE = 8  # with one connection: bulk work gets a ninth of the turns, or what is left over
QUEUE_LENGTH = 1000  # jobs; the last one would wait for minutes, so it is better told at once


class WaitingJobs:
    def __init__(self) -> None:
        self._people = Turns(PATIENCE)
        self._bulk = Turns(FOLDER_PATIENCE_OF_BULK)
        self._before_bulk = 0  # jobs taken while bulk work waited
        self._aside: dict[Job, asyncio.TimerHandle] = {}
        self._alone: deque[Job] = deque()
        self._held: list[Job] = []  # until nobody has their folder for himself

    def __len__(self) -> int:
        sets: tuple[Sized, ...] = (self._people, self._bulk, self._aside, self._alone, self._held)
        return sum(map(len, sets))

    @property
    def bulk(self) -> int:
        """How many bulk jobs wait."""
        return len(self._bulk)

    def add(self, job: Job) -> None:
        """Raises Busy."""
        if len(self) >= QUEUE_LENGTH:
            self._make_room(job)
        if job.alone is not None:
            self._alone.append(job)
        else:
            self._turns(job).add(job)

    @property
    def alone(self) -> Job | None:
        """The next of those that need folders for themselves."""
        return self._alone[0] if self._alone else None

    def hold(self, job: Job) -> None:
        """It was taken, and somebody has its folder for himself, or will."""
        self._held.append(job)

    def let_go(self) -> None:
        """What was held comes next, in its order."""
        held, self._held = self._held, []
        for job in reversed(held):
            self.put_back(job)

    def put_back(self, job: Job) -> None:
        """It was taken and could not be served: it is the next one."""
        if job.alone is not None:
            self._alone.appendleft(job)
        else:
            self._turns(job).put_back(job)

    def put_aside(self, job: Job, seconds: float, then: Callable[[], None]) -> None:
        """For so long it does not count; ``then`` is called when it does again."""

        def back() -> None:
            del self._aside[job]
            self.put_back(job)
            then()

        self._aside[job] = asyncio.get_running_loop().call_later(seconds, back)

    def remove(self, job: Job) -> bool:
        """False where it does not wait (any more)."""
        timer = self._aside.pop(job, None)
        if timer is not None:
            timer.cancel()
            return True
        for some in (self._alone, self._held):
            if job in some:
                some.remove(job)
                return True
        return self._turns(job).remove(job)

    def take_all(self) -> list[Job]:
        """At the end."""
        jobs = [*self._people, *self._bulk, *self._aside, *self._alone, *self._held]
        for job in jobs:
            self.remove(job)
        return jobs

    def head(self, *, bulk: bool) -> Job | None:
        """The one whose turn it is; ``bulk``: may it be bulk work?"""
        people, work = self._people.head(), self._bulk.head() if bulk else None
        if people is None or (work is not None and self._before_bulk >= BULK_PATIENCE):
            return work
        return people

    def take(self, head: Job, folder: str | None) -> Job:
        """``head``, or one of its kind for the folder that is open."""
        if head.alone is not None:
            return self._alone.popleft()
        if head.bulk:
            self._before_bulk = 0
        elif len(self._bulk):
            self._before_bulk += 1
        return self._turns(head).take(folder)

    def _turns(self, job: Job) -> Turns:
        return self._bulk if job.bulk else self._people

    def _make_room(self, wanting: Job) -> None:
        turns = max(self._people, self._bulk, key=len)
        greediest = turns.greediest()
        own = self._people.waiting_of(wanting.asker) + self._bulk.waiting_of(wanting.asker)
        if greediest is None or greediest[0] <= own + 1:
            raise Busy("upstream")
        turns.remove(greediest[1])
        greediest[1].fail(Busy("upstream"))
