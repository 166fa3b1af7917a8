"""``make bench``: proxyd beside a direct connection to the same Dovecot, as ratios in one run.

Each measurement alternates between the two, so that a machine whose speed drifts hits both alike.
Prints a Markdown table of medians in milliseconds and ratios (ours/direct; below 1 is faster).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.client import BareClient
from tests.corpus import mails
from tests.e2e.installation import PASSWORD, Installation
from tests.servers.certificates import make_ca
from tests.servers.dovecot import Dovecot

HEADERS = (
    "UID fetch 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date "
    "Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To "
    "Received)])"
)


@dataclass(frozen=True)
class Side:
    """One of the two servers, as a client reaches it."""

    port: int
    user: str
    password: str
    change: Callable[[int], tuple[int, str]]  # round → UID and a keyword it does not have yet

    def client(self, folder: str = "INBOX") -> BareClient:
        client = self.open()
        client.command(f'SELECT "{folder}"')
        return client

    def open(self) -> BareClient:
        client = BareClient(self.port)
        client.command(f'LOGIN "{self.user}" "{self.password}"')
        return client


def fresh_mail(round_: int) -> tuple[int, str]:
    """Directly: a plain keyword on a mail that has none."""
    return 1 + round_ % 900 + (50 if round_ >= 1000 else 0), f"bench-{round_ // 1000}"


def fresh_status(round_: int) -> tuple[int, str]:
    """Through us: always another status of the same conversation."""
    return 100, ("$status-checking", "$status-hold")[round_ % 2]


Measure = Callable[[Side, int], float]


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def login(side: Side, round_: int) -> float:
    client = BareClient(side.port)
    taken = timed(lambda: client.command(f'LOGIN "{side.user}" "{side.password}"'))
    client.close()
    return taken


def select(side: Side, round_: int) -> float:
    client = side.open()
    taken = timed(lambda: client.command("SELECT INBOX"))
    client.close()
    return taken


def on_inbox(command: str) -> Measure:
    def measure(side: Side, round_: int) -> float:
        client = side.client()
        taken = timed(lambda: client.command(command))
        client.close()
        return taken

    return measure


def body(side: Side, round_: int) -> float:
    client = side.client()
    taken = timed(lambda: client.command(f"UID FETCH {round_ + 1} (BODY.PEEK[])"))
    client.close()
    return taken


def store(side: Side, round_: int) -> float:
    client = side.client()
    uid, keyword = side.change(round_)
    taken = timed(lambda: client.command(f"UID STORE {uid} +FLAGS ({keyword})"))
    client.close()
    return taken


def to_idler(side: Side, round_: int) -> float:
    """From sending a STORE to another client that idles hearing of it."""
    idler, other = side.client(), side.client()
    idler.idle()
    time.sleep(0.1)
    heard: list[float] = []
    uid, keyword = side.change(1000 + round_)

    def listen() -> None:
        idler.wait_for(keyword.encode())
        heard.append(time.perf_counter())

    thread = threading.Thread(target=listen)
    thread.start()
    start = time.perf_counter()
    other.command(f"UID STORE {uid} +FLAGS ({keyword})")
    thread.join(10)
    idler.close()
    other.close()
    return heard[0] - start


WORK: tuple[tuple[str, Measure], ...] = (
    ("login", login),
    ("SELECT, first in a session", select),
    ("FETCH 1:* (UID FLAGS)", on_inbox("FETCH 1:* (UID FLAGS)")),
    ("Thunderbird's header fetch 1:*", on_inbox(HEADERS)),
    ("one body", body),
    ("STORE of a keyword", store),
    ("keyword to an idling client", to_idler),
)


def run(count: int, rounds: int) -> list[str]:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        certificates = make_ca(directory / "tls")
        proxy = Installation(directory, certificates)
        with Dovecot(certificates=certificates, max_connections=200) as dovecot:
            for raw, _, _ in mails(count):
                dovecot.deliver(raw)
            proxy.set_up(dovecot, f"smtps://x@127.0.0.1:{dovecot.tls_port}", dovecot.password)
            proxy.start()
            try:
                began = time.perf_counter()
                proxy.wait_synced(count)
                synced = time.perf_counter() - began
                direct = Side(dovecot.plain_port, dovecot.user, dovecot.password, fresh_mail)
                ours = Side(proxy.ports["imap-starttls"], "anna", PASSWORD, fresh_status)
                rows = [compare(name, work, ours, direct, rounds) for name, work in WORK]
            finally:
                proxy.close()
    sys.stderr.write(f"{count} mails: first synchronisation {synced:.1f} s\n")
    return rows


def compare(name: str, work: Measure, ours: Side, direct: Side, rounds: int) -> str:
    work(direct, rounds), work(ours, rounds)  # warm both up
    pairs = [(work(ours, number), work(direct, number)) for number in range(rounds)]
    mine, theirs = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    return f"| {name} | {mine:.2f} | {theirs:.2f} | {mine / theirs:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    for count in options.mails:
        rows = run(count, options.rounds)
        print(f"\n### {count:,} mails\n")
        print("| work | proxyd, ms | direct, ms | ratio |\n|---|---:|---:|---:|")
        print("\n".join(rows), flush=True)


if __name__ == "__main__":
    main()
