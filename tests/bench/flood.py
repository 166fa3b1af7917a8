"""``python -m tests.bench.flood``: ten thousand wrong passwords at once, from 300 addresses.

Meanwhile ten people work, sign in again at both doors, and others sign in for the first time.
Prints their times beside those of a quiet while, and how many sign in within a second, cold and
cached. The limits are those that proxyd has as it is delivered.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import resource
import signal
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from proxyd.commands.installation import opened, settings_of
from proxyd.domain.types import Right
from proxyd.store.passwords import PasswordHasher
from tests.bench.child import Child, child
from tests.bench.load import loaded
from tests.bench.result import Spread
from tests.bench.sides import provider, scratch
from tests.e2e.installation import PASSWORD, Installation
from tests.servers.certificates import make_ca

MAILS = 1000
COUNT, ADDRESSES = 10_000, 300
WORKERS, NEWCOMERS, COLD = 10, 12, 200
SECONDS = 45.0
TOGETHER = 10
LEAST_S = 4.0  # of a while in which everybody signs in again at least once
CLIENT = "tests.bench.flood_client"


class House:
    """A running proxyd with so many people, most of whom have never signed in."""

    def __init__(self, running: ExitStack) -> None:
        directory = running.enter_context(scratch())
        certificates = make_ca(directory / "tls")
        dovecot = running.enter_context(provider(certificates, MAILS))
        self.ca = str(certificates.ca)
        self.proxy = Installation(directory, certificates)
        self.proxy.set_up(dovecot, f"smtps://x@127.0.0.1:{dovecot.tls_port}", dovecot.password)
        running.callback(self.proxy.close)
        self.workers = [f"worker{number}" for number in range(WORKERS)]
        self._fresh = (f"fresh{number}" for number in range(10_000))
        self._add(self.workers)
        self.proxy.start()
        self.proxy.wait_synced(MAILS)

    def fresh(self, count: int) -> list[str]:
        """People who are new here."""
        people = [next(self._fresh) for _ in range(count)]
        self._add(people)
        return people

    def _add(self, people: Sequence[str]) -> None:
        """Past the command, which takes half a second for each. One hash is as good as many: what
        is proven, and what is known, goes by person.
        """
        password_hash = PasswordHasher().hash(PASSWORD)

        def add(tx: Any) -> None:
            mailbox = tx.mailboxes.find("support")
            for login in people:
                account = tx.accounts.add(login, login.title(), "staff", password_hash)
                tx.accounts.grant(account.id, mailbox.id, Right.RESPOND)

        async def added() -> None:
            async with opened(settings_of(self.proxy.config)) as installation:
                await installation.store.write(add)

        asyncio.run(added())

    def processor_s(self) -> float:
        """That proxyd has used so far."""
        fields = Path(f"/proc/{self.proxy.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def metric(self, pattern: str) -> float:
        url = f"http://127.0.0.1:{self.proxy.ports['http']}/metrics"
        with urllib.request.urlopen(url, timeout=60) as said:
            text = said.read().decode()
        return sum(float(v) for v in re.findall(rf"^{pattern} (\S+)", text, re.MULTILINE))

    def job(self, kind: str, **more: Any) -> str:
        ports = self.proxy.ports
        facts = {
            "kind": kind, "ca": self.ca, "port": ports["imap-tls"], "smtp_port": ports["smtp-tls"],
            "password": PASSWORD, "mails": MAILS, **more,
        }  # fmt: skip
        return json.dumps(facts)


def told(one: Child) -> dict[str, Any]:
    """What a job says in its end."""
    assert one.process.stdout is not None
    answer: dict[str, Any] = json.loads(one.process.stdout.readline())
    return answer


def begin(one: Child) -> None:
    assert one.process.stdin is not None
    one.process.stdin.write("\n")
    one.process.stdin.flush()


@contextmanager
def people(house: House, seconds: float, newcomers: int) -> Iterator[Child]:
    job = house.job(
        "people", people=house.workers, newcomers=house.fresh(newcomers), seconds=seconds
    )
    with child(CLIENT, job) as at_work:
        yield at_work


def quiet(house: House, seconds: float, newcomers: int) -> dict[str, Any]:
    began, used = time.monotonic(), house.processor_s()
    with people(house, seconds, newcomers) as at_work:
        begin(at_work)
        answer = told(at_work)
    return {**answer, "proxyd": (house.processor_s() - used) / (time.monotonic() - began)}


def flooded(
    house: House, door: str, seconds: float, newcomers: int, count: int, addresses: int
) -> dict[str, Any]:
    """``people`` under a flood at a door, "imap" or "smtp"."""
    logins = [*house.workers, "anna", "nobody", "info"]
    port = house.proxy.ports[f"{door}-tls"]
    job = json.loads(
        house.job(
            "guesses", door=door, logins=logins, count=count, addresses=addresses, seconds=seconds
        )
    )
    recorded = house.metric(r'proxyd_sign_ins_total\{outcome="refused"\}')
    with (
        people(house, seconds, newcomers) as at_work,
        child(CLIENT, json.dumps({**job, "port": port})) as guesser,
    ):
        began, used = time.monotonic(), house.processor_s()
        begin(guesser)
        begin(at_work)
        answer = told(at_work)
        used = (house.processor_s() - used) / (time.monotonic() - began)
        guesses = told(guesser)
    recorded = house.metric(r'proxyd_sign_ins_total\{outcome="refused"\}') - recorded
    return {**answer, "proxyd": used, "guesses": guesses, "recorded": recorded}


def rates(house: House, count: int) -> dict[str, float]:
    """Sign-ins a second, ``TOGETHER`` at once over TLS."""
    with child(
        CLIENT, house.job("cold", people=house.fresh(count), together=TOGETHER)
    ) as newcomers:
        begin(newcomers)
        cold = told(newcomers)["rate"]
    cached = loaded(
        kind="sign_ins", port=house.proxy.ports["imap-tls"], ca=house.ca, users=house.workers,
        password=PASSWORD, clients=TOGETHER, seconds=5.0,
    )["rate"]  # fmt: skip
    return {"cold": cold, "cached": cached}


def _times(values: list[float]) -> str:
    if not values:
        return "–"
    spread, most = Spread.of(values), max(values)
    return f"{spread.median:,.0f} ms <sub>{spread.low:,.0f}–{spread.high:,.0f}</sub>, {most:,.0f}"


def table(every: dict[str, dict[str, Any]]) -> str:
    """Median, quartiles, and the longest of all."""
    names = list(every)
    lines = [f"| ms | {' | '.join(names)} |", "|---|" + "---:|" * len(names)]
    for what in next(iter(every.values()))["times"]:
        cells = [
            f"{_times(one['times'][what])} ({len(one['times'][what])})" for one in every.values()
        ]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    failed = [str(sum(one["failed"].values())) for one in every.values()]
    lines.append(f"| of these failed | {' | '.join(failed)} |")
    cores = [f"{one['proxyd']:.2f}" for one in every.values()]
    lines.append(f"| cores that proxyd used | {' | '.join(cores)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--addresses", type=int, default=ADDRESSES)
    parser.add_argument("--newcomers", type=int, default=NEWCOMERS)
    parser.add_argument("--cold", type=int, default=COLD, help="people of whom the rate is taken")
    parser.add_argument("--doors", nargs="+", choices=("imap", "smtp"), default=["imap", "smtp"])
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is stopped
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.environ.setdefault("NO_COLOR", "1")
    seconds = max(options.seconds, LEAST_S)
    with ExitStack() as running:
        house = House(running)
        load = os.getloadavg()[0]
        every = {"quiet": quiet(house, seconds, options.newcomers)}
        for door in options.doors:
            every[f"flood at {door}"] = one = flooded(
                house, door, seconds, options.newcomers, options.count, options.addresses
            )
            print(f"{door}: {one['guesses']}, recorded {one['recorded']:.0f}")
            for what, times in one["failed"].items():
                print(f"  {times} × {what}")
        print(f"people's client: {[round(one['share'], 2) for one in every.values()]} cores")
        found = rates(house, options.cold)
        if "Traceback" in house.proxy.log():
            sys.exit(house.proxy.log()[-4000:])
    print(f"load of the machine before: {load:.1f}\n\n{table(every)}\n")
    print(f"sign-ins a second, {TOGETHER} at once over TLS: {found}")


if __name__ == "__main__":
    main()
