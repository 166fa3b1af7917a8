"""Promise 1: kill -9 at any instant loses nothing that was acknowledged; the chain stays whole."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

from sqlalchemy import select

from proxyd.domain.ports.access_log import LogQuery
from proxyd.store.database import Database
from proxyd.store.schema import meta
from tests.patience import PATIENCE_S

ROUNDS = 6
PROGRAM = Path(__file__).with_name("writing_process.py")
CHECKOUT = Path(__file__).parents[2]


async def killed_while_writing(file: Path, run: str, after: int, pause: float) -> list[str]:
    """What it acknowledged before it died."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        str(file),
        run,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
    )
    said = []
    for _ in range(after):
        said.append(await asyncio.wait_for(process.stdout.readline(), PATIENCE_S))
    await asyncio.sleep(pause)
    process.kill()
    said += (await process.stdout.read()).splitlines(keepends=True)
    assert await process.wait() == -9
    return [line.decode().strip() for line in said if line.endswith(b"\n")]


async def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path, keys, clock):
    dice = random.Random(7)
    file = tmp_path / "d.db"
    acknowledged: set[str] = set()
    for run in range(ROUNDS):
        said = await killed_while_writing(
            file, f"r{run}", dice.randrange(1, 60), dice.random() / 50
        )
        assert said
        acknowledged.update(said)

        database = Database(file, keys=keys, clock=clock)
        await database.open()
        rows = await database.read(lambda tx: set(tx.connection.scalars(select(meta.c.key))))
        records = await database.read(lambda tx: tx.log.search(LogQuery()))
        checked = await database.read(lambda tx: tx.log.check(0, None, 1_000_000))
        await database.close()

        logged = {stored.record.message_id for stored in records}
        assert acknowledged <= rows
        assert logged == {name for name in rows if name.startswith("r")}  # both or none
        assert checked.fault is None and checked.count == len(records)
