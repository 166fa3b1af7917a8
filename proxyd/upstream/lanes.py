"""The worker connections of one shared mailbox and the jobs that wait for them.

A job is an async function that gets a connection for itself. Invariants:
- never more than ``count`` connections, opened when needed and closed when unused for a while;
- first come, first served, except that a lane may take up to PATIENCE jobs for the folder it has
  open before the first in the queue must have it;
- bulk jobs never hold all lanes (where there are two or more), so a download holds nobody up;
- a job whose connection broke runs once more on a new one, unless it had begun to change
  something: what may have happened must not happen twice;
- a caller that goes away does not disturb a connection: its job runs to its end unheard.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from proxyd.domain.errors import Busy, ProxydError, UpstreamUnavailable
from proxyd.imapwire.response import BadResponse
from proxyd.upstream.door import Door
from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.timings import Timings

T = TypeVar("T")
Work = Callable[[ImapConnection], Awaitable[T]]

PATIENCE = 8  # jobs; at a tenth of a second each nobody notices being passed
QUEUE_LENGTH = 1000  # jobs; the last one would wait for minutes, so it is better told at once

logger = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Job:
    work: Work[Any]
    folder: str | None
    bulk: bool
    done: asyncio.Future[Any]
    passed: int = 0  # how many jobs behind it were served before it


@dataclass(eq=False, slots=True)
class _Lane:
    connection: ImapConnection | None = None
    job: _Job | None = None
    task: asyncio.Task[None] | None = None
    retire: asyncio.TimerHandle | None = None

    @property
    def open(self) -> bool:
        return self.connection is not None and not self.connection.lost

    @property
    def folder(self) -> str | None:
        return self.connection.folder if self.connection is not None and self.open else None


class Lanes:
    """All lanes of one mailbox."""

    def __init__(
        self, door: Door, count: int, timings: Timings, on_event: Callable[[str], None]
    ) -> None:
        self._door = door
        self._timings = timings
        self._on_event = on_event
        self._lanes = [_Lane() for _ in range(count)]
        self._bulk_limit = max(1, count - 1)
        self._waiting: deque[_Job] = deque()
        self._closed = False

    async def run(self, work: Work[T], *, folder: str | None = None, bulk: bool = False) -> T:
        """What ``work`` returns or raises. Raises Busy when too many wait already."""
        if self._closed:
            raise UpstreamUnavailable("closed")
        if len(self._waiting) >= QUEUE_LENGTH:
            raise Busy("upstream")
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        done.add_done_callback(_seen)
        job = _Job(work, folder, bulk, done)
        self._waiting.append(job)
        self._dispatch()
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            if job in self._waiting:
                self._waiting.remove(job)
            raise

    def reselect(self) -> None:
        """Let every connection open its folder anew before the next job that needs one."""
        for lane in self._lanes:
            if lane.connection is not None:
                lane.connection.reselect()

    async def close(self) -> None:
        """Fail what waits, break what runs."""
        self._closed = True
        while self._waiting:
            self._waiting.popleft().done.set_exception(UpstreamUnavailable("closed"))
        tasks = [lane.task for lane in self._lanes if lane.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for lane in self._lanes:
            self._retire(lane)

    # ------------------------------------------------------------------ who is next

    def _dispatch(self) -> None:
        while not self._closed:
            idle = [lane for lane in self._lanes if lane.job is None]
            head = next((job for job in self._waiting if self._may_run(job)), None)
            if not idle or head is None:
                return
            lane = min(idle, key=lambda one: _fit(one, head))
            job = self._preferred(lane, head)
            self._waiting.remove(job)
            self._begin(lane, job)

    def _may_run(self, job: _Job) -> bool:
        if not job.bulk:
            return True
        under_way = sum(1 for lane in self._lanes if lane.job is not None and lane.job.bulk)
        return under_way < self._bulk_limit

    def _preferred(self, lane: _Lane, head: _Job) -> _Job:
        """``head``, or a job for the folder that ``lane`` has open."""
        folder = lane.folder
        if folder is None or head.folder in (None, folder) or head.passed >= PATIENCE:
            return head
        for job in self._waiting:
            if job.folder == folder and self._may_run(job):
                head.passed += 1
                return job
        return head

    # ------------------------------------------------------------------ one job

    def _begin(self, lane: _Lane, job: _Job) -> None:
        lane.job = job
        if lane.retire is not None:
            lane.retire.cancel()
            lane.retire = None
        lane.task = asyncio.get_running_loop().create_task(self._serve(lane, job))

    async def _serve(self, lane: _Lane, job: _Job) -> None:
        try:
            result = await self._carried_out(lane, job)
        except ProxydError as error:
            _fail(job, error)
        except asyncio.CancelledError:
            _fail(job, UpstreamUnavailable("closed"))
            raise
        except Exception as error:  # the boundary: a mistake of ours must not lose the lane
            logger.exception("upstream job failed")
            self._retire(lane)
            _fail(job, error)
        else:
            if not job.done.done():
                job.done.set_result(result)
        finally:
            self._rest(lane)

    async def _carried_out(self, lane: _Lane, job: _Job) -> object:
        connection = await self._connected(lane)
        try:
            return await self._tried(lane, job, connection)
        except UpstreamUnavailable:
            if connection.changed or self._closed:
                raise
            self._on_event("retried")
        return await self._tried(lane, job, await self._connected(lane))

    async def _tried(self, lane: _Lane, job: _Job, connection: ImapConnection) -> object:
        connection.changed = False
        try:
            return await job.work(connection)
        except BadResponse as bad:  # a value nobody can read, in a well-framed answer
            self._retire(lane)
            raise UpstreamUnavailable(f"not understood: {bad}") from bad

    async def _connected(self, lane: _Lane) -> ImapConnection:
        if lane.connection is not None and not lane.connection.lost:
            return lane.connection
        if lane.connection is not None:
            self._on_event("lost")
            lane.connection = None
        lane.connection = await self._door.enter()
        return lane.connection

    def _rest(self, lane: _Lane) -> None:
        lane.job = lane.task = None
        if not self._closed:
            loop = asyncio.get_running_loop()
            lane.retire = loop.call_later(self._timings.keep, self._retire, lane)
            self._dispatch()

    def _retire(self, lane: _Lane) -> None:
        if lane.retire is not None:
            lane.retire.cancel()
        connection, lane.connection, lane.retire = lane.connection, None, None
        if connection is not None:
            connection.leave()
            self._on_event("closed")


def _fit(lane: _Lane, job: _Job) -> int:
    """Smaller is better: the folder open already, any connection, a connection to be opened."""
    if lane.folder is not None and lane.folder == job.folder:
        return 0
    if lane.open:
        return 1 if lane.folder is None else 2
    return 3


def _fail(job: _Job, error: BaseException) -> None:
    if not job.done.done():
        job.done.set_exception(error)


def _seen(done: asyncio.Future[Any]) -> None:
    """A failure whose caller has gone is no mistake worth a warning."""
    if not done.cancelled():
        done.exception()
