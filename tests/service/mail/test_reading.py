"""Reading in batches: bounded, one ahead and no more, nothing left running."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.service.api.reading import Reading
from proxyd.service.mail import reading
from tests.patience import PATIENCE_S, turns
from tests.service.conftest import World, mail

BODY = [b"BODY.PEEK[]"]


async def fifty(world: World) -> list[tuple[int, object]]:
    for number in range(50):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    (view,) = {m.folder.view for m in world.room.state.messages()}
    assert view is not None
    return list(view.members.items())  # type: ignore[arg-type]


async def test_batches_are_bounded_in_rows_and_bodies_in_octets(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = await fifty(world)
    monkeypatch.setattr(reading, "BATCH_ROWS", 20)
    sizes = [len(batch) for batch in reading.batches(wanted, by_octets=False)]  # type: ignore[arg-type]
    assert sizes == [20, 20, 10]
    octets = sum(message.size for _, message in wanted[:5])  # type: ignore[attr-defined]
    monkeypatch.setattr(reading, "BATCH_OCTETS", octets)
    bodies = list(reading.batches(wanted, by_octets=True))  # type: ignore[arg-type]
    assert all(sum(m.size for _, m in batch) <= octets for batch in bodies)
    assert [pair for batch in bodies for pair in batch] == wanted
    monkeypatch.setattr(reading, "BATCH_OCTETS", 1)
    assert len(list(reading.batches(wanted, by_octets=True))) == 50  # type: ignore[arg-type]
    assert list(reading.batches([], by_octets=False)) == []


async def test_first_batches_of_bodies_are_small(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = await fifty(world)
    one = max(message.size for _, message in wanted)  # type: ignore[attr-defined]
    monkeypatch.setattr(reading, "FIRST_OCTETS", 2 * one)
    monkeypatch.setattr(reading, "BATCH_OCTETS", 8 * one)
    sizes = [len(batch) for batch in reading.batches(wanted, by_octets=True)]  # type: ignore[arg-type]
    assert sizes[:4] == [2, 4, 8, 8]
    assert sum(sizes) == 50


async def test_mails_of_several_folders_by_turns_are_read_folder_by_folder(world: World) -> None:
    for number in range(20):
        world.upstream.deliver(mail(f"m{number}@x"), ("INBOX", "Archive")[number % 2])
    await world.synced()
    messages = sorted(world.room.state.messages(), key=lambda message: message.message_id)
    wanted = list(enumerate(messages, 1))
    batches = list(reading.batches(wanted, by_octets=True))
    assert [len(batch) for batch in batches] == [10, 10]


async def test_a_reader_who_takes_his_time_has_one_batch_fetched_ahead(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fifty(world)
    monkeypatch.setattr(reading, "BATCH_ROWS", 10)
    view, _ = await world.open("anna")
    world.upstream.calls.clear()
    seen = 0
    async for rows in view.fetch(view.uids(), BODY, Reading.COPY):
        seen += 1
        async with asyncio.timeout(PATIENCE_S):
            while world.upstream.calls["fetch"] < min(seen + 1, 5):
                await asyncio.sleep(0.001)
        await turns()
        assert len(rows) == 10
        assert world.upstream.calls["fetch"] == min(seen + 1, 5)
    assert seen == 5


async def test_a_reader_who_hangs_up_leaves_nothing_running(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fifty(world)
    monkeypatch.setattr(reading, "BATCH_ROWS", 10)
    view, _ = await world.open("anna")
    before = len(asyncio.all_tasks())
    batches = view.fetch(view.uids(), BODY, Reading.COPY)
    await anext(batches)
    world.upstream.hold = asyncio.Event()
    await batches.aclose()
    assert len(asyncio.all_tasks()) == before


async def test_a_folder_numbered_anew_is_mapped_and_read_again(world: World) -> None:
    await fifty(world)
    view, _ = await world.open("anna")
    world.upstream.folders["INBOX"].uidvalidity = 99
    rows = [row async for batch in view.fetch([1], BODY, Reading.COPY) for row in batch]
    assert [row.uid for row in rows] == [1]
