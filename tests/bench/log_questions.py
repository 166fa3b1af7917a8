"""How long questions to a long access log take: python -m tests.bench.log_questions FILE [ROUNDS].

FILE is a database with a log (tests/bench/long_log.py makes one); its questions are put into it as
records. Prints p50, p95 and the longest of each kind.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from pathlib import Path
from statistics import quantiles
from zoneinfo import ZoneInfo

from proxyd.domain.log_question import parsed
from proxyd.domain.types import Role
from proxyd.service.actor import Actor
from proxyd.service.audit.asking import Asking
from proxyd.service.audit.chain_watch import ChainWatch
from proxyd.store.database import Database
from tests.bench.long_log import END_US, KEYS, PEOPLE

QUESTIONS = (
    "",
    "person:{person}",
    "person:{person} since:1y",
    "person:{person} action:open since:90d",
    "message:m{mail}@customer{site}.example since:1y",
    "conversation:{conversation} since:1y",
    "action:login outcome:refused",
    "action:login outcome:refused since:1y",
    "action:admin since:1y",
    "action:expunge since:1y",
    "action:open,expunge since:1y",
    "-action:list,copy since:1y",
    "mailbox:support since:1y",
    "mailbox:old-box since:1y",
    "address:192.0.2.7 since:1y",
    "address:198.51.100.0/24 since:30d",
    "client:iphone since:1y",
    "since:1y",
    "since:300d until:290d",
    "client:nobody since:1y",  # nothing has it, and no index: the answer so far
)


async def main(file: Path, rounds: int) -> None:
    chance = random.Random(1)
    behind_us = time.time_ns() // 1000 - END_US  # now is the moment after the last record

    def clock() -> int:
        return time.time_ns() // 1000 - behind_us

    database = Database(file, keys=KEYS, clock=clock)
    await database.open()
    watch = ChainWatch(database, clock)
    asking = Asking(database, clock, lambda: ZoneInfo("Asia/Tokyo"), watch, str)
    took: dict[str, list[float]] = {question: [] for question in QUESTIONS}
    for number in range(rounds):
        for question, each in took.items():
            mail = chance.randrange(400_000)
            line = question.format(
                person=chance.choice(PEOPLE), mail=mail, site=mail % 977, conversation=mail // 3 + 1
            )
            who = Actor(f"auditor{number}")
            begun = time.perf_counter()
            answer = await asking.ask(parsed(line), by=who, role=Role.AUDITOR)
            each.append((time.perf_counter() - begun) * 1000)
            if number == 0:
                said = f"{answer.count}{'' if answer.is_all else '+'} left={answer.left_us}"
                print(f"{each[0]:8.1f} ms  {said:28} {line}")
    everything = [ms for each in took.values() for ms in each]
    for question, each in [*took.items(), ("all", everything)]:
        cuts = quantiles(each, n=20)
        told = question or "(the last week)"
        print(f"p50 {cuts[9]:7.1f}  p95 {cuts[18]:7.1f}  max {max(each):7.1f} ms  {told}")
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20))
