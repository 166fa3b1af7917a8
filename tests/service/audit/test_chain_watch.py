"""The log's chain is followed while the server runs (service/audit/chain_watch.py)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from proxyd.domain.ports.access_log import LogFault
from proxyd.domain.types import LogRecord
from proxyd.service.audit import chain_watch
from proxyd.service.audit.chain_watch import AGAIN_US, ChainWatch


async def no_sleep(_seconds):
    return


async def put(database, count):
    records = [LogRecord("list", actor="anna") for _ in range(count)]
    await database.write(lambda tx: tx.log.append(records))


def by_hand(database, statement):
    with closing(sqlite3.connect(database.file, isolation_level=None)) as connection:
        connection.execute(statement)


@pytest.fixture
def watch(database, clock, monkeypatch):
    monkeypatch.setattr(chain_watch, "PAGE", 10)
    return ChainWatch(database, clock)


async def test_what_is_good_and_since_when(database, clock, watch):
    await put(database, 35)
    assert watch.followed.good_us is None
    await watch.look(no_sleep)
    assert (watch.followed.number, watch.followed.good_us) == (35, clock())
    clock.advance(seconds=60)
    await put(database, 3)
    await watch.look(no_sleep)
    assert (watch.followed.number, watch.followed.good_us) == (38, clock())


async def test_the_first_bad_record_is_named_and_stays_named(database, watch):
    await put(database, 35)
    by_hand(database, "UPDATE log SET actor = 'ben' WHERE number = 22")
    await watch.look(no_sleep)
    assert watch.followed.fault == LogFault("changed", 22)
    await watch.look(no_sleep)
    watch.found(LogFault("changed", 30))
    assert watch.followed.fault == LogFault("changed", 22)
    watch.found(LogFault("changed", 4))
    assert watch.followed.fault == LogFault("changed", 4)


async def test_what_was_good_is_looked_at_again_each_day(database, clock, watch):
    await put(database, 35)
    await watch.look(no_sleep)
    by_hand(database, "UPDATE log SET actor = 'ben' WHERE number = 5")
    clock.advance(seconds=60)
    await watch.look(no_sleep)
    assert watch.followed.fault is None
    clock.advance(us=AGAIN_US)
    await watch.look(no_sleep)
    assert watch.followed.fault == LogFault("changed", 5)


async def test_it_pauses_between_its_steps(database, watch):
    await put(database, 35)
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)

    await watch.look(sleep)
    assert pauses == [chain_watch.PAUSE_S] * 3
