"""Several mails of one APPEND where the provider takes them one by one: killed in between, none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from proxyd.domain.errors import ProxydError, StoreUnavailable, UpstreamUnavailable
from proxyd.domain.types import BytesBlob
from proxyd.domain.workflow import UNFINISHED
from proxyd.service.api.appending import NewMessage
from proxyd.service.mailbox.half_done import LATE_US, LOOKS_S
from proxyd.service.mailbox.loading import load
from proxyd.service.mailbox.mailroom import Mailroom
from tests.patience import PATIENCE_S
from tests.service.conftest import World, mail
from tests.service.fake_upstream import FakeFolder

COUNT = 3
# How far the provider's side and ours had come. The mail of that number …
MOMENTS = ("asked", "stored", "answered", "noted")  # … its UID is on our disk


class Killed(BaseException):
    """No code of the process runs any more."""


def octets(number: int) -> bytes:
    return mail(f"m{number}@x").replace(b"\n", b"\r\n")


def several(count: int = COUNT) -> list[NewMessage]:
    return [NewMessage(("\\Seen",), None, BytesBlob(octets(n))) for n in range(count)]


@contextmanager
def killed_at(world: World, number: int, moment: str, *, uidplus: bool = True) -> Iterator[None]:
    append, write = world.upstream.append, world.database.write
    state = {"appends": 0, "dead": False}

    async def dying(*args: object, **options: object) -> object:
        state["appends"] += 1
        ours = state["appends"] == number
        if ours and moment == "asked":
            raise Killed
        place = await append(*args, **options)  # type: ignore[arg-type]
        if ours and moment == "stored":
            raise Killed
        state["dead"] = ours and moment == "answered"
        return place if uidplus else None

    async def on_disk(work: Callable[..., object]) -> object:
        if state["dead"]:
            raise Killed
        written = await write(work)
        if state["appends"] == number and moment == "noted":
            raise Killed
        return written

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.upstream, "append", dying)
        patch.setattr(world.database, "write", on_disk)
        yield


async def next_start(world: World) -> Mailroom:
    room = Mailroom(world.mailbox, world.upstream, world.shop)
    await load(room)
    await room.half_done.settle()
    return room


async def long_after(world: World, room: Mailroom) -> None:
    """What has not been stored by then never will be."""
    world.clock.advance(us=LATE_US)
    await room.half_done.settle()


def there(world: World, folder: str = "Archive") -> list[int]:
    return sorted(world.upstream.folders[folder].mails)


async def left(world: World) -> int:
    return len(await world.database.read(lambda tx: tx.begun.half_done(world.mailbox.id)))


async def interrupted(world: World, number: int, moment: str, *, uidplus: bool = True) -> None:
    anna = await world.enter("anna")
    with killed_at(world, number, moment, uidplus=uidplus), pytest.raises(Killed):
        await anna.append("Archive", several())


@pytest.mark.parametrize("uidplus", [True, False])
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("number", range(1, COUNT + 1))
async def test_none_of_them_is_there_after_the_next_start(
    world: World, number: int, moment: str, *, uidplus: bool
) -> None:
    world.upstream.deliver(octets(1), "Archive")  # somebody has the same mail
    await world.synced()
    await interrupted(world, number, moment, uidplus=uidplus)
    assert len(there(world)) == 1 + number - (moment == "asked")
    room = await next_start(world)
    assert there(world) == [1]
    await long_after(world, room)
    assert there(world) == [1]
    assert await left(world) == 0
    records = [entry.record for entry in await world.log(action="append")]
    assert {(r.actor, r.outcome, r.view) for r in records} == {("anna", "failed", "Archive")}
    assert [r.detail.get("why") for r in records][:COUNT] == ["interrupted"] * COUNT
    stored = number - (moment == "asked")
    summary = [dict(r.detail) for r in records[COUNT:]]
    assert summary == ([{"stored": stored, "taken_back": True}] if stored else [])
    await next_start(world)
    assert len(await world.log(action="append")) == len(records)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_what_the_client_repeats_is_there_once(world: World, moment: str) -> None:
    await interrupted(world, 2, moment)
    room = await next_start(world)
    assert there(world) == []
    anna = await world.enter("anna")
    result = await anna.append("Archive", several())
    assert len(result.uids) == COUNT
    assert len(there(world)) == COUNT
    await room.half_done.settle()
    await next_start(world)
    assert len(there(world)) == COUNT


@pytest.mark.parametrize("moment", ["asked", "stored"])
async def test_an_identical_mail_of_somebody_else_is_never_touched(
    world: World, moment: str
) -> None:
    """Put there behind our back after the kill: it has the octets, and not our keyword."""
    await interrupted(world, 2, moment)
    theirs = [world.upstream.deliver(octets(n), "Archive") for n in range(COUNT)]
    await next_start(world)
    assert there(world) == theirs


async def test_a_copy_that_somebody_made_of_it_leaves_both(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await interrupted(world, 2, "stored")
    box = world.upstream.folders["Archive"]
    copy = world.upstream.deliver(octets(1), "Archive", tuple(box.mails[2].flags))
    await next_start(world)
    assert there(world) == [2, copy]
    details = [dict(entry.record.detail) for entry in await world.log(action="append")]
    assert {"stored": 1, "taken_back": True, "unsure": 1} in details
    assert "1 mails of an unfinished APPEND may stay in Archive" in caplog.text


@pytest.mark.parametrize("moment", ["asked", "stored"])
async def test_without_keywords_the_one_that_was_not_answered_stays(
    world: World, moment: str
) -> None:
    folder = world.room.state.folder_named("Archive")
    assert folder is not None
    folder.keywords = world.upstream.keywords = False
    await interrupted(world, 2, moment)
    theirs = world.upstream.deliver(octets(1), "Archive")
    await next_start(world)
    assert there(world) == ([theirs] if moment == "asked" else [2, theirs])
    details = [dict(entry.record.detail) for entry in await world.log(action="append")]
    assert {"stored": 1, "taken_back": True, "unsure": 1} in details


@pytest.mark.parametrize("moment", MOMENTS)
async def test_nor_in_a_folder_that_waits_for_its_first_reading(world: World, moment: str) -> None:
    """Whether it keeps keywords is asked then, or nothing would tell ours from anybody's."""
    world.upstream.folders["Old"] = FakeFolder(60)
    await world.sync.list_anew()
    anna = await world.enter("anna")
    with killed_at(world, 2, moment, uidplus=False), pytest.raises(Killed):
        await anna.append("Old", several())
    assert there(world, "Old")
    room = await next_start(world)
    await long_after(world, room)
    assert there(world, "Old") == []


async def test_without_keywords_and_uidplus_by_message_id_where_there_is_but_one(
    world: World,
) -> None:
    folder = world.room.state.folder_named("Archive")
    assert folder is not None
    folder.keywords = world.upstream.keywords = False
    await interrupted(world, 3, "asked", uidplus=False)
    assert there(world) == [1, 2]
    await next_start(world)
    assert there(world) == []


@pytest.mark.parametrize("uidplus", [True, False])
@pytest.mark.parametrize("number", range(1, COUNT + 1))
async def test_a_mail_that_the_provider_stores_after_we_have_looked_is_taken_back(
    world: World, number: int, *, uidplus: bool
) -> None:
    """It had all of it when we died, and was slow."""
    await interrupted(world, number, "asked", uidplus=uidplus)
    room = await next_start(world)
    assert there(world) == []
    world.upstream.deliver(octets(number - 1), "Archive", ("\\Seen", UNFINISHED))
    await room.half_done.settle()
    assert there(world) == []
    assert await left(world) == 0
    records = [entry.record for entry in await world.log(action="append")]
    assert [r.detail.get("why") for r in records].count("interrupted") == COUNT
    summary = [dict(r.detail) for r in records if "stored" in r.detail]
    earlier = [{"stored": number - 1, "taken_back": True}] if number > 1 else []
    assert summary == [*earlier, {"stored": 1, "taken_back": True}]


async def test_what_may_come_late_is_looked_for_over_a_restart_and_not_for_ever(
    world: World,
) -> None:
    await interrupted(world, 2, "asked")
    await next_start(world)
    records = len(await world.log(action="append"))
    room = await next_start(world)
    for _ in range(3):
        await room.half_done.settle()
        assert await left(world) == 1
    await long_after(world, room)
    assert await left(world) == 0
    assert len(await world.log(action="append")) == records


async def test_late_ones_are_looked_for_soon_and_ever_less_often(world: World) -> None:
    await interrupted(world, 2, "asked")
    room = await next_start(world)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        world.clock.advance(seconds=seconds)
        if len(slept) == 3:
            world.upstream.deliver(octets(1), "Archive", (UNFINISHED,))
        await asyncio.sleep(0)

    looking = asyncio.ensure_future(room.half_done.look_on(sleep))
    async with asyncio.timeout(PATIENCE_S):
        while await left(world):
            await asyncio.sleep(0)
    looking.cancel()
    assert slept == list(LOOKS_S[:3])
    assert there(world) == []


async def test_a_line_that_broke_may_have_brought_it_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = world.upstream.append

    async def cut(*args: object, **options: object) -> object:
        if len(there(world)) == 1:
            raise UpstreamUnavailable("the line is cut")
        return await append(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(world.upstream, "append", cut)
    anna = await world.enter("anna")
    with pytest.raises(UpstreamUnavailable):
        await anna.append("Archive", several())
    assert there(world) == []
    world.upstream.deliver(octets(1), "Archive", (UNFINISHED,))
    await world.room.half_done.settle()
    assert there(world) == []


async def test_the_keyword_is_gone_and_was_never_shown(world: World) -> None:
    anna = await world.enter("anna")
    view, _ = await world.open("anna", "Archive")
    await anna.append("Archive", several())
    mails = world.upstream.folders["Archive"].mails.values()
    assert [one.flags for one in mails] == [{"\\Seen"}] * COUNT
    assert await left(world) == 0
    assert not [entry for entry in await world.log(action="append") if "why" in entry.record.detail]
    world.upstream.deliver(octets(9), "Archive", (UNFINISHED, "$other"))
    await world.synced()
    shown = [flag for uid in view.uids() for flag in view.facts(uid).flags]  # type: ignore[union-attr]
    assert UNFINISHED not in shown


async def test_as_long_as_the_provider_is_away_the_row_stays(world: World) -> None:
    await interrupted(world, 2, "stored")
    room = Mailroom(world.mailbox, world.upstream, world.shop)
    world.upstream.down = True
    await load(room)
    for _ in range(2):
        with pytest.raises(UpstreamUnavailable):
            await room.half_done.settle()
        assert await left(world) == 1
    world.upstream.down = False
    await room.half_done.settle()
    assert (there(world), await left(world)) == ([], 0)


async def test_a_line_that_breaks_in_between_takes_back_what_was_not_answered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And where it stays broken, the next round of the synchronisation does."""
    append = world.upstream.append

    async def breaking(*args: object, **options: object) -> object:
        place = await append(*args, **options)  # type: ignore[arg-type]
        if len(there(world)) == 2:
            world.upstream.down = True
            raise UpstreamUnavailable("the line is cut")
        return place

    monkeypatch.setattr(world.upstream, "append", breaking)
    anna = await world.enter("anna")
    with pytest.raises(UpstreamUnavailable):
        await anna.append("Archive", several())
    assert there(world) == [1, 2]
    world.upstream.down = False
    await world.room.half_done.settle()
    assert there(world) == []
    details = [dict(entry.record.detail) for entry in await world.log(action="append")]
    assert {"stored": 2, "taken_back": True} in details


async def test_a_commit_that_was_durable_counts_whatever_was_heard_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = world.database.write
    finished = asyncio.Event()

    async def lying(work: Callable[..., object]) -> object:
        written = await write(work)
        if not await left(world) and world.upstream.calls["append"] == COUNT:
            finished.set()
            raise StoreUnavailable("nobody heard")
        return written

    monkeypatch.setattr(world.database, "write", lying)
    anna = await world.enter("anna")
    with pytest.raises(ProxydError):
        await anna.append("Archive", several())
    assert finished.is_set()
    monkeypatch.undo()
    await world.room.half_done.settle()
    assert len(there(world)) == COUNT


async def test_a_folder_that_was_made_anew_is_left_alone(world: World) -> None:
    await interrupted(world, 2, "stored")
    world.upstream.folders["Archive"].uidvalidity += 100
    await next_start(world)
    assert there(world) == [1, 2]
    details = [dict(entry.record.detail) for entry in await world.log(action="append")]
    assert {"stored": 1, "taken_back": False} in details
    assert await left(world) == 0


async def test_two_people_at_once_are_both_served(world: World) -> None:
    people = [await world.enter(login) for login in ("anna", "mara")]
    results = await asyncio.gather(*(one.append("Archive", several()) for one in people))
    assert sorted(uid for result in results for uid in result.uids) == list(range(1, 7))
    assert await left(world) == 0


async def test_one_command_where_the_provider_takes_several(world: World) -> None:
    world.upstream.words |= {"MULTIAPPEND"}
    anna = await world.enter("anna")
    assert (await anna.append("Archive", several())).uids == (1, 2, 3)
    assert (world.upstream.calls["append_all"], world.upstream.calls["append"]) == (1, 0)
    assert [one.flags for one in world.upstream.folders["Archive"].mails.values()] == [
        {"\\Seen"}
    ] * COUNT
    await anna.append("Archive", several(1))
    assert (world.upstream.calls["append_all"], world.upstream.calls["append"]) == (1, 1)


async def test_one_command_without_uidplus(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.upstream.words |= {"MULTIAPPEND"}
    append_all = world.upstream.append_all

    async def silent(*args: object) -> None:
        await append_all(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(world.upstream, "append_all", silent)
    world.upstream.deliver(octets(1), "Archive")
    anna = await world.enter("anna")
    twice = [*several(), *several(1)]
    assert (await anna.append("Archive", twice)).uids == (2, 3, 4, 5)
