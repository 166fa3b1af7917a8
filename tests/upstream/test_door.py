"""Manners at the provider's door: pauses, and how they end."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from proxyd.domain.errors import UpstreamLimited, UpstreamSignInRefused, UpstreamUnavailable
from proxyd.upstream.budget import Budget
from proxyd.upstream.door import SignInDoor
from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.timings import Timings
from tests.patience import PATIENCE_S, turns

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
        self.answers: asyncio.Event | None = None  # when it does
        self.budget = Budget(3, TIMINGS, now=lambda: self.time, told=self.events.append)
        self.door = SignInDoor(
            self.connect,
            lambda: self.password,
            self.budget,
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
        if self.answers is not None:
            await self.answers.wait()
        self.at_once -= 1
        if self.failure is not None:
            raise self.failure
        made = SimpleNamespace(lost=False)
        made.leave = lambda: setattr(made, "lost", True)
        return cast(ImapConnection, made)


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


async def test_another_password_that_is_taken_leaves_nothing_closed() -> None:
    """Else a line that breaks soon after it waits for the rest of those five minutes."""
    place = Place()
    place.failure = UpstreamSignInRefused("wrong password")
    with pytest.raises(UpstreamSignInRefused):
        await place.door.enter()
    place.failure, place.password = None, "two"
    await place.door.enter()
    assert place.door.pause() == 0.0


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


async def test_an_hour_without_provider_is_no_hammering() -> None:
    place = Place(random=0.5)
    place.failure = UpstreamUnavailable("down")
    for _ in range(3600):
        with pytest.raises(UpstreamUnavailable, match="down"):
            await place.door.enter()
        place.time += 1.0
    # Pauses of half of 8 s here, in earnest of a minute; shorter ones at first.
    assert 3600 / 5 <= len(place.tried) <= 3600 / 4 + 5
    place.failure = None
    place.time += 8.0
    await place.door.enter()
    assert place.events[-1] == "opened"


async def test_who_comes_while_a_dead_provider_is_tried_again_waits_a_moment_only() -> None:
    place = Place()
    place.failure = UpstreamUnavailable("down")
    with pytest.raises(UpstreamUnavailable):
        await place.door.enter()
    place.time += place.door.pause()
    place.failure = None
    place.answers = asyncio.Event()  # no answer, for a long time
    for _ in range(3):
        with pytest.raises(UpstreamUnavailable, match="down"):
            await place.door.enter()
        place.time += TIMINGS.knock
    assert len(place.tried) == 2
    place.answers.set()
    await turns()
    connection = await place.door.enter()
    assert place.door.connections == 1
    assert len(place.tried) == 2, "what was opened meanwhile is kept for the next one"
    assert connection is not await place.door.enter()


async def test_connection_that_nobody_came_for_is_closed() -> None:
    place = Place()
    place.answers = asyncio.Event()
    waiting = asyncio.ensure_future(place.door.enter())
    await turns()
    waiting.cancel()
    place.answers.set()
    await turns()
    assert place.door.connections == 1
    await place.door.close()
    assert place.door.connections == 0


async def test_first_who_gets_in_is_heard_of() -> None:
    place = Place()
    waiting = asyncio.ensure_future(place.door.opened(60.0))
    await asyncio.sleep(0)
    await place.door.enter()
    await asyncio.wait_for(waiting, PATIENCE_S)
    await place.door.opened(0.01)


async def test_one_too_many_costs_the_budget_and_no_open_connection() -> None:
    place = Place()
    await place.door.enter()
    place.failure = UpstreamLimited("too many")
    with pytest.raises(UpstreamLimited):
        await place.door.enter()
    assert place.budget.connections == 1
    assert place.events == [
        "opened",
        "the provider gives us 1 of 3 connections: too many",
        "limited",
    ]


async def test_closed_while_somebody_waits() -> None:
    place = Place()
    place.answers = asyncio.Event()
    waiting = asyncio.ensure_future(place.door.enter())
    await turns()
    await place.door.close()
    with pytest.raises(UpstreamUnavailable, match="closed"):
        await waiting
