"""A long access log, as a company of sixty writes it in thirteen months: each record chained.

python -m tests.bench.long_log FILE [RECORDS]; ten million take some eight minutes and 4 GB.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from proxyd.store.chain import FIELDS, chained, genesis
from proxyd.store.database import Database
from proxyd.store.secrets import KEY_BYTES, Keys

KEYS = Keys.of(bytes(range(KEY_BYTES)))
PEOPLE = [f"person{number:02}" for number in range(60)]
END_US = 1_795_000_000_000_000
_SPAN_US = 400 * 86_400_000_000
_MAILS = 400_000
_AT_ONCE = 20_000
_ACTIONS = {
    "list": 300,
    "copy": 350,
    "select": 120,
    "open": 60,
    "seen": 60,
    "login": 50,
    "logout": 20,
    "flag": 10,
    "search": 8,
    "arrive": 8,
    "status": 5,
    "send": 4,
    "claim": 3,
    "expunge": 1,
    "admin": 1,
}
_OF_A_MAIL = {"copy", "open", "seen", "flag", "arrive", "status", "send", "claim", "expunge"}
_MAY_FAIL = {"login", "send", "flag", "search"}


def made(file: Path, count: int) -> None:
    asyncio.run(_empty(file))
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        # Nothing else knows this file yet; indexes made at the end take a tenth of the time.
        db.execute("PRAGMA journal_mode = off")
        db.execute("PRAGMA synchronous = off")
        of_log = "SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'log' AND type = 'index'"
        indexes = db.execute(f"{of_log} AND sql IS NOT NULL").fetchall()
        for name, _ in indexes:
            db.execute(f"DROP INDEX {name}")
        places = ", ".join("?" * (len(FIELDS) + 1))
        db.execute("BEGIN")
        db.executemany(f"INSERT INTO log VALUES ({places})", _rows(count))
        db.execute("COMMIT")
        for _, statement in indexes:
            db.execute(statement)


async def _empty(file: Path) -> None:
    file.unlink(missing_ok=True)
    database = Database(file, keys=KEYS, clock=lambda: END_US)
    await database.open()
    await database.close()


def _rows(count: int) -> Iterator[tuple[object, ...]]:
    chance = random.Random(7)
    actions, weights = list(_ACTIONS), list(_ACTIONS.values())
    chain = genesis(KEYS.log)
    for begin in range(1, count + 1, _AT_ONCE):
        numbers = range(begin, min(begin + _AT_ONCE, count + 1))
        chosen = chance.choices(actions, weights, k=len(numbers))
        for number, action in zip(numbers, chosen, strict=True):
            row = _row(number, count, action, chance)
            chain = chained(KEYS.log, chain, row)
            yield (*row.values(), chain)


def _row(number: int, count: int, action: str, chance: random.Random) -> dict[str, object]:
    place = chance.randrange(60)
    if number % 3:  # some work far more than others
        place = min(place, chance.randrange(60))
    mail = None
    if action in _OF_A_MAIL:  # the newest mails most
        mail = max(0, number * _MAILS // count - int(chance.expovariate(1 / 400)))
    mailbox = "info" if chance.random() < 0.3 else "support"
    if chance.random() < 0.00001:
        mailbox = "old-box"
    refused = action in _MAY_FAIL and chance.random() < 0.004
    return {
        "number": number,
        "at_us": END_US - _SPAN_US + number * (_SPAN_US // count),
        "action": action,
        "outcome": "refused" if refused else "ok",
        "actor": PEOPLE[place],
        "mailbox": "" if action == "admin" else mailbox,
        "view": "" if action in ("admin", "login", "logout") else "INBOX",
        "message_id": "" if mail is None else f"m{mail}@customer{mail % 977}.example",
        "subject_digest": "" if mail is None else f"{mail:032x}",
        "conversation": None if mail is None else mail // 3 + 1,
        "door": "imap",
        "address": f"192.0.2.{place * 4}" if number % 10 else f"198.51.100.{number % 250}",
        "client": "iPhone Mail" if number % 10 > 6 else "Thunderbird 140",
        "session": f"imap-{number // 50}",
        "detail": '{"what":"BODY.PEEK[] FLAGS UID"}' if action in ("copy", "open") else "{}",
    }


if __name__ == "__main__":
    made(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000)
