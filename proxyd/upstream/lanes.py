"""The worker connections of one shared mailbox and the jobs that wait for them.

A job is an async function that gets a connection for itself. Invariants:
- never more connections than the budget has for workers, opened when needed and closed when unused
  for a while;
- people in turn, and nobody waits behind bulk work: bulk jobs never hold all lanes where
  there are two or more; on a single one they come in pieces, and a piece waits for everybody else,
  but not for ever (BULK_PATIENCE);
- a job whose connection broke runs once more on a new one, and one that the provider puts off a few
  times after a pause, unless it had begun to change something: what may have happened must not
  happen twice;
- a folder that is open on a connection at work stays open there: what renames or deletes it waits
  for those who are in it and lets nobody in meanwhile; others are not touched;
- a caller that goes away takes its job along where it waits. Where it runs it is read to its end,
  for a while; then the connection is given up, because the rest would cost the provider more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

from proxyd.domain.asker import asker
from proxyd.domain.errors import (
    ProxydError,
    UpstreamLimited,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxyd.imapwire.response import BadResponse
from proxyd.upstream.budget import Budget
from proxyd.upstream.door import SignInDoor
from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.lane import Lane, concerns, fit
from proxyd.upstream.limits import LIMIT_CODES
from proxyd.upstream.timings import Timings
from proxyd.upstream.turns import Alone, Job, T, Work
from proxyd.upstream.waiting import WaitingJobs

# How often a job that changes nothing is asked for again when the provider puts it off, and how
# long a pause somebody who looks at a screen is left waiting for.
TRIES = 3
WORTH_WAITING_S = 5.0

logger = logging.getLogger(__name__)


class Lanes:
    """All lanes of one mailbox."""

    def __init__(
        self, door: SignInDoor, budget: Budget, timings: Timings, on_event: Callable[[str], None]
    ) -> None:
        self._door = door
        self._budget = budget
        self._timings = timings
        self._on_event = on_event
        self._lanes: list[Lane] = []
        self._waiting = WaitingJobs()
        self._wake: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def single(self) -> bool:
        """Is there one connection for all work?"""
        return self._budget.workers == 1

    @property
    def working(self) -> int:
        """How many connections of workers are open."""
        return sum(lane.open for lane in self._lanes)

    async def run(
        self,
        work: Work[T],
        *,
        folder: str | None = None,
        bulk: bool = False,
        alone: Alone | None = None,
    ) -> T:
        """What ``work`` returns or raises. Raises Busy when too many wait already."""
        if self._closed:
            raise UpstreamUnavailable("closed")
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        done.add_done_callback(_seen)
        job = Job(work, folder, bulk, asker(), done, alone)
        self._waiting.add(job)
        self._dispatch()
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            self._forget(job)
            raise

    async def close(self) -> None:
        """Fail what waits, break what runs."""
        self._closed = True
        if self._wake is not None:
            self._wake.cancel()
        for job in self._waiting.take_all():
            job.fail(UpstreamUnavailable("closed"))
        tasks = [lane.task for lane in self._lanes if lane.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for lane in self._lanes:
            self._retire(lane)

    def _forget(self, job: Job) -> None:
        """Nobody waits for it any more."""
        job.unheard = True
        if self._waiting.remove(job):
            if job.alone is not None:
                self._waiting.let_go()
                self._dispatch()
            return
        for lane in self._lanes:
            if lane.job is job:
                loop = asyncio.get_running_loop()
                lane.give_up = loop.call_later(self._timings.unheard, self._give_up, lane)

    def _give_up(self, lane: Lane) -> None:
        if lane.open and lane.connection is not None and not lane.connection.changed:
            lane.connection.drop("nobody waits for the answer")
            self._on_event("dropped")

    # ------------------------------------------------------------------ who is next

    def _dispatch(self) -> None:
        while not self._closed:
            head = self._next_alone() or self._waiting.head(bulk=self._may_run_bulk())
            idle = list(self._idle()) if head is not None else []
            if head is None or not idle:
                return
            lane = min(idle, key=lambda one: fit(one, head))
            job = self._waiting.take(head, lane.folder)
            if job.alone is None and self._is_kept_out(job):
                self._waiting.hold(job)
            else:
                self._begin(lane, job)

    def _next_alone(self) -> Job | None:
        job = self._waiting.alone
        return job if job is not None and self._may_be_alone(job) else None

    def _may_be_alone(self, job: Job) -> bool:
        """Nobody is at work in its folders, and nobody else has any for himself."""
        at_work = [lane for lane in self._lanes if lane.job is not None]
        return not any(
            (lane.job is not None and lane.job.alone is not None)
            or concerns(job, lane.folder)
            or concerns(job, lane.job.folder if lane.job is not None else None)
            for lane in at_work
        )

    def _is_kept_out(self, job: Job) -> bool:
        alone = (lane.job for lane in self._lanes if lane.job is not None)
        return any(concerns(one, job.folder) for one in (self._waiting.alone, *alone) if one)

    def _may_run_bulk(self) -> bool:
        if not self._waiting.bulk:
            return False
        if self._budget.pause > 0:
            self._dispatch_in(self._budget.pause)
            return False
        under_way = sum(1 for lane in self._lanes if lane.job is not None and lane.job.bulk)
        return under_way < max(1, self._budget.workers - 1)

    def _idle(self) -> Iterator[Lane]:
        """Lanes that may begin a job: open ones, and a new one where there is room for it."""
        used = 0
        for lane in self._lanes:
            used += lane.open or lane.job is not None
            if lane.job is None and lane.open:
                yield lane
        if used < self._budget.workers:
            unused = (one for one in self._lanes if one.job is None and not one.open)
            yield next(unused, None) or self._new_lane()

    def _new_lane(self) -> Lane:
        self._lanes.append(Lane())
        return self._lanes[-1]

    def _dispatch_in(self, seconds: float) -> None:
        """What waits now may be possible then."""
        if self._wake is not None:
            self._wake.cancel()
        self._wake = asyncio.get_running_loop().call_later(seconds, self._dispatch)

    # ------------------------------------------------------------------ one job

    def _begin(self, lane: Lane, job: Job) -> None:
        lane.job = job
        if lane.retire is not None:
            lane.retire.cancel()
            lane.retire = None
        lane.task = asyncio.get_running_loop().create_task(self._serve(lane, job))

    async def _serve(self, lane: Lane, job: Job) -> None:
        try:
            result = await self._carried_out(lane, job)
        except ProxydError as error:
            if not self._put_off(lane, job, error):
                job.fail(error)
        except asyncio.CancelledError:
            job.fail(UpstreamUnavailable("closed"))
            raise
        except Exception as error:  # the boundary: a mistake of ours must not lose the lane
            logger.exception("upstream job failed")
            self._retire(lane)
            job.fail(error)
        else:
            job.succeed(result)
        finally:
            if job.alone is not None:
                self._over(job.alone)
            self._rest(lane)

    def _over(self, alone: Alone) -> None:
        """Others may come in again; nobody is at work there now."""
        for lane in self._lanes if alone.closes else []:
            folder = lane.folder
            if lane.connection is not None and folder is not None and alone.concerns(folder):
                lane.connection.reselect()
        self._waiting.let_go()

    def _put_off(self, lane: Lane, job: Job, error: ProxydError) -> bool:
        """Let the job wait until the provider takes it; False: it has failed."""
        if self._closed or job.unheard or job.tries >= TRIES:
            return False
        connection = lane.connection
        if connection is not None and connection.changed:
            return False
        if isinstance(error, UpstreamLimited):
            # No more connections: one that there is will do.
            pause = 0.0 if self.working else self._door.pause()
        elif isinstance(error, UpstreamRefused) and error.code in LIMIT_CODES:
            pause = self._budget.pause
            if not pause:
                return False
        else:
            return False
        if pause > WORTH_WAITING_S:
            return False
        job.tries += 1
        self._waiting.put_aside(job, pause, self._dispatch)
        return True

    async def _carried_out(self, lane: Lane, job: Job) -> object:
        connection = await self._connected(lane)
        try:
            return await self._tried(lane, job, connection)
        except UpstreamLimited:
            raise
        except UpstreamUnavailable:
            if connection.changed or self._closed or job.unheard:
                raise
            self._on_event("retried")
        return await self._tried(lane, job, await self._connected(lane))

    async def _tried(self, lane: Lane, job: Job, connection: ImapConnection) -> object:
        connection.begin()
        try:
            return await job.work(connection)
        except BadResponse as bad:  # a value nobody can read, in a well-framed answer
            self._retire(lane)
            raise UpstreamUnavailable(f"not understood: {bad}") from bad

    async def _connected(self, lane: Lane) -> ImapConnection:
        if lane.connection is not None and not lane.connection.lost:
            return lane.connection
        if lane.connection is not None:
            self._on_event("lost")
            lane.connection = None
        lane.connection = await self._door.enter()
        return lane.connection

    def _rest(self, lane: Lane) -> None:
        lane.job = lane.task = None
        if lane.give_up is not None:
            lane.give_up.cancel()
            lane.give_up = None
        if self._closed:
            return
        loop = asyncio.get_running_loop()
        lane.retire = loop.call_later(self._timings.keep, self._retire, lane)
        if self.working > self._budget.workers:
            self._retire(lane)
        self._dispatch()

    def _retire(self, lane: Lane) -> None:
        if lane.retire is not None:
            lane.retire.cancel()
        connection, lane.connection, lane.retire = lane.connection, None, None
        if connection is not None:
            connection.leave()
            self._on_event("closed")


def _seen(done: asyncio.Future[Any]) -> None:
    """A failure whose caller has gone is no mistake worth a warning."""
    if not done.cancelled():
        done.exception()
