"""Manners at the provider's door: pauses, and how they end."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from proxyd.domain.errors import UpstreamSignInRefused, UpstreamUnavailable
from proxyd.upstream.budget import Budget
from proxyd.upstream.door import Door
from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.timings import Timings

TIMINGS = Timings(retry_first=1.0, retry_most=8.0, refused=300.0)


class Place:
    """A provider that does as told, and a clock."""

    def __init__(self, random: float = 1.0) -> None:
        self.time = 100.0
        self.password = "one"
        self.failure: UpstreamUnavailable | None = None
        self.tried: list[str] = []
        self.at_once = 0
        self.events: list[str] = []
        self.door = Door(
            self.connect,
            lambda: self.password,
            Budget(3, TIMINGS, now=lambda: self.time, told=self.events.append),
            TIMINGS,
            now=lambda: self.time,
            random=lambda: random,
            on_event=self.events.append,
        )

    async def connect(self, password: str) -> ImapConnection:
        self.tried.append(password)
        self.at_once += 1
        assert self.at_once == 1
        await asyncio.sleep(0)
        self.at_once -= 1
        if self.failure is not None:
            raise self.failure
        return cast(ImapConnection, SimpleNamespace(lost=False, leave=lambda: None))


async def test_failures_make_longer_and_longer_pauses() -> None:
    place = Place()
    place.failure = UpstreamUnavailable("down")
    pauses = []
    for _ in range(6):
        with pytest.raises(UpstreamUnavailable, match="down"):
            await place.door.enter()
        pauses.append(place.door.pause())
        place.time += place.door.pause()
    assert pauses == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    place.failure = None
    await place.door.enter()
    assert place.door.pause() == 0.0
    assert place.events == ["failed"] * 6 + ["opened"]


async def test_pauses_are_spread() -> None:
    place = Place(random=0.0)
    place.failure = UpstreamUnavailable("down")
    with pytest.raises(UpstreamUnavailable):
        await place.door.enter()
    assert place.door.pause() == 0.5


async def test_meanwhile_everybody_is_told_at_once_without_knocking() -> None:
    place = Place()
    place.failure = UpstreamUnavailable("down")
    results = await asyncio.gather(*(place.door.enter() for _ in range(5)), return_exceptions=True)
    assert [str(one) for one in results] == ["down"] * 5
    assert len(place.tried) == 1


async def test_refused_password_waits_for_long_or_for_another_password() -> None:
    place = Place()
    place.failure = UpstreamSignInRefused("wrong password")
    with pytest.raises(UpstreamSignInRefused):
        await place.door.enter()
    assert place.door.pause() == 300.0
    place.time += 299
    with pytest.raises(UpstreamSignInRefused):
        await place.door.enter()
    assert place.tried == ["one"]
    place.password = "two"
    assert place.door.pause() == 0.0
    with pytest.raises(UpstreamSignInRefused):
        await place.door.enter()
    assert place.tried == ["one", "two"]
    place.time += 301
    place.failure = None
    await place.door.enter()
    assert place.events == ["refused", "refused", "opened"]


async def test_outage_after_a_refusal_is_no_refusal() -> None:
    place = Place()
    place.failure = UpstreamSignInRefused("wrong password")
    with pytest.raises(UpstreamSignInRefused):
        await place.door.enter()
    place.time += 301
    place.failure = UpstreamUnavailable("down")
    with pytest.raises(UpstreamUnavailable):
        await place.door.enter()
    assert place.door.pause() <= 8.0
    with pytest.raises(UpstreamUnavailable) as caught:
        await place.door.enter()
    assert not isinstance(caught.value, UpstreamSignInRefused)
