"""Submissions of 5 KB until the provider has them, beside Postfix as a relay to the same provider.

Both hand on over TLS with a password. Clients come over plain loopback: to us with a sign-in, to
Postfix without. Postfix says 250 when the mail is in its queue on disk; we say it when the provider
has taken the mail.
"""

from __future__ import annotations

import base64
import itertools
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.bench.child import Child, child
from tests.bench.load import loaded
from tests.bench.measure import at_least, told
from tests.bench.postfix import Postfix, why_not
from tests.bench.result import Goal, Row, Spread, Unit
from tests.bench.sides import Proxy, provider, scratch
from tests.e2e.installation import ADDRESS, PASSWORD
from tests.servers.certificates import make_ca

OCTETS = 5_000
CONNECTIONS, EACH = 10, 40  # 400 mails a round
ALONE = 40  # mails of a round on one connection
FEW = 10  # mails of a round which are waited for one by one
ARRIVE_S = 60.0
SOON_MS = 5.0

_seeds = itertools.count()


@dataclass(frozen=True)
class Door:
    """Where a mail is submitted, and the one provider behind both doors."""

    port: int
    auth: str
    provider: Child

    def submit(self, clients: int, each: int) -> tuple[list[float], float, float]:
        """(seconds from the end of DATA to 250, from the first connection to all arrived, from
        the last end of DATA to its arrival)."""
        before = int(self.provider.ask()[0])
        answer = loaded(
            kind="submit", port=self.port, auth=self.auth, sender=ADDRESS, clients=clients,
            each=each, octets=OCTETS, seed=f"{time.time_ns()}.{next(_seeds)}",
        )  # fmt: skip
        arrived = self._all_arrived(before + clients * each)
        return answer["waits"], arrived - answer["began"], arrived - answer["last"]

    def _all_arrived(self, count: int) -> float:
        deadline = time.monotonic() + ARRIVE_S
        while time.monotonic() < deadline:
            received, last = self.provider.ask()
            if int(received) >= count:
                return float(last)
            time.sleep(0.01)
        raise AssertionError(f"{received} of {count} mails arrived")


def rate(door: Door) -> float:
    return CONNECTIONS * EACH / door.submit(CONNECTIONS, EACH)[1]


def answered_ms(door: Door) -> float:
    return statistics.median(door.submit(1, ALONE)[0]) * 1000


def arrived_ms(door: Door) -> float:
    return statistics.median(door.submit(1, 1)[2] for _ in range(FEW)) * 1000


WORK: tuple[tuple[str, Callable[[Door], float], Unit, Goal | None], ...] = (
    (f"submissions of 5 KB, {CONNECTIONS} connections, until the provider has them", rate, "/s",
     at_least(1.0)),
    ("one connection: from the end of DATA to 250", answered_ms, "ms", Goal("value", SOON_MS)),
    ("from the end of DATA until the provider has it", arrived_ms, "ms", None),
)  # fmt: skip


def submission_rows(rounds: int) -> Iterator[Row]:
    with ExitStack() as running:
        directory = running.enter_context(scratch())
        certificates = make_ca(directory / "tls")
        dovecot = running.enter_context(provider(certificates, 10))
        sink = running.enter_context(
            child("tests.bench.sink", certificates.certificate, certificates.key)
        )
        proxy = Proxy(directory, certificates)
        user = dovecot.user.replace("@", "%40")
        proxy.set_up(dovecot, f"smtps://{user}@127.0.0.1:{sink.ports[0]}", dovecot.password)
        running.callback(proxy.close)
        proxy.start_synced(10)
        secret = base64.b64encode(f"\0anna\0{PASSWORD}".encode()).decode()
        ours = Door(proxy.ports["smtp-starttls"], secret, sink)
        beside, theirs = _compared_with(running, directory, sink, dovecot.user, dovecot.password)
        for work, take, unit, goal in WORK:
            take(theirs), take(ours)
            pairs = [(take(ours), take(theirs)) for _ in range(min(rounds, 5))]
            mine, other = (Spread.of(side) for side in zip(*pairs, strict=True))
            row = Row("submit", work, 0, unit, mine, other, goal, beside)
            told(row)
            yield row


def _compared_with(
    running: ExitStack, directory: Path, sink: Child, user: str, password: str
) -> tuple[str, Door]:
    reason = why_not()
    if reason is not None:
        sys.stderr.write(f"  no Postfix ({reason}): beside submission straight to the provider\n")
        plain = running.enter_context(child("tests.bench.sink"))
        return "straight", Door(plain.ports[0], "", plain)
    postfix = running.enter_context(Postfix(directory, sink.ports[0], user, password, tls=True))
    return "Postfix", Door(postfix.port, "", sink)
