"""What work costs, so that it holds on a busy machine: processor time, never the wall clock.

The bounds are some times what an idle machine needs: they tell linear from quadratic. A processor
that others take the caches of does the same work in four times the time: a bound that is exceeded
is compared once more by what a piece of work of a known length takes there.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_PIECE_S = 0.0016  # what ``_piece`` takes on an idle machine, where the bounds were measured
_PIECES = 10


def _piece() -> None:
    """Some of everything: objects, octets, dictionaries."""
    found: dict[bytes, list[int]] = {}
    for number in range(15_000):
        found.setdefault(b"%d" % (number % 997), []).append(number)
    sum(map(len, found.values()))


def slowness() -> float:
    """How many times as long as on an idle machine everything takes now; at least 1."""
    began = time.thread_time()
    for _ in range(_PIECES):
        _piece()
    return max(1.0, (time.thread_time() - began) / _PIECES / _PIECE_S)


def require_below(spent: float, seconds: float, which: object = "", *, before: float = 1.0) -> None:
    """``spent`` is processor time; ``before``: how slow the machine was when it began."""
    if spent >= seconds:
        allowed = seconds * max(before, slowness())
        told = f"{which} {spent:.3f} s of processor time, {allowed:.3f} are allowed".strip()
        assert spent < allowed, told


@contextlib.contextmanager
def effort_below(seconds: float) -> Iterator[None]:
    """Fails where what is done inside takes this process more processor time, all threads of it."""
    before = slowness()
    began = time.process_time()
    yield
    require_below(time.process_time() - began, seconds, before=before)


def effort_of(work: Callable[[], object], *, runs: int = 3) -> float:
    """The least processor time of this thread, in seconds, that ``work`` took in some runs.

    Without the garbage collector's, which goes through all that other tests have left as well.
    """
    least, collects = float("inf"), gc.isenabled()
    gc.disable()
    try:
        for _ in range(runs):
            began = time.thread_time()
            work()
            least = min(least, time.thread_time() - began)
    finally:
        if collects:
            gc.enable()
    return least


def effort_of_process(pid: int) -> float:
    """Seconds of processor time that a process has taken so far, all threads of it (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def effort_of_process_below(pid: int, seconds: float) -> Iterator[None]:
    """Fails where another process takes more processor time while this goes on inside."""
    before = slowness()
    began = effort_of_process(pid)
    yield
    require_below(effort_of_process(pid) - began, seconds, before=before)


@dataclass
class Turns:
    """How long one who waits for the loop waited at most, in processor time of this process."""

    longest: float = 0.0
    count: int = 0
    slowness: float = 1.0  # of the machine, before it began

    def require_below(self, seconds: float) -> None:
        require_below(self.longest, seconds, before=self.slowness)


@contextlib.asynccontextmanager
async def counted_turns() -> AsyncIterator[Turns]:
    """While this goes on inside somebody else wants every turn of the loop. What holds the loop up
    counts, in it or in a thread that does not let go of the interpreter.
    """
    turns = Turns(slowness=slowness())

    async def somebody() -> None:
        last = time.process_time()
        while True:
            await asyncio.sleep(0)
            now = time.process_time()
            turns.longest, turns.count, last = max(turns.longest, now - last), turns.count + 1, now

    task = asyncio.create_task(somebody())
    await asyncio.sleep(0)
    try:
        yield turns
    finally:
        task.cancel()
