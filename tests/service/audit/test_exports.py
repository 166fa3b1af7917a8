"""Exports of the access log (service/audit/exports.py, store/export_files.py)."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import stat
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from proxyd.domain.errors import ExportsUnderWay, NotFound
from proxyd.domain.log_export import LIES_US, ExportState
from proxyd.domain.log_period import period_of
from proxyd.domain.log_question import parsed
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import LogRecord, Origin, Role
from proxyd.service.actor import Actor
from proxyd.service.audit import exports as module
from proxyd.service.audit.export import FileKind
from proxyd.service.audit.exports import Exports
from proxyd.store.export_files import ExportFiles

TOKYO = ZoneInfo("Asia/Tokyo")
OTTO = Actor("otto", Origin("web"))


@pytest.fixture
def folder(tmp_path):
    return ExportFiles(tmp_path)


@pytest.fixture
async def exports(database, folder, clock):
    exports = Exports(database, folder, clock, lambda: TOKYO, lambda s: f"<{s}>")
    yield exports
    await exports.close()


@pytest.fixture
async def otto(database):
    return await database.write(lambda tx: account(tx, "otto", Role.AUDITOR))


def account(tx, login, role):
    tx.accounts.add(login, login.title(), role, "hash")
    return tx.accounts.find(login)[0]


async def put(database, count=30, **more):
    records = [LogRecord("open" if n % 3 else "list", actor="anna", **more) for n in range(count)]
    await database.write(lambda tx: tx.log.append(records))


async def begin(exports, account, line="", last=2**60, kind=FileKind.CSV, **more):
    question = parsed(line)
    period = period_of(question, exports._clock() + 1, TOKYO)
    return await exports.begin(question, period, last, kind, account=account, by=OTTO, **more)


async def done(exports, account):
    """What they have come to."""
    await asyncio.gather(*exports._tasks.values())
    return [one.state for one, _ in await exports.of(account)]


async def content(exports, export, account):
    _, pieces = await exports.fetch(export.id, account=account, by=OTTO)
    return b"".join([piece async for piece in pieces]).decode("utf-8")


def rows_of(text):
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


async def test_the_file_has_what_the_screen_had(database, exports, otto):
    await put(database)
    before = await database.read(lambda tx: tx.log.head()[0])
    await put(database, 3)
    export = await begin(exports, otto, "action:open", last=before)
    assert await done(exports, otto) == [ExportState.DONE]
    rows = rows_of(await content(exports, export, otto))
    assert [int(row["number"]) for row in rows] == [n + 1 for n in range(30) if n % 3]
    assert {row["at_local"][-6:] for row in rows} == {"+09:00"}
    assert {row["at"][-1] for row in rows} == {"Z"}
    ((found, progress),) = await exports.of(otto)
    assert (found.rows, progress) == (20, None) and found.octets > 20 * 100


async def test_json_lines_and_more_than_a_page(database, exports, otto, monkeypatch):
    monkeypatch.setattr(module, "PAGE", 7)
    await put(database, 60)
    export = await begin(exports, otto, kind=FileKind.JSONL)
    await done(exports, otto)
    lines = (await content(exports, export, otto)).splitlines()
    assert [json.loads(line)["number"] for line in lines][:60] == list(range(1, 61))


async def test_asking_and_fetching_are_on_record(database, exports, otto):
    await put(database)
    export = await begin(exports, otto, "person:anna")
    await done(exports, otto)
    await content(exports, export, otto)
    await exports.remove(export.id, account=otto, by=OTTO)
    found = await database.read(lambda tx: tx.log.search(LogQuery(action="audit")))
    told = [(one.record.detail["did"], one.record.detail["question"]) for one in found]
    asked = "person:anna"
    assert told == [("export", asked), ("export fetched", asked), ("export removed", asked)]


async def test_nobody_elses_and_for_a_day(database, exports, otto, clock, tmp_path):
    await put(database)
    eve = await database.write(lambda tx: account(tx, "eve", Role.AUDITOR))
    export = await begin(exports, otto)
    await done(exports, otto)
    assert await exports.of(eve) == []
    for refused in (
        exports.fetch(export.id, account=eve, by=OTTO),
        exports.remove(export.id, account=eve, by=OTTO),
        exports.fetch(export.id + 1, account=otto, by=OTTO),
        # Who reads less of the log by now does not get what they read then.
        exports.fetch(export.id, account=replace(otto, role=Role.ADMIN), by=OTTO),
        exports.fetch(export.id, account=replace(otto, role=Role.STAFF), by=OTTO),
    ):
        with pytest.raises(NotFound):
            await refused
    clock.advance(us=LIES_US)
    with pytest.raises(NotFound):
        await exports.fetch(export.id, account=otto, by=OTTO)
    assert await exports.of(otto) == []
    await exports.tidy()
    assert list((tmp_path / "exports").iterdir()) == []


async def test_an_admin_exports_their_part(database, exports):
    ada = await database.write(lambda tx: account(tx, "ada", Role.ADMIN))
    records = [LogRecord("login", actor="anna"), LogRecord("open", message_id="m@x")]
    await database.write(lambda tx: tx.log.append(records))
    export = await begin(exports, ada)
    await done(exports, ada)
    assert {row["action"] for row in rows_of(await content(exports, export, ada))} == {"login"}


async def test_two_at_a_time_and_one_that_is_removed_ends(database, exports, otto, folder):
    await put(database)
    # Their turn does not come before both are asked for.
    for _ in range(module.AT_ONCE):
        await exports._turns.acquire()
    first, second = await begin(exports, otto), await begin(exports, otto)
    with pytest.raises(ExportsUnderWay):
        await begin(exports, otto)
    await exports.remove(first.id, account=otto, by=OTTO)
    for _ in range(module.AT_ONCE):
        exports._turns.release()
    assert await done(exports, otto) == [ExportState.DONE]
    assert (await exports.of(otto))[0][0].id == second.id
    assert folder.names() == [second.file]


async def test_what_the_server_s_end_interrupted_says_so(database, exports, otto, folder, clock):
    await put(database)
    for _ in range(module.AT_ONCE):
        await exports._turns.acquire()
    await begin(exports, otto)
    await asyncio.sleep(0)
    await exports.close()
    folder.begin("0" * 32 + ".csv")  # nobody's
    again = Exports(database, folder, clock, lambda: TOKYO, str)
    await again.tidy()
    assert [one.state for one, _ in await again.of(otto)] == [ExportState.FAILED]
    assert folder.names() == []


async def test_a_full_disk_is_told(database, exports, otto, folder, monkeypatch):
    await put(database)

    def full(_name, _text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "append", full)
    export = await begin(exports, otto)
    assert await done(exports, otto) == [ExportState.FAILED]
    assert folder.names() == []
    with pytest.raises(NotFound):
        await exports.fetch(export.id, account=otto, by=OTTO)


async def test_the_folder_is_private(tmp_path, folder):
    (tmp_path / "exports").mkdir(mode=0o755)
    folder.begin("one.csv")
    assert stat.S_IMODE((tmp_path / "exports").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "exports/one.csv").stat().st_mode) == 0o600
    assert folder.append("one.csv", "佐藤") == 6
    assert folder.piece("one.csv", 3, 100).decode() == "藤"
    with pytest.raises(FileExistsError):
        folder.begin("one.csv")
    folder.remove("one.csv")
    folder.remove("one.csv")
    assert ExportFiles(tmp_path / "nowhere").names() == []
