"""Ordered start and end, in a process of its own: the reactor is once per process."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S

ROOT = Path(__file__).parent.parent
BEGIN = """
import asyncio, os, signal, sys
from proxyd import runtime

def say(text):
    print(text, flush=True)

def closing(name):
    async def close():
        say("closed " + name)
    return close
"""


def started(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


SERVING = """
async def start(lifetime):
    lifetime.closing("store", closing("store"))
    lifetime.closing("door", closing("door"))
    say("ready")
runtime.run(start)
say("end")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_in_reverse_order(number: signal.Signals) -> None:
    with started(SERVING) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        output, errors = process.communicate(timeout=PATIENCE_S)
    assert output.splitlines() == ["closed door", "closed store", "end"]
    assert (process.returncode, errors) == (0, "")


BIG_AND_GONE = """
def in_memory_kib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))

async def start(lifetime):
    before = in_memory_kib()
    for _ in range(2):  # the second comes from where the first one taught the allocator to look
        mail = bytearray(b"a") * (30 * 1024 * 1024)
        del mail
    say(in_memory_kib() - before)
    lifetime.stop("seen")
runtime.run(start)
"""


def test_what_a_big_mail_took_goes_back_to_the_system() -> None:
    output, errors = started(BIG_AND_GONE).communicate(timeout=PATIENCE_S)
    assert errors == ""
    assert int(output) < 4 * 1024


def test_the_loop_is_uvloop_under_twisted() -> None:
    with started(
        """
async def start(lifetime):
    from twisted.internet import reactor
    say(type(asyncio.get_running_loop()).__module__)
    say(type(reactor).__name__)
    reactor.callLater(0, lifetime.stop, "enough")
runtime.run(start)
"""
    ) as process:
        output, errors = process.communicate(timeout=PATIENCE_S)
    assert output.splitlines() == ["uvloop", "ResetAwareReactor"], errors


def test_a_closer_that_hangs_or_fails_does_not_keep_the_others() -> None:
    with started(
        """
async def hang():
    await asyncio.sleep(60)
async def fail():
    raise RuntimeError("broken")
async def start(lifetime):
    lifetime.closing("store", closing("store"))
    lifetime.closing("hanging", hang, 0.05)
    lifetime.closing("failing", fail)
    lifetime.stop("at once")
runtime.run(start)
say("end")
"""
    ) as process:
        output, errors = process.communicate(timeout=PATIENCE_S)
    assert output.splitlines() == ["closed store", "end"]
    assert "hanging did not close within 0.05 s" in errors
    assert "RuntimeError: broken" in errors


def test_a_start_that_fails_closes_what_it_started() -> None:
    with started(
        """
async def start(lifetime):
    lifetime.closing("store", closing("store"))
    raise OSError("port taken")
try:
    runtime.run(start)
except OSError as error:
    say(error)
"""
    ) as process:
        output, errors = process.communicate(timeout=PATIENCE_S)
    assert output.splitlines() == ["closed store", "port taken"], errors


def test_a_signal_ends_a_long_start() -> None:
    with started(
        """
async def start(lifetime):
    lifetime.closing("store", closing("store"))
    say("starting")
    await asyncio.sleep(60)
runtime.run(start)
say("end")
"""
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "starting\n"
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=PATIENCE_S)
    assert output.splitlines() == ["closed store", "end"], errors


def test_a_second_signal_ends_at_once() -> None:
    with started(
        """
async def hang():
    say("hanging")
    await asyncio.sleep(60)
async def start(lifetime):
    lifetime.closing("hanging", hang, 60)
    say("ready")
runtime.run(start)
"""
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "hanging\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE_S) == 128 + signal.SIGTERM


def test_the_reactor_must_not_be_chosen_by_an_import() -> None:
    with started(
        """
from twisted.internet import reactor
async def start(lifetime):
    say("started")
runtime.run(start)
"""
    ) as process:
        output, errors = process.communicate(timeout=PATIENCE_S)
    assert output == "" and "imported the reactor before" in errors


def test_what_is_loaded_at_the_start_is_left_alone_by_the_collector() -> None:
    """Going through every mail again and again held everybody up for a tenth of a second."""
    process = started("""
import gc

loaded = []

async def start(lifetime):
    loaded.extend([number] for number in range(100_000))
    asyncio.get_running_loop().call_later(0.1, check, lifetime)

def check(lifetime):
    say(gc.get_freeze_count() > len(loaded) and gc.get_threshold()[0] > 10_000)
    lifetime.stop("done")

runtime.run(start)
""")
    assert process.communicate(timeout=PATIENCE_S)[0].strip() == "True"
