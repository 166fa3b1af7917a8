"""A database that the code of 24 November has made (tests/data/older), served by this one."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxyd.domain.errors import UpstreamRefused, UpstreamUnavailable
from proxyd.service.api.changing import FlagMode
from proxyd.service.mailbox.by import By
from proxyd.service.mailbox.correspondents import have_in_common
from proxyd.service.mailbox.older import OlderMails
from proxyd.service.mailbox.parting import split
from proxyd.service.rooms import notices_of
from proxyd.store.database import Database
from proxyd.store.secrets import Keys
from tests.conftest import FakeClock
from tests.service.conftest import World, mail
from tests.service.mailbox.older_mails import MAILS

DUMP = Path(__file__).parents[2] / "data" / "older" / "proxyd.sql"
# As it was: two strangers who answer one circular are one conversation, our own list is no work.
THREADS = (
    ("circular@us", "open", {"circular@us", "ida-3@x", "uwe-1@x"}),
    ("ida-1@x", "done", {"ida-1@x", "ida-2@x", "answer@us"}),
    ("group@x", "done", {"group@x"}),
    ("open@x", "open", {"open@x"}),
)


async def at_once(seconds: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture
async def older(tmp_path: Path, keys: Keys, clock: FakeClock) -> AsyncIterator[World]:
    """Everything as an upgrade finds it; what is read anew waits for the test."""
    file = tmp_path / "older.db"
    with sqlite3.connect(file) as dumped:
        dumped.executescript(DUMP.read_text("utf-8"))
    dumped.close()
    clock.advance(seconds=86_400)
    database = Database(file, keys=keys, clock=clock)
    await database.open()
    (mailbox,) = await database.read(lambda tx: tx.mailboxes.all())
    world = World(database, clock, mailbox)
    world.team.members = await database.read(lambda tx: tx.accounts.all())
    for folder, raw in MAILS:
        world.upstream.deliver(raw, folder)
    yield world
    await world.stop()
    await database.close()


async def read_anew(world: World) -> None:
    served = asyncio.Event()
    served.set()
    await OlderMails(world.room, at_once).run(served)


def threads(world: World) -> list[tuple[str, str, set[str]]]:
    known = world.room.state.threads
    return [
        (id_, known[id_].status, {m.message_id for m in known[id_].messages})
        for id_, _, _ in THREADS
    ]


def unknown(world: World) -> set[str]:
    return {m.message_id for m in world.room.state.messages() if m.correspondents is None}


async def test_nobodys_turn_changes_by_an_upgrade(older: World) -> None:
    await older.start()
    assert threads(older) == list(THREADS)
    await read_anew(older)
    assert threads(older) == list(THREADS)
    assert await older.log(action="arrive") == [
        one for one in await older.log(action="arrive") if one.record.detail.get("by") is None
    ]


async def test_everything_is_known_then_and_kept(older: World) -> None:
    await older.start()
    await read_anew(older)
    assert not unknown(older)
    state = older.room.state
    (ida,), (uwe,) = state.by_message_id["ida-1@x"], state.by_message_id["uwe-1@x"]
    assert not have_in_common(ida.correspondents or b"", uwe.correspondents or b"")
    (group,) = state.by_message_id["group@x"]
    assert not group.automatic, "our own list is people"
    await older.restart()
    assert not unknown(older)
    before = older.upstream.calls["scan_headers"]
    await read_anew(older)
    assert older.upstream.calls["scan_headers"] == before, "once is enough"


async def test_the_rules_of_today_hold_then(older: World) -> None:
    await older.start()
    await read_anew(older)
    facts = older.conversations.find(["uwe-1@x"], ["supplier@sup.example"])
    assert facts is not None and not facts.is_answer, "a forward"
    older.upstream.deliver(mail("stranger@x", sender="eva@third.example", answers="circular@us"))
    await older.synced()
    known = older.room.state.threads
    assert known["stranger@x"] is not known["circular@us"]
    done = await split(older.room, "uwe-1@x", By("root@cli"))
    assert done.mails == 1
    view, _ = await older.open("anna", "Status/Open")
    assert len(view.uids()) == 4
    await view.store([view.uids()[0]], FlagMode.ADD, ["$status-done"])


async def test_it_goes_on_where_it_was_stopped(
    older: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proxyd.service.mailbox.older.BATCH", 2)
    await older.start()
    stop = asyncio.Event()
    counted: list[int] = []

    async def stopping(seconds: float) -> None:
        counted.append(len(unknown(older)))
        if len(counted) == 2:
            stop.set()
            await asyncio.Event().wait()

    served = asyncio.Event()
    served.set()
    task = asyncio.create_task(OlderMails(older.room, stopping).run(served))
    await stop.wait()
    task.cancel()
    left = unknown(older)
    assert counted == [6, 4] and len(left) == 4
    await older.restart()
    assert unknown(older) == left
    await read_anew(older)
    assert not unknown(older)


async def test_a_provider_that_is_gone_is_asked_again_and_one_that_refuses_is_not(
    older: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await older.start()
    scan, answers = (
        older.upstream.scan_headers,
        [UpstreamUnavailable("down"), UpstreamRefused("no")],
    )

    async def troubled(*words: object, **more: object) -> object:
        if answers:
            raise answers.pop(0)
        return await scan(*words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(older.upstream, "scan_headers", troubled)
    await read_anew(older)
    assert not answers
    assert unknown(older) == {
        m.message_id
        for m in older.room.state.folder_named("INBOX").by_uid.values()  # type: ignore[union-attr]
    }


async def test_how_far_it_is_can_be_seen(older: World) -> None:
    await older.start()
    seen: list[str] = []

    async def looking(seconds: float) -> None:
        seen.extend(notices_of(older.room))

    served = asyncio.Event()
    served.set()
    await OlderMails(older.room, looking).run(served)
    assert seen[0] == "support: mails of an earlier version are read anew, 6 of 8 (75%)"
    assert notices_of(older.room) == []
