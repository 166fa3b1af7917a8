"""A year of 100,000 mails: ``python -m tests.bench.response_times``.

Times the report of a year beside the same questions in plain SQL, asked of the same file through
sqlite3, by turns; and the whole command, as it is typed. The report also writes its record into the
access log, to disk.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

from sqlalchemy import insert

from proxyd.commands.installation import opened, settings_of
from proxyd.domain.policy import Policy
from proxyd.domain.turns import EndedTurn, Outcome
from proxyd.domain.types import Origin, SeenMode, Server, SharedMailbox
from proxyd.domain.workflow import SHIPPED
from proxyd.service.actor import Actor
from proxyd.service.reports.response_times import Grouping, ResponseTimes
from proxyd.store.database import Database
from proxyd.store.schema import conversations

TURNS = 100_000
ROUNDS = 15
PEOPLE = 8
HOUR_US = 3_600_000_000
PROXYD = Path(sys.executable).with_name("proxyd")
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
FROM_US = 1_767_193_200_000_000  # midnight before the first of January in Japan
TO_US = FROM_US + 365 * 24 * HOUR_US
CONFIG = """
[server]
data_dir = "{data}"
[imap]
tls = ""
starttls = "127.0.0.1:0"
[smtp]
tls = ""
starttls = ""
"""
SERVER = Server("127.0.0.1", 1, "plain", "support")
SUPPORT = SharedMailbox(
    0,
    "support",
    "support@example.test",
    (),
    "en",
    SeenMode.PERSON,
    SERVER,
    SERVER,
    Policy(zone="Asia/Tokyo"),
)

# Each grouping as an expression over ``turns t LEFT JOIN accounts a``. SQLite knows no zones, and
# not every release of it ISO weeks: the Thursday of a week says its year and its number.
_JAPAN = "datetime({} / 1000000 + 32400, 'unixepoch')"
_THURSDAY = f"date({_JAPAN.format('t.ended_us')}, '-3 days', 'weekday 4')"
LABELS = {
    None: "''",
    Grouping.MAILBOX: "(SELECT name FROM mailboxes m WHERE m.id = t.mailbox_id)",
    Grouping.WEEK: f"strftime('%Y', {_THURSDAY}) || "
    f"printf('-W%02d', (strftime('%j', {_THURSDAY}) - 1) / 7 + 1)",
    Grouping.PERSON: "coalesce(a.login, CASE t.name WHEN '' THEN '(outside proxyd)' "
    "ELSE t.name || ' (removed)' END)",
    Grouping.HOUR: f"strftime('%H:00', {_JAPAN.format('t.since_us')})",
}


def _percentile(value: str, percent: int) -> str:
    """Of the column's values in their order, between two in proportion (domain/percentiles.py)."""
    place = f"(n - 1) * {percent}"
    below = f"max(CASE WHEN {value}_at = {place} / 100 THEN {value} END)"
    above = f"max(CASE WHEN {value}_at = min({place} / 100 + 1, n - 1) THEN {value} END)"
    return f"{below} + ({above} - {below}) * (max({place}) % 100) / 100"


def plain_sql(grouping: Grouping | None) -> str:
    """A row per group: its label, and the fields of ResponseSummary in their order."""
    return f"""
    WITH ended AS (
        SELECT {LABELS[grouping]} AS label, t.outcome = 'answered' AS answered,
               t.ended_us - t.since_us AS wall, t.office_us AS office, t.goal_us AS goal
        FROM turns t LEFT JOIN accounts a ON a.id = t.account_id
        WHERE t.mailbox_id = 1 AND t.ended_us >= :from_us AND t.ended_us < :to_us
    ), placed AS (
        SELECT *, count(*) OVER (PARTITION BY label, answered) AS n,
               row_number() OVER (PARTITION BY label, answered ORDER BY wall) - 1 AS wall_at,
               row_number() OVER (PARTITION BY label, answered ORDER BY office) - 1 AS office_at
        FROM ended
    ), times AS (
        SELECT label, count(*) AS answered,
               {_percentile("wall", 50)} AS median, {_percentile("wall", 90)} AS p90,
               {_percentile("office", 50)} AS office_median,
               {_percentile("office", 90)} AS office_p90,
               sum(goal > 0) AS with_goal, sum(goal > 0 AND office <= goal) AS within_goal,
               sum(wall <= {4 * HOUR_US}) AS within_4h
        FROM placed WHERE answered GROUP BY label
    ), finished AS (
        SELECT label, sum(NOT answered) AS finished FROM ended GROUP BY label
    )
    SELECT label, coalesce(answered, 0), median, p90, office_median, office_p90,
           coalesce(with_goal, 0), coalesce(within_goal, 0), coalesce(within_4h, 0), finished
    FROM finished LEFT JOIN times USING (label)
    """


def some_turns(number: int, seed: int = 1) -> list[EndedTurn]:
    """Of a year; a fifth is finished without an answer, some are answered in webmail."""
    chance = random.Random(seed)
    turns = []
    for conversation in range(1, number + 1):
        wall = round(chance.lognormvariate(0, 1.5) * HOUR_US)
        ended = chance.randrange(FROM_US, TO_US)
        person = chance.randrange(PEOPLE + 1)
        turns.append(
            EndedTurn(
                conversation,
                since_us=ended - wall,
                ended_us=ended,
                office_us=wall // chance.choice((1, 1, 2, 4)),
                goal_us=4 * HOUR_US,
                outcome=Outcome.FINISHED if chance.random() < 0.2 else Outcome.ANSWERED,
                account_id=person or None,
                name=f"Person {person}" if person else "",
            )
        )
    return sorted(turns, key=lambda one: one.ended_us)  # as they are written


async def fill(database: Database, turns: list[EndedTurn]) -> None:
    def put(tx) -> None:
        mailbox = tx.mailboxes.add(SUPPORT, b"sealed")
        for person in range(1, PEOPLE + 1):
            tx.accounts.add(f"person{person}", f"Person {person}", "staff", "hash")
        tx.turns.add(mailbox.id, turns)

    await database.write(put)


def asked_plainly(connection: sqlite3.Connection, grouping: Grouping | None) -> list[tuple]:
    bounds = {"from_us": FROM_US, "to_us": TO_US}
    return connection.execute(plain_sql(grouping), bounds).fetchall()


def waiting_plainly(connection: sqlite3.Connection) -> tuple[int, int]:
    """How many wait now, and how many of them are overdue."""
    return connection.execute(
        "SELECT count(waits_us), coalesce(sum(overdue), 0) FROM conversations c WHERE"
        " mailbox_id = 1 AND status <> 'done' AND EXISTS"
        " (SELECT 1 FROM messages m WHERE m.conversation_id = c.id)"
    ).fetchone()


class Times:
    """Of the clock and of the processor, ours and our children's, in some rounds."""

    def __init__(self) -> None:
        self._clock: list[float] = []
        self._processor: list[float] = []

    @contextmanager
    def one(self) -> Iterator[None]:
        clock, processor = time.perf_counter(), _processor_s()
        yield
        self._clock.append(time.perf_counter() - clock)
        self._processor.append(_processor_s() - processor)

    @property
    def median_s(self) -> float:
        return statistics.median(self._clock)

    def __str__(self) -> str:
        processor = statistics.median(self._processor)
        return f"{self.median_s * 1000:.0f} ms ({processor * 1000:.0f} of the processor)"


def _processor_s() -> float:
    return sum(os.times()[:4])


async def measure(config: Path) -> None:
    async with opened(settings_of(config)) as at:
        await fill(at.store, some_turns(TURNS))
        done = [{"mailbox_id": 1, "status": "done", "changed_us": 0} for _ in range(TURNS)]
        await at.store.write(lambda tx: tx.connection.execute(insert(conversations), done))
        reports = ResponseTimes(at.store, SHIPPED, lambda: TO_US)
        asked = {"by": Actor("bench", Origin("cli")), "since": YEAR[0], "until": YEAR[1]}
        with closing(sqlite3.connect(at.settings.database)) as connection:
            for grouping in LABELS:
                ours, plain = Times(), Times()
                for _ in range(ROUNDS):
                    with ours.one():
                        await reports.report(grouping=grouping, **asked)
                    with plain.one():
                        asked_plainly(connection, grouping)
                        waiting_plainly(connection)
                ratio = ours.median_s / plain.median_s
                name = grouping or "as a whole"
                print(f"{name:10} report {ours}, plain SQL {plain}, ratio {ratio:.2f}")


def measure_command(config: Path) -> None:
    command = [
        *(PROXYD, "report", "response-times", "--by", "week", "--config", str(config)),
        *("--since", str(YEAR[0]), "--until", str(YEAR[1])),
    ]
    typed = Times()
    for _ in range(ROUNDS):
        with typed.one():
            subprocess.run(command, check=True, capture_output=True)
    print(f"the command as it is typed, --by week: {typed}")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        config = Path(name) / "proxyd.toml"
        config.write_text(CONFIG.format(data=name))
        asyncio.run(measure(config))
        measure_command(config)
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
