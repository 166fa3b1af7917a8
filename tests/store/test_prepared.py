"""The text is SQLAlchemy's, the execution the driver's; in the unit's own transaction."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import bindparam, insert, select, update

from proxyd.store.prepared import Prepared
from proxyd.store.schema import meta

PUT = Prepared(insert(meta))
SET = Prepared(
    update(meta).where(meta.c.key == bindparam("which")).values({"value": bindparam("new")})
)
GET = Prepared(select(meta.c.key, meta.c.value).where(meta.c.key == bindparam("which")))


def pair(key, value):
    return {"key": key, "value": value}


async def test_one_row_and_many(database):
    def work(tx):
        PUT.run(tx.connection, [pair("k1", "a")])
        PUT.run(tx.connection, [pair("k2", "b"), pair("k3", "c")])
        SET.run(tx.connection, [{"which": "k2", "new": "B"}])

    await database.write(work)
    for key, value in (("k1", "a"), ("k2", "B"), ("k3", "c")):
        found = await database.read(lambda tx, k=key: GET.rows(tx.connection, {"which": k}))
        assert found == [(key, value)]


async def test_no_rows_are_no_statement(database):
    def work(tx):
        heard = []
        tx.connection.connection.driver_connection.set_trace_callback(heard.append)
        PUT.run(tx.connection, [])
        tx.connection.connection.driver_connection.set_trace_callback(None)
        return heard

    assert await database.write(work) == []


async def test_goes_with_its_unit(database):
    def fails(tx):
        PUT.run(tx.connection, [pair("k1", "a")])
        raise LookupError("mine")

    with pytest.raises(LookupError):
        await database.write(fails)
    assert await database.read(lambda tx: GET.rows(tx.connection, {"which": "k1"})) == []


async def test_raises_what_the_driver_raises(database):
    def twice(tx):
        PUT.run(tx.connection, [pair("k1", "a"), pair("k1", "b")])

    with pytest.raises(sqlite3.IntegrityError):
        await database.write(twice)
    assert await database.read(lambda tx: GET.rows(tx.connection, {"which": "k1"})) == []
