"""Through a line of 40 ms round trip and 20 Mbit/s: the proxy stands in the office, and the
provider at the other end; directly, each client goes through that line.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

from tests.bench.child import child
from tests.bench.measure import Measure, at_most, compared, timed_ms
from tests.bench.reading import HEADERS
from tests.bench.result import Row
from tests.bench.sides import Proxy, Side, direct_side, provider, scratch
from tests.servers.certificates import make_ca

READ = 100  # mails
COLLEAGUE = "ben"

_ranges = itertools.count()


def open_and_list(side: Side, round_: int) -> float:
    client = side.open()

    def work() -> None:
        client.drain("SELECT INBOX")
        client.drain(HEADERS)

    taken = timed_ms(work)
    client.close()
    return taken


def read_after_colleague(side: Side, round_: int) -> float:
    """Each mail as a mail client reads it: its text, then the mark. Other mails in each round."""
    first = 1 + next(_ranges) * READ % max(1, side.mails - READ)
    uids = range(first, min(first + READ, side.mails + 1))
    if "@" not in side.user:
        colleague = replace(side, user=COLLEAGUE).client()
        for uid in uids:
            colleague.drain(f"UID FETCH {uid} (UID RFC822.SIZE BODY.PEEK[])")
        colleague.close()
    client = side.client()

    def work() -> None:
        for uid in uids:
            client.drain(f"UID FETCH {uid} (UID RFC822.SIZE BODY.PEEK[])")
            client.drain(f"UID STORE {uid} +FLAGS (\\Seen)")

    taken = timed_ms(work)
    client.close()
    return taken


FAR = (
    Measure(
        "far-cold", "40 ms, 20 Mbit/s: open and list, first time", open_and_list, rounds=1,
        warm_up=False,
    ),
    Measure(
        "far-list", "40 ms, 20 Mbit/s: open and list again", open_and_list, goal=at_most(0.05),
        rounds=5,
    ),
    Measure(
        "far-read", f"40 ms, 20 Mbit/s: {READ} mails that a colleague has read",
        read_after_colleague, goal=at_most(0.02), rounds=3, warm_up=False,
    ),
)  # fmt: skip


def far_rows(mails: int, rounds: int, chosen: tuple[Measure, ...]) -> Iterator[Row]:
    with ExitStack() as running:
        directory = running.enter_context(scratch())
        certificates = make_ca(directory / "tls")
        dovecot = running.enter_context(provider(certificates, mails))
        line = running.enter_context(
            child("tests.bench.line", dovecot.plain_port, dovecot.tls_port)
        )
        plain, tls = line.ports
        proxy = Proxy(directory, certificates)
        proxy.set_up(dovecot, f"smtps://x@127.0.0.1:{dovecot.tls_port}", dovecot.password)
        proxy.command(
            "mailbox", "set", "support",
            "--imap", f"imaps://{dovecot.user.replace('@', '%40')}@127.0.0.1:{tls}",
        )  # fmt: skip
        running.callback(proxy.close)
        sys.stderr.write(f"  first synchronisation {proxy.start_synced(mails):.1f} s\n")
        direct = replace(direct_side(dovecot, proxy.trust(), mails), port=plain)
        for measure in chosen:
            yield compared(measure, proxy.side(mails), direct, rounds)
