"""Reading with a cache before the provider: on record like any reading, and there without it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.ordering import SortBy, SortKey
from proxyd.domain.search import All
from proxyd.service.api.open_view import OpenView
from proxyd.service.api.reading import Reading
from proxyd.service.mail import reading
from proxyd.service.mailbox.remembered import Remembered
from proxyd.upstream.cache.cache import Cache
from tests.service.conftest import World, mail

BODY = b"BODY.PEEK[]"


@pytest_asyncio.fixture
async def cache(world: World, tmp_path: Path) -> AsyncIterator[Cache]:
    cache = Cache(tmp_path / "cache", bytes(32), disk_octets=1 << 24, memory_octets=1 << 22)
    await cache.open()
    world.room.upstream = cache.of(world.room.mailbox, world.upstream)
    yield cache
    await cache.close()


async def fetched(view: OpenView, *uids: int) -> list[int]:
    return [row.uid async for rows in view.fetch(uids, [BODY], Reading.COPY) for row in rows]


async def opened(world: World, count: int = 3) -> OpenView:
    for number in range(count):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    view, _ = await world.open("anna")
    return view


async def test_a_body_from_the_cache_is_on_record_like_any(world: World, cache: Cache) -> None:
    view = await opened(world)
    assert await fetched(view, 1) == [1]
    world.upstream.calls.clear()
    before = len(await world.log(action="copy"))
    assert await fetched(view, 1) == [1]
    assert world.upstream.calls["fetch"] == 0
    assert len(await world.log(action="copy")) == before + 1


async def test_what_is_known_comes_first_and_then_the_trouble(
    world: World, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH_ROWS", 2)
    view = await opened(world, 7)
    await fetched(view, 2, 3, 6)
    world.upstream.down = True
    world.upstream.calls.clear()
    came: list[int] = []
    with pytest.raises(UpstreamUnavailable):
        async for rows in view.fetch(range(1, 8), [BODY], Reading.COPY):
            came += [row.uid for row in rows]
    assert came == [2, 3, 6]
    assert world.upstream.calls["fetch"] == 1  # who does not answer once is not asked again
    assert await fetched(view, 2, 3, 6) == [2, 3, 6]


async def test_a_mail_that_goes_leaves_the_cache(world: World, cache: Cache) -> None:
    view = await opened(world)
    await fetched(view, 1, 2, 3)
    del world.upstream.folders["INBOX"].mails[2]
    await world.synced()
    upstream = world.room.upstream
    assert [row.uid for row in await upstream.known("INBOX", 1, [1, 2, 3], [BODY])] == [1, 3]


async def test_what_was_sorted_once_is_sorted_without_the_provider(
    world: World, cache: Cache
) -> None:
    view = await opened(world)
    keys = [SortKey(SortBy.SUBJECT)]
    assert await view.sort(All(), keys) == [1, 2, 3]
    world.room.remembered = Remembered()  # as after a restart
    world.upstream.down = True
    assert await view.sort(All(), keys) == [1, 2, 3]
