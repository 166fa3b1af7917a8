"""``make soak``: clients on a real Dovecot for as long as one likes; each change must reach all
whom it concerns, and what the process takes must be flat. Ends by exit code 1 where it is not so.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import signal
import sys
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import linear_regression, median
from threading import Event as Signal
from threading import Thread

import uvloop

from tests.bench.run import FILES
from tests.bench.sides import pair, pss_kib
from tests.bench.soak_events import Events
from tests.bench.soak_office import Office

MAILS = 1000
SAMPLE_S = 10.0
BOUND_S = 10.0  # until an event has been heard; two cores carry 200 clients and both servers
# What the second half may add: to the memory, noise of the allocator; to the rest, the few
# connections that happen to be opened.
MORE_PSS, MORE_PSS_KIB, MORE_FILES, MORE_THREADS = 0.03, 2048, 8, 2


@dataclass(frozen=True, slots=True)
class Sample:
    second: float
    pss_kib: int
    files: int
    threads: int
    sessions: int
    disk_kib: int
    upstream: int


class Watch:
    """Looks at the process from outside."""

    def __init__(self, pid: int, http: int, data: Path, upstream: object) -> None:
        self._pid = pid
        self._http = http
        self._data = data
        self._upstream = upstream
        self._ended = Signal()
        self.samples: list[Sample] = []
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        began = time.monotonic()
        while not self._ended.wait(SAMPLE_S):
            sample = self._sample(time.monotonic() - began)
            self.samples.append(sample)
            words = [f"{field.name} {getattr(sample, field.name):,.0f}" for field in fields(sample)]
            sys.stderr.write("  " + "  ".join(words) + "\n")

    def _sample(self, second: float) -> Sample:
        process = Path(f"/proc/{self._pid}")
        return Sample(
            second,
            pss_kib(self._pid),
            len(list((process / "fd").iterdir())),
            len(list((process / "task").iterdir())),
            self._sessions(),
            sum(_size(file) for file in self._data.rglob("*")) // 1024,
            self._upstream.connections(),  # type: ignore[attr-defined]
        )

    def _sessions(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._http}/metrics", timeout=30) as said:
            text = said.read().decode()
        return sum(
            int(float(v)) for v in re.findall(r"^proxyd_sessions(?:\{.*?\})? (\S+)", text, re.M)
        )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size if file.is_file() else 0
    except FileNotFoundError:  # a file of the cache that went
        return 0


def grown(samples: list[Sample]) -> list[str]:
    """What is not flat over the second half, in words."""
    half = samples[len(samples) // 2 :]
    if len(half) < 4:
        return []
    told = []
    span = half[-1].second - half[0].second
    for name, most in (
        ("pss_kib", MORE_PSS_KIB + MORE_PSS * half[0].pss_kib),
        ("files", MORE_FILES),
        ("threads", MORE_THREADS),
        ("upstream", 1),
    ):
        values = [float(getattr(sample, name)) for sample in half]
        slope = linear_regression([sample.second for sample in half], values).slope
        if slope * span > most:
            told.append(f"{name} grew by {slope * span:,.0f} in {span / 60:.0f} min")
    return told


def report(office: Office, samples: list[Sample]) -> bool:
    """Print it; was everything well?"""
    events, wrong = office.events, grown(samples)
    waits = events.waits
    print(f"events told {events.told:,}, lost {len(events.lost):,}; errors {len(office.errors):,}")
    print(", ".join(f"{name} {count:,}" for name, count in sorted(office.done.items())))
    print(
        f"heard by who idles within {waits.at_most(0.5):g} ms (half of them),"
        f" {waits.at_most(0.99):g} ms (99 %), {waits.most:,.0f} ms (all)"
    )
    for name in ("pss_kib", "files", "threads", "upstream", "disk_kib") if samples else ():
        values = [getattr(sample, name) for sample in samples]
        middle, last = values[len(values) // 2], values[-1]
        most = max(values)
        print(
            f"{name}: median {median(values):,.0f}, middle {middle:,}, end {last:,}, most {most:,}"
        )
    print("flat" if not wrong else "NOT flat: " + "; ".join(wrong))
    for line in (*events.lost[:20], *office.errors[:20]):
        print(f"  {line}")
    return not (wrong or events.lost or office.errors)


def soaked(clients: int, seconds: float, mails: int) -> bool:
    with ExitStack() as running:
        both = running.enter_context(pair(mails))
        ports = both.proxy.ports
        office = Office(
            ports["imap-tls"], both.proxy.trust(), both.dovecot, clients, Events(BOUND_S)
        )
        watch = Watch(both.proxy.pid, ports["http"], both.directory / "data", both.dovecot)
        uvloop.run(office.run(seconds))
        watch.end()
        if "Traceback" in both.proxy.log():
            office.errors.append(both.proxy.log()[-4000:])
        return report(office, watch.samples)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--mails", type=int, default=MAILS)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is stopped
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, most), most))
    os.environ.setdefault("NO_COLOR", "1")
    sys.exit(0 if soaked(options.clients, options.minutes * 60, options.mails) else 1)


if __name__ == "__main__":
    main()
