"""Run as a program by test_crash.py: writes for ever, and says on standard output what is durable.

Line: the name of the row whose ``write`` has returned.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from sqlalchemy import insert

from proxyd.domain.types import LogRecord
from proxyd.store.database import Database
from proxyd.store.schema import meta
from proxyd.store.secrets import Keys

WRITERS = 8


async def write_for_ever(database: Database, run: str, writer: int) -> None:
    number = 0
    while True:
        name = f"{run}-{writer}-{number}"

        def work(tx, name=name):
            tx.connection.execute(insert(meta).values(key=name, value="x" * 300))
            tx.log.append([LogRecord("open", message_id=name)])

        await database.write(work)
        os.write(1, name.encode() + b"\n")  # unbuffered: said is said
        number += 1


async def main(file: Path, run: str) -> None:
    database = Database(file, keys=Keys.of(bytes(range(32))), clock=lambda: 1)
    await database.open()
    await asyncio.gather(*(write_for_ever(database, run, writer) for writer in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
