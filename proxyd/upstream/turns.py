"""Whose job is next: people in turn, and what each one wants in order.

The proxy's own work counts as one person more. Invariants:
- a person who wants ten thousand things waits behind those who want one, each time;
- a job for the folder that is open already may go before the one whose turn it is, but before the
  same one only so often (``patience``), because a SELECT costs as much as many jobs;
- nothing here grows with the number of jobs but the memory: a choice looks at AHEAD jobs a person.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from proxyd.upstream.imap_connection import ImapConnection

T = TypeVar("T")
Work = Callable[[ImapConnection], Awaitable[T]]


@dataclass(frozen=True, slots=True)
class Alone:
    """Folders that a job needs for itself. ``closes``: afterwards nobody may have them open."""

    concerns: Callable[[str], bool]  # whether it needs the folder of that name
    closes: bool = False


AHEAD = 16  # jobs of one person that are looked at for one in the open folder


@dataclass(eq=False, slots=True)
class Job:
    """``asker`` is a person's account, or None."""

    work: Work[Any]
    folder: str | None
    bulk: bool
    asker: int | None
    done: asyncio.Future[Any]
    alone: Alone | None = None
    passed: int = 0  # how many jobs were served before it in its own turn
    tries: int = 0  # how often the provider has put it off
    unheard: bool = False  # whoever wanted it has gone

    def succeed(self, result: object) -> None:
        if not self.done.done():
            self.done.set_result(result)

    def fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Turns:
    """The jobs of one kind that wait."""

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._people: OrderedDict[int | None, deque[Job]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Job]:
        return (job for jobs in self._people.values() for job in jobs)

    def add(self, job: Job) -> None:
        self._people.setdefault(job.asker, deque()).append(job)
        self._count += 1

    def put_back(self, job: Job) -> None:
        """It was taken and could not be served: nobody's turn comes before it."""
        self._people.setdefault(job.asker, deque()).appendleft(job)
        self._people.move_to_end(job.asker, last=False)
        self._count += 1

    def remove(self, job: Job) -> bool:
        """False where it does not wait (any more)."""
        jobs = self._people.get(job.asker, ())
        if job not in jobs:
            return False
        self._drop(job)
        return True

    def head(self) -> Job | None:
        """The one whose turn it is."""
        return next(iter(self._people.values()))[0] if self._people else None

    def take(self, folder: str | None) -> Job:
        """The next one, for a connection that has ``folder`` open. There must be one."""
        head = next(iter(self._people.values()))[0]
        chosen = head
        if folder is not None and head.folder not in (None, folder):
            chosen = self._in_folder(folder, head)
        if chosen is not head:
            head.passed += 1
        self._drop(chosen)
        if chosen.asker in self._people:
            self._people.move_to_end(chosen.asker)
        return chosen

    def greediest(self) -> tuple[int, Job] | None:
        """How many jobs the person has who has most, and the last of them."""
        if not self._people:
            return None
        jobs = max(self._people.values(), key=len)
        return len(jobs), jobs[-1]

    def waiting_of(self, asker: int | None) -> int:
        return len(self._people.get(asker, ()))

    def _in_folder(self, folder: str, head: Job) -> Job:
        if head.passed >= self._patience:
            return head
        for jobs in self._people.values():
            for job in islice(jobs, AHEAD):
                if job.folder == folder:
                    return job
        return head

    def _drop(self, job: Job) -> None:
        jobs = self._people[job.asker]
        jobs.remove(job)
        self._count -= 1
        if not jobs:
            del self._people[job.asker]
