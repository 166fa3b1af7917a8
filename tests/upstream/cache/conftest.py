"""A cache in a directory of its own, before a provider in memory that counts what it is asked."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
from proxyd.domain.types import SeenMode, Server, SharedMailbox
from proxyd.upstream.cache.cache import Cache
from proxyd.upstream.cache.sealed_file import DRAFT
from tests.patience import PATIENCE_S
from tests.service.fake_upstream import FakeUpstream

MIB = 1024 * 1024
KEY = bytes(range(32))
SERVER = Server("imap.example.test", 993, "tls", "support")


def shared_mailbox(number: int = 1, server: Server = SERVER) -> SharedMailbox:
    return SharedMailbox(
        number, f"box{number}", "box@example.test", (), "en", SeenMode.PERSON, server, server
    )


OpenCache = Callable[..., Cache]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest_asyncio.fixture
async def open_cache(directory: Path) -> AsyncIterator[Callable[..., object]]:
    opened: list[Cache] = []

    async def open_one(disk: int = 64 * MIB, memory: int = 8 * MIB, key: bytes = KEY) -> Cache:
        cache = Cache(directory, key, disk_octets=disk, memory_octets=memory)
        await cache.open()
        opened.append(cache)
        return cache

    yield open_one
    for cache in opened:
        await cache.close()


class Desk:
    """A mailbox behind the cache; ``restart`` is a new process on the same directory."""

    def __init__(self, open_cache: Callable[..., object]) -> None:
        self._open = open_cache
        self.provider = FakeUpstream()
        self.cache: Cache = None  # type: ignore[assignment]  # by restart
        self.mailbox: UpstreamMailbox = None  # type: ignore[assignment]

    async def restart(self, **options: object) -> None:
        if self.cache is not None:
            await self.cache.close()
        self.cache = await self._open(**options)  # type: ignore[misc]
        self.mailbox = self.cache.of(shared_mailbox(), self.provider)

    def asked(self) -> list[tuple[str, tuple[int, ...], tuple[bytes, ...]]]:
        """What the provider was asked for since the last call."""
        asked, self.provider.asked = self.provider.asked, []
        return asked

    async def values(self, *attributes: bytes, uids: list[int] | None = None) -> list[object]:
        """Of INBOX; Blobs as octets."""
        wanted = [1] if uids is None else uids
        rows = await self.mailbox.fetch("INBOX", 1, wanted, attributes)
        return [octets(value) for row in rows for value in row.values.values()]

    async def waiting(self, count: int) -> None:
        """Until so many wait for one answer of the provider: each looks on the disk before."""
        flights = self.mailbox._flights  # type: ignore[attr-defined]
        async with asyncio.timeout(PATIENCE_S):
            while sum(flight.waiters for flight in flights._under_way) < count:
                await asyncio.sleep(0.005)


def octets(value: object) -> bytes:
    return value if isinstance(value, bytes) else b"".join(value.chunks())  # type: ignore[attr-defined]


@pytest_asyncio.fixture
async def desk(open_cache: Callable[..., object]) -> Desk:
    desk = Desk(open_cache)
    await desk.restart()
    return desk


def mail(number: int, body: bytes = b"hello\r\n") -> bytes:
    return b"Message-ID: <%d@x>\r\nSubject: mail %d\r\n\r\n%b" % (number, number, body)


def files(directory: Path) -> list[Path]:
    """Of the cache's entries. What a thread of the cache removes meanwhile is none any more."""
    return [
        Path(folder, name)
        for folder, _, names in os.walk(directory)
        for name in names
        if Path(folder) != directory and not name.startswith(DRAFT)
    ]


async def eventually(true: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)
