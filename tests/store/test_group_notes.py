"""Notes live as long as they are true (store/group_notes.py)."""

from __future__ import annotations

import asyncio
import threading

from proxyd.store.group_notes import notes


async def test_notes_are_seen_in_the_group_only_and_not_after_a_unit_failed(database):
    leave = threading.Event()
    found = []

    def waits(tx):
        leave.wait(5)

    def writes(tx):
        notes(tx.connection)["a"] = 1

    def reads(tx):
        found.append(dict(notes(tx.connection)))

    def fails(tx):
        notes(tx.connection)["b"] = 2
        raise LookupError

    async def together(*units):
        leave.clear()
        waiting = [asyncio.ensure_future(database.write(unit)) for unit in (waits, *units)]
        await asyncio.sleep(0.01)
        leave.set()
        await asyncio.gather(*waiting, return_exceptions=True)

    await together(writes, reads)
    await together(reads)
    await together(writes, fails, reads)
    await database.read(reads)
    assert found == [{"a": 1}, {}, {}, {}]


async def test_a_reader_s_notes_are_to_nobody_s_use(database):
    await database.read(lambda tx: notes(tx.connection).update(a=1))
    assert await database.read(lambda tx: dict(notes(tx.connection))) == {}
