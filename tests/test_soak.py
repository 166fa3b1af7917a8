"""The soak works: a short one with a few clients, and what it calls lost and not flat."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.bench.soak import Sample, grown
from tests.bench.soak_events import Events, Waits

ROOT = Path(__file__).parent.parent


def sample(second: float, pss_kib: int = 100_000, files: int = 50) -> Sample:
    return Sample(second, pss_kib, files, 10, 20, 1000, 3)


def test_a_short_one_with_a_client_of_each_role() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.soak",
         "--minutes", "0.1", "--clients", "20", "--mails", "60"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost 0; errors 0" in done.stdout


def test_what_nobody_tells_in_time_is_lost() -> None:
    events = Events(bound_s=0.05)
    events.expect(("flags", 5, "soak"), [(1, 0.0), (2, 0.0), (3, 60.0)])
    events.heard(1, ("flags", 5, "soak"), idles=True)
    events.heard(2, ("flags", 5, "-soak"), idles=True)
    time.sleep(0.1)
    events.overdue()
    assert events.told == 1
    assert [line.partition(":")[0] for line in events.lost] == ["client 2"]
    assert events.pending(5)
    events.left(3)
    assert not events.pending(5)


def test_what_grows_in_the_second_half_is_not_flat() -> None:
    seconds = range(0, 1200, 10)
    assert grown([sample(s, files=50 + s % 7) for s in seconds]) == []
    early = [sample(s, pss_kib=100_000 + 50 * min(s, 500)) for s in seconds]
    assert grown(early) == []
    (told,) = grown([sample(s, pss_kib=100_000 + 20 * s) for s in seconds])
    assert told.startswith("pss_kib grew by 11,")
    (told,) = grown([sample(s, files=50 + s // 30) for s in seconds])
    assert told.startswith("files grew by")


def test_waits_are_told_by_their_share() -> None:
    waits = Waits()
    for ms in (0.5, 1.5, 3.0, 40.0):
        waits.add(ms)
    assert waits.at_most(0.5) == 2 and waits.at_most(1.0) == 50 and waits.most == 40.0
