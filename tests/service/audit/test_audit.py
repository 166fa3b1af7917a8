"""Search, export and verify; each is recorded before it answers (service/audit/audit.py)."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest

from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.ports.access_log import LogFault, LogQuery
from proxyd.domain.ports.log_anchor import Anchor
from proxyd.domain.types import LogRecord, Origin
from proxyd.service.actor import Actor
from proxyd.service.audit import audit as audit_module
from proxyd.service.audit.audit import Audit
from proxyd.store.database import Database
from proxyd.store.log_anchor import AnchorFile

REVIEWER = Actor("rei", Origin("cli"))


@pytest.fixture
def keeper(tmp_path):
    return AnchorFile(tmp_path / "log-head")


@pytest.fixture
def audit(database, keeper):
    return Audit(database, keeper)


async def filled(database, count=10, actor="anna"):
    await database.write(
        lambda tx: tx.log.append(
            LogRecord("open", actor=actor, message_id=f"{number}@example.test")
            for number in range(1, count + 1)
        )
    )


def by_hand(file, *statements):
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


async def exported(audit, query=LogQuery()):  # noqa: B008 - frozen
    return [stored async for stored in audit.export(query, by=REVIEWER)]


async def last_detail(database):
    found = await database.read(lambda tx: tx.log.search(LogQuery(newest_first=True, limit=1)))
    return found[0].record.detail


# ---------------------------------------------------------------- search and export


async def test_a_search_is_recorded_with_what_was_asked(database, audit):
    await filled(database)
    query = LogQuery(actor=" Anna ", message_id="<3@example.test>")
    found = await audit.search(query, by=REVIEWER)
    assert [stored.number for stored in found] == [3]
    assert await last_detail(database) == {
        "did": "search",
        "actor": "anna",
        "message_id": "3@example.test",
        "limit": audit_module.SEARCH_LIMIT,
    }


async def test_a_search_finds_that_it_was_asked(audit):
    (stored,) = await audit.search(LogQuery(action="audit"), by=REVIEWER)
    assert stored.record.actor == "rei"


async def test_no_answer_without_a_record(database, audit, monkeypatch):
    await filled(database)

    async def full(_work):
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(database, "write", full)
    for call in (audit.search(LogQuery(), by=REVIEWER), exported(audit), audit.verify(by=REVIEWER)):
        with pytest.raises(StoreUnavailable):
            await call


@pytest.mark.parametrize("page", [1, 3, 5, 10, 11, 1000])
async def test_an_export_comes_in_pages_and_is_whole(database, audit, monkeypatch, page):
    monkeypatch.setattr(audit_module, "PAGE", page)
    await filled(database)
    assert [stored.number for stored in await exported(audit)] == list(range(1, 12))
    numbers = [stored.number for stored in await exported(audit, LogQuery(actor="anna", limit=7))]
    assert numbers == list(range(1, 8))
    assert await last_detail(database) == {"did": "export", "actor": "anna", "limit": 7}


async def test_an_export_ends_though_the_log_grows(database, audit, monkeypatch):
    monkeypatch.setattr(audit_module, "PAGE", 2)
    await filled(database, 5)
    numbers = []
    async for stored in audit.export(LogQuery(), by=REVIEWER):
        numbers.append(stored.number)
        await filled(database, 2)
    assert numbers == [1, 2, 3, 4, 5, 6]


# ---------------------------------------------------------------- verify


@pytest.mark.parametrize("page", [1, 3, 10, 1000])
async def test_a_good_log(database, audit, monkeypatch, page):
    monkeypatch.setattr(audit_module, "PAGE", page)
    await filled(database)
    heard = []
    result = await audit.verify(by=REVIEWER, progress=lambda *now: heard.append(now))
    assert (result.number, result.fault, result.anchor) == (10, None, None)
    assert result.chain == (await database.read(lambda tx: tx.log.search(LogQuery())))[9].chain
    assert heard[-1] == (10, 10) and [number for number, _ in heard] == sorted(
        number for number, _ in heard
    )
    assert await last_detail(database) == {"did": "verify", "good": 10}
    assert await audit.size() == 11


async def test_an_empty_log(audit):
    result = await audit.verify(by=REVIEWER)
    assert (result.number, result.fault) == (0, None)


@pytest.mark.parametrize("page", [1, 3, 1000])
@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE log SET actor = 'x' WHERE number = 4", LogFault("changed", 4)),
        ("UPDATE log SET actor = CAST(x'ff' AS TEXT) WHERE number = 4", LogFault("changed", 4)),
        ("UPDATE log SET chain = x'00' WHERE number = 4", LogFault("chain", 4)),
        ("DELETE FROM log WHERE number = 4", LogFault("missing", 4)),
    ],
)
async def test_a_fault_is_named_and_recorded(database, audit, monkeypatch, page, statement, fault):
    monkeypatch.setattr(audit_module, "PAGE", page)
    await filled(database)
    by_hand(database.file, statement)
    result = await audit.verify(by=REVIEWER)
    assert (result.number, result.fault) == (3, fault)
    expected = {"did": "verify", "good": 3, "fault": fault.kind, "number": 4}
    found = await database.read(lambda tx: tx.log.search(LogQuery(action="audit")))
    assert found[0].record.detail == expected


# ---------------------------------------------------------------- the anchor


async def test_the_anchor_follows_the_head(database, audit, keeper):
    await filled(database)
    assert await audit.anchor() is None
    assert keeper.read() == Anchor(*await database.read(lambda tx: tx.log.head()))
    await filled(database)
    result = await audit.verify(by=REVIEWER)
    assert (result.number, result.fault, result.anchor.number) == (20, None, 10)
    assert await audit.anchor() is None
    assert keeper.read().number == 21


async def test_a_cut_tail_shows_and_the_anchor_is_left_alone(database, audit, keeper):
    await filled(database)
    await audit.anchor()
    kept = keeper.read()
    by_hand(database.file, "DELETE FROM log WHERE number > 7")
    assert await audit.anchor() == LogFault("cut", 8)
    assert keeper.read() == kept
    result = await audit.verify(by=REVIEWER)
    assert (result.number, result.fault) == (7, LogFault("cut", 8))
    assert await last_detail(database) == {
        "did": "verify",
        "good": 7,
        "fault": "cut",
        "number": 8,
    }


async def test_a_cut_that_was_grown_over_shows(database, audit, keeper, keys, clock):
    """By a process that did not write what was cut; one that did leaves a gap."""
    await filled(database)
    await audit.anchor()
    by_hand(database.file, "DELETE FROM log WHERE number > 7")
    other = Database(database.file, keys=keys, clock=clock)
    await other.open()
    await filled(other, 20, actor="hanako")
    await other.close()
    result = await audit.verify(by=REVIEWER)
    assert (result.number, result.fault) == (9, LogFault("replaced", 10))
    assert await audit.anchor() == LogFault("replaced", 10)


async def test_an_old_copy_put_back_shows(tmp_path, keys, clock, keeper):
    file = tmp_path / "p.db"
    for anchored in (False, True):
        database = Database(file, keys=keys, clock=clock)
        await database.open()
        await filled(database)
        if anchored:
            await Audit(database, keeper).anchor()
        await database.close()
        if not anchored:
            shutil.copy(file, tmp_path / "old.db")
    shutil.copy(tmp_path / "old.db", file)
    database = Database(file, keys=keys, clock=clock)
    await database.open()
    result = await Audit(database, keeper).verify(by=REVIEWER)
    assert (result.number, result.fault) == (10, LogFault("cut", 11))
    await database.close()


async def test_a_fault_in_the_chain_comes_first(database, audit):
    await filled(database)
    await audit.anchor()
    by_hand(database.file, "UPDATE log SET actor = 'x' WHERE number = 2")
    by_hand(database.file, "DELETE FROM log WHERE number > 7")
    assert (await audit.verify(by=REVIEWER)).fault == LogFault("changed", 2)


async def test_an_anchor_from_elsewhere(database, audit):
    await filled(database)
    head = Anchor(*await database.read(lambda tx: tx.log.head()))
    assert (await audit.verify(by=REVIEWER, anchor=head)).fault is None
    wrong = Anchor(head.number, bytes(32))
    assert (await audit.verify(by=REVIEWER, anchor=wrong)).fault == LogFault("replaced", 10)


async def test_the_empty_log_has_an_anchor_too(database, audit, keeper):
    assert await audit.anchor() is None
    assert keeper.read().number == 0
    assert (await audit.verify(by=REVIEWER)).fault is None


async def test_what_lies_around_the_records_is_named_and_recorded(database, audit):
    await filled(database)
    await audit.anchor()
    by_hand(database.file, "CREATE TRIGGER x AFTER INSERT ON seen BEGIN DELETE FROM log; END")
    found = LogFault("foreign", 0, "trigger x")
    result = await audit.verify(by=REVIEWER)
    assert (result.number, result.fault) == (10, found)
    assert await audit.anchor() == found


@pytest.mark.parametrize("number", [0, -5])
async def test_a_record_below_the_first(database, audit, number):
    await filled(database)
    with closing(sqlite3.connect(database.file)) as connection, connection:
        row = list(connection.execute("SELECT * FROM log WHERE number = 3").fetchone())
        row[0] = number
        connection.execute(f"INSERT INTO log VALUES ({','.join('?' * len(row))})", row)
    assert (await audit.verify(by=REVIEWER)).fault == LogFault("added", number)


async def test_an_anchor_taken_away_between_two_looks_is_told_once(database, audit, keeper):
    await filled(database)
    await audit.anchor()
    keeper._file.unlink()
    assert await audit.anchor() == LogFault("anchor", 10)
    assert keeper.read().number == 10
    assert await audit.anchor() is None


async def test_a_tail_and_its_anchor_taken_away_together_show(database, audit, keeper):
    await filled(database)
    await audit.anchor()
    by_hand(database.file, "DELETE FROM log WHERE number > 7")
    keeper._file.unlink()
    assert await audit.anchor() == LogFault("cut", 8)
    assert await audit.anchor() == LogFault("cut", 8)
