"""One worker connection of a mailbox, what it is at work on, and what would fit it next."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.turns import Job


@dataclass(eq=False, slots=True)
class Lane:
    connection: ImapConnection | None = None
    job: Job | None = None
    task: asyncio.Task[None] | None = None
    retire: asyncio.TimerHandle | None = None
    give_up: asyncio.TimerHandle | None = None  # the connection, when nobody wants its job

    @property
    def open(self) -> bool:
        return self.connection is not None and not self.connection.lost

    @property
    def folder(self) -> str | None:
        return self.connection.folder if self.connection is not None and self.open else None


def concerns(job: Job, folder: str | None) -> bool:
    return folder is not None and job.alone is not None and job.alone.concerns(folder)


def fit(lane: Lane, job: Job) -> int:
    """Smaller is better: the folder open already, any connection, a connection to be opened."""
    if lane.folder is not None and lane.folder == job.folder:
        return 0
    if lane.open:
        return 1 if lane.folder is None else 2
    return 3
