"""What work costs, so that it holds on a busy machine: processor time, never the wall clock.

The bounds are some ten times what an idle machine needs: they tell linear from quadratic.
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


@contextlib.contextmanager
def effort_below(seconds: float) -> Iterator[None]:
    """Fails where what is done inside takes this process more processor time, all threads of it."""
    began = time.process_time()
    yield
    spent = time.process_time() - began
    assert spent < seconds, f"{spent:.3f} s of processor time, {seconds} are allowed"


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
    began = effort_of_process(pid)
    yield
    spent = effort_of_process(pid) - began
    assert spent < seconds, f"{spent:.2f} s of processor time, {seconds} are allowed"


@dataclass
class Turns:
    """How long one who waits for the loop waited at most, in processor time of this process."""

    longest: float = 0.0
    count: int = 0


@contextlib.asynccontextmanager
async def counted_turns() -> AsyncIterator[Turns]:
    """While this goes on inside somebody else wants every turn of the loop. What holds the loop up
    counts, in it or in a thread that does not let go of the interpreter.
    """
    turns = Turns()

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
