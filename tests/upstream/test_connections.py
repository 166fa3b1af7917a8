"""All connections together: the listening one makes way for those that work, and no more than so
many are open.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from proxyd.domain.errors import UpstreamLimited, UpstreamUnavailable
from proxyd.upstream.connections import Connections, World
from proxyd.upstream.imap_connection import ImapConnection, Limited
from tests.upstream.conftest import QUICK, eventually

TIMINGS = dataclasses.replace(QUICK, crowded=60.0, retry_first=0.02, knock=0.2)


class Provider:
    """Gives ``most`` connections."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.open: list[Any] = []
        self.said: list[str] = []
        self.connections = Connections(
            self.connect,
            lambda: "secret",
            3,
            TIMINGS,
            World(time.monotonic, lambda: 0.5, lambda event: None, self.said.append),
        )

    async def connect(self, password: str, limited: Limited) -> ImapConnection:
        del password, limited
        await asyncio.sleep(0)
        if sum(not one.lost for one in self.open) >= self.most:
            raise UpstreamLimited("too many")
        made: Any = SimpleNamespace(lost=False, changed=False, folder=None, ended=asyncio.Event())
        made.begin = lambda: None

        def leave() -> None:
            made.lost = True
            made.ended.set()

        async def enter(folder: str) -> None:
            made.folder = folder

        async def idle(hear: object) -> None:
            await made.ended.wait()
            raise UpstreamUnavailable("closed here")

        made.leave, made.enter, made.idle = leave, enter, idle
        made.can, made.release = (lambda capability: True), (lambda: None)
        self.open.append(made)
        return cast(ImapConnection, made)


async def quick(connection: ImapConnection) -> bool:
    return not connection.lost


def test_two_at_least() -> None:
    world = World(time.monotonic, lambda: 0.5, lambda event: None, lambda said: None)
    with pytest.raises(ValueError, match="at least 2"):
        Connections(cast(Any, None), lambda: "", 1, TIMINGS, world)


async def test_listening_makes_way_where_there_is_one_for_all() -> None:
    provider = Provider(1)
    lines: list[bool] = []
    news: list[int] = []
    provider.connections.watch("INBOX", lambda: news.append(1), lambda up, why: lines.append(up))
    await eventually(lambda: lines == [True])
    assert await provider.connections.run(quick)
    assert provider.connections.single
    assert [one.lost for one in provider.open] == [True, False]
    assert provider.said == ["the provider gives us 1 of 3 connections: too many"]
    heard = len(news)
    await eventually(lambda: len(news) > heard)
    assert lines == [True]
    await provider.connections.close()
    assert all(one.lost for one in provider.open)


async def test_never_more_than_so_many() -> None:
    provider = Provider(99)
    provider.connections.watch("INBOX", lambda: None, lambda up, why: None)
    await asyncio.gather(*(provider.connections.run(quick) for _ in range(50)))
    assert len(provider.open) <= 3
    assert not provider.connections.single
    await provider.connections.close()
