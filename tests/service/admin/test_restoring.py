"""An older copy that goes on: noticed, ordered, accepted, and what the log proves of it."""

from __future__ import annotations

import shutil

import pytest

from proxyd.domain.ports.access_log import LogFault, LogQuery
from proxyd.domain.ports.log_anchor import Anchor
from proxyd.domain.types import LogRecord, Origin
from proxyd.service.accounts.web_sessions import WebSessions
from proxyd.service.actor import Actor
from proxyd.service.admin.restoring import COPIED, LEAST_AHEAD_S, OLDER, Restoring, random_ahead
from proxyd.service.audit.audit import Audit
from proxyd.store.database import Database
from proxyd.store.log_anchor import AnchorFile
from proxyd.store.place import DatabasePlace

ROOT = Actor("root@cli", Origin("cli"))


@pytest.fixture
def keeper(tmp_path):
    return AnchorFile(tmp_path / "log-head")


@pytest.fixture
def restoring(database, keeper, clock, tmp_path):
    return Restoring(database, keeper, DatabasePlace(tmp_path), clock)


async def filled(database, count, actor="anna"):
    await database.write(lambda tx: tx.log.append([LogRecord("open", actor=actor)] * count))
    return await database.read(lambda tx: Anchor(*tx.log.head()))


async def verified(database, keeper, anchor=None):
    return await Audit(database, keeper).verify(by=ROOT, anchor=anchor)


async def test_a_first_start_and_a_second_one_are_none(database, restoring, keeper):
    assert await restoring.at_start() is None
    await filled(database, 3)
    await Audit(database, keeper).anchor()
    assert await restoring.at_start() is None
    assert (await verified(database, keeper)).restores == ()


async def went_back(database, keys, clock, keeper, tmp_path, lost):
    """Three records, a copy, ``lost`` more and the anchor; then the copy in place."""
    await filled(database, 3)
    saved = tmp_path / "saved.db"
    await database.close()
    shutil.copy(database.file, saved)
    await database.open()
    head = await filled(database, lost, "ben")
    keeper.write(head)
    await database.close()
    shutil.copy(saved, database.file)
    await database.open()
    return head


@pytest.mark.parametrize("since", [0, 2, 5, 9])
async def test_older_than_the_anchor(database, keys, clock, restoring, keeper, tmp_path, since):
    """``since``: records of the new life before anybody looked; they may pass the old head."""
    await restoring.at_start()
    head = await went_back(database, keys, clock, keeper, tmp_path, 5)
    fault = LogFault("cut", 4) if not since else None
    if since:
        await filled(database, since)
    found = (await verified(database, keeper)).fault
    assert found == fault or (found is not None and found.kind in ("cut", "replaced"))
    assert (await restoring.at_start()).noticed == OLDER
    result = await verified(database, keeper)
    (one,) = result.restores
    assert result.fault is None and one.waits and one.before == head and one.actor == "proxyd"
    assert keeper.read() != head
    assert await restoring.at_start() is None
    # The copy of the anchor on another machine is of the lost life, and explained by the record.
    assert (await verified(database, keeper, head)).fault is None
    assert [one.number for one in await restoring.accept(None, by=ROOT)] == [one.number]
    (one,) = (await verified(database, keeper)).restores
    assert not one.waits and one.accepted_by == "root@cli"
    assert await restoring.accept(None, by=ROOT) == []


async def test_a_head_beyond_the_known_gap_is_no_part_of_it(
    database, keys, clock, restoring, keeper, tmp_path
):
    """An intruder puts back an old copy, and an old anchor; the one elsewhere knows better."""
    await restoring.at_start()
    head = await went_back(database, keys, clock, keeper, tmp_path, 5)
    await restoring.at_start()
    elsewhere = Anchor(head.number + 50, bytes(32))
    assert (await verified(database, keeper, elsewhere)).fault == LogFault("cut", 5)
    await filled(database, 60)
    assert (await verified(database, keeper, elsewhere)).fault == LogFault("cut", 5)
    # Who put it back can say so, with that copy in hand; it is on record who did.
    await restoring.accept(elsewhere, by=ROOT)
    assert (await verified(database, keeper, elsewhere)).fault is None


async def test_a_record_of_the_lost_life_with_the_old_number_but_another_chain(
    database, keys, clock, restoring, keeper, tmp_path
):
    await restoring.at_start()
    head = await went_back(database, keys, clock, keeper, tmp_path, 5)
    await restoring.at_start()
    before_the_gap = Anchor(2, head.chain)
    assert (await verified(database, keeper, before_the_gap)).fault == LogFault("replaced", 2)


async def test_a_copy_of_the_files(database, restoring, keeper, tmp_path):
    await restoring.at_start()
    await filled(database, 3)
    for file in tmp_path.glob(".lives-here-*"):
        file.unlink()
    assert (await restoring.at_start()).noticed == COPIED
    (one,) = await restoring.waiting()
    assert one.before is None
    assert await restoring.at_start() is None


async def test_a_crash_between_the_record_and_the_anchor(
    database, keys, clock, restoring, keeper, tmp_path
):
    await restoring.at_start()
    head = await went_back(database, keys, clock, keeper, tmp_path, 50)
    await restoring.take_in(OLDER, head, by=ROOT)  # and here we die
    assert keeper.read() == head
    assert await restoring.at_start() is None
    assert len((await verified(database, keeper)).restores) == 1


async def test_an_anchor_that_cannot_be_read_does_not_keep_us_from_starting(
    database, restoring, keeper, tmp_path
):
    (tmp_path / "log-head").write_text("no anchor")
    assert await restoring.at_start() is None


async def test_the_same_copy_twice_gives_other_numbers_each_time(database, keeper, clock, tmp_path):
    ahead = [random_ahead() for _ in range(50)]
    assert len(set(ahead)) > 40 and min(ahead) >= LEAST_AHEAD_S


async def test_another_database_opened_from_the_file(database, keys, clock):
    """The marks survive a restart of the process."""
    await database.write(lambda tx: tx.restored.set_place("m 1 1"))
    await database.close()
    again = Database(database.file, keys=keys, clock=clock)
    await again.open()
    assert await again.read(lambda tx: tx.restored.place()) == "m 1 1"
    await again.close()


async def test_who_was_signed_in_to_the_console_signs_in_anew(database, restoring, clock):
    """Of the sessions in a copy some had ended since, by their person or by an admin."""
    sessions = WebSessions(database, clock)
    anna = await database.write(lambda tx: tx.accounts.add("anna", "Anna", "staff", "h"))
    where = {"address": "192.0.2.7", "client": "Firefox", "still": lambda _tx: True}
    begun = await sessions.begin(anna, factors=["password"], **where)
    await restoring.take_in(OLDER, None, by=ROOT)
    assert await sessions.find(begun.token, address="192.0.2.7") is None
    (record,) = await database.read(lambda tx: tx.log.search(LogQuery(action="restore")))
    assert record.record.detail["web_sessions_ended"] == 1
