"""The listening connection: what it says, when it comes back, and that it never spins."""

from __future__ import annotations

import asyncio
import dataclasses
from itertools import pairwise
from typing import Any, cast

import pytest

from proxyd.domain.errors import (
    UpstreamFolderMissing,
    UpstreamLimited,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxyd.imapwire.numset import NumSet
from proxyd.imapwire.response import Count, Fetch, Other, Response, Vanished
from proxyd.upstream.budget import Budget
from proxyd.upstream.door import SignInDoor
from proxyd.upstream.timings import Timings
from proxyd.upstream.watcher import Watcher
from tests.upstream.conftest import QUICK, OpenMailbox, eventually
from tests.upstream.scripted import Scripted, Wire, silence


class World:
    """A watcher whose connections do as told, whose sleeps are counted and whose clock jumps."""

    def __init__(self, *, idle: bool = True) -> None:
        self.can_idle = idle
        self.time = 0.0
        self.sleeps: list[float] = []
        self.said: list[object] = []
        self.plan: list[Any] = []  # what happens next: responses, or an error
        self.door_pause = 0.0
        self.entered = self.left = 0
        self.entered_at: list[float] = []
        self.asked_at: list[float] = []
        self.enter_error: Exception | None = None
        self.connections = 0
        self.watches = True
        self.watcher = Watcher(
            cast(SignInDoor, self),
            cast(Budget, self),
            "INBOX",
            self.changed,
            lambda up, reason: self.said.append((up, reason)),
            Timings(retry_first=1.0, retry_most=8.0, settled=30.0, poll=5.0),
            sleep=self.sleep,
            now=lambda: self.time,
        )

    def changed(self) -> None:
        self.said.append("changed")
        self.asked_at.append(self.time)

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.time += seconds
        if len(self.sleeps) > 20:
            raise asyncio.CancelledError
        await asyncio.sleep(0)

    def pause(self) -> float:
        return self.door_pause

    async def opened(self, seconds: float) -> None:
        await self.sleep(seconds)

    async def enter(self, folder: str | None = None) -> World:
        """Of the door (a connection), and of the connection (the folder)."""
        if folder is None:
            self.entered += 1
            self.entered_at.append(self.time)
            if isinstance(self.enter_error, UpstreamUnavailable):
                raise self.enter_error
        elif self.enter_error is not None:
            raise self.enter_error
        return self

    def leave(self) -> None:
        self.left += 1

    def can(self, capability: str) -> bool:
        return self.can_idle

    def release(self) -> None:
        pass

    async def idle(self, hear: Any) -> None:
        await asyncio.sleep(0)
        if not self.plan:
            raise asyncio.CancelledError
        step = self.plan.pop(0)
        if isinstance(step, Exception):
            raise step
        seconds, *responses = step
        self.time += seconds
        for response in responses:
            hear(response)

    listen = idle

    async def run(self) -> None:
        with pytest.raises(asyncio.CancelledError):
            await self.watcher.run()


async def test_says_changed_once_for_what_came_together() -> None:
    world = World()
    news: list[Response] = [
        Count(4, "EXISTS"),
        Count(1, "EXPUNGE"),
        Fetch(1, {b"FLAGS": b"()"}),
        Vanished(earlier=False, uids=NumSet(((1, 1),))),
    ]
    world.plan = [(240.0, *news), (240.0, Count(3, "RECENT"), Other("FLAGS", b"()")), (240.0,)]
    await world.run()
    assert world.said == [(True, ""), "changed", "changed"]
    assert world.sleeps == []
    assert world.left == 1


@pytest.mark.parametrize(
    "one", [Count(4, "EXISTS"), Count(1, "EXPUNGE"), Fetch(1, {}), Vanished(False, NumSet(()))]
)
async def test_each_kind_of_news_is_news(one: Response) -> None:
    world = World()
    world.plan = [(240.0, one)]
    await world.run()
    assert world.said == [(True, ""), "changed", "changed"]


async def test_between_lines_that_break_soon_it_is_asked_every_few_seconds() -> None:
    """The pause before the next line is long; what arrives meanwhile need not wait for it."""
    world = World()
    world.plan = [UpstreamUnavailable("broke")] * 6
    await world.run()
    assert max(b - a for a, b in pairwise(world.entered_at)) > 5.0
    assert max(b - a for a, b in pairwise(world.asked_at)) <= 2 * 5.0, "one was not heard"


async def test_settled_line_comes_back_at_once_and_tells() -> None:
    world = World()
    world.plan = [(240.0,), UpstreamUnavailable("broke"), (240.0,)]
    await world.run()
    assert world.said == [(True, ""), "changed", "changed"], "it was not down for anybody"
    assert world.sleeps == [0.0]


async def test_line_that_breaks_again_and_again_is_left_alone_for_longer_and_longer() -> None:
    world = World()
    world.plan = [UpstreamUnavailable("broke")] * 6
    await world.run()
    between = [b - a for a, b in pairwise(world.entered_at)]
    assert between[:6] == [1.0, 2.0, 4.0, 5.0 + 8.0, 5.0 + 8.0, 5.0 + 8.0]  # IDLE is of no use


async def test_closed_door_is_waited_for() -> None:
    world = World()
    world.enter_error = UpstreamUnavailable("down")
    world.door_pause = 33.0
    await world.run()
    assert set(world.sleeps) == {33.0}
    assert world.said == [(False, "down")]  # once, not each time


async def test_folder_that_is_not_opened_is_polled_and_asked_for_later() -> None:
    world = World()
    world.enter_error = UpstreamFolderMissing("no such folder")
    await world.run()
    told = (True, "INBOX is not opened: no such folder")
    assert world.said == [told, *["changed"] * 20], "one line, one state"
    assert world.sleeps[:7] == [5.0, 5.0, 5.0, 5.0, 3.0, 5.0, 3.0]
    assert world.left == world.entered


async def test_idle_that_ends_at_once_does_not_spin() -> None:
    world = World()
    world.plan = [(0.0,)] * 5
    await world.run()
    assert world.sleeps == [5.0] * 5


async def test_where_idle_is_refused_it_is_asked_on_the_same_line() -> None:
    world = World()
    world.plan = [UpstreamRefused("IDLE is broken"), (0.0, Count(4, "EXISTS")), (0.0,)]
    await world.run()
    assert world.said == [
        (True, ""), "changed", (True, "IDLE is refused: IDLE is broken"), "changed"
    ]  # fmt: skip
    assert world.entered == 1
    assert world.sleeps == [5.0] * 3


async def test_idle_that_was_refused_is_tried_again_and_used_again() -> None:
    world = World()
    world.plan = [UpstreamRefused("not now"), *[(0.0,)] * 12, (240.0,)]
    await world.run()
    lines = [one for one in world.said if one != "changed"]
    assert lines == [(True, ""), (True, "IDLE is refused: not now"), (True, "")]


async def test_idle_that_breaks_line_after_line_is_not_used_any_more() -> None:
    world = World()
    world.plan = [UpstreamUnavailable("said goodbye")] * 3 + [(0.0, Count(4, "EXISTS")), (0.0,)]
    await world.run()
    lines = [one for one in world.said if one != "changed"]
    assert lines == [(True, ""), (True, "IDLE breaks the connection: said goodbye")]
    assert world.entered == 4
    assert world.sleeps == [1.0, 2.0, 4.0, 5.0, 5.0, 5.0]


async def test_mistake_of_ours_is_told_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.plan = [ZeroDivisionError(), (240.0,)]
    await world.run()
    assert world.said[2] == (False, "a mistake of ours, see the log")
    assert world.said[3] == (True, "")
    assert "watching failed" in caplog.text


async def test_polls_where_there_is_no_idle() -> None:
    world = World(idle=False)
    world.plan = [(0.0, Count(4, "EXISTS")), (0.0,), (0.0, Count(5, "EXISTS"))]
    await world.run()
    assert world.said == [(True, ""), "changed", "changed", "changed"]
    assert world.sleeps == [5.0] * 4


async def test_idle_is_renewed_and_a_silent_server_found_out(open_mailbox: OpenMailbox) -> None:
    renewals: list[bytes] = []

    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        for _ in range(3):
            await wire.expect(rb"IDLE")
            await wire.say(b"+ idling\r\n")
            renewals.append(await wire.line())
            await wire.ok()
        await wire.expect(rb"IDLE")
        await wire.say(b"+ idling\r\n")
        await silence(wire)

    states: list[tuple[bool, str]] = []
    timings = dataclasses.replace(QUICK, idle_renew=0.1, stall=0.2, poll=0.01)
    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server, timings=timings)
        mailbox.watch("INBOX", lambda: None, lambda up, reason: states.append((up, reason)))
        await eventually(lambda: len(states) >= 2)
        assert renewals[:3] == [b"DONE"] * 3
        assert states[0] == (True, "")
        assert "no answer to IDLE" in states[1][1]
        await mailbox.close()


async def test_watching_another_folder_ends_the_first_watch(open_mailbox: OpenMailbox) -> None:
    asked: list[bytes] = []

    async def script(wire: Wire) -> None:
        await wire.sign_in()
        asked.append((await wire.expect(rb"EXAMINE (.*)"))[1])
        await wire.ok(b"* OK [UIDVALIDITY 7] x\r\n")
        await silence(wire)

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server)
        mailbox.watch("INBOX", lambda: None, lambda up, reason: None)
        await eventually(lambda: asked == [b"INBOX"])
        mailbox.watch("Work", lambda: None, lambda up, reason: None)
        await eventually(lambda: asked == [b"INBOX", b"Work"])
        await mailbox.close()


async def test_with_one_connection_nobody_listens_and_it_is_looked_every_few_seconds() -> None:
    world = World()
    world.watches = False
    await world.run()
    assert world.entered == 0
    assert set(world.sleeps) == {5.0}
    assert world.said == ["changed"] * 20


async def test_makes_way_without_an_alarm_and_comes_back() -> None:
    world = World()

    class Left:
        """The line is given back in the middle of IDLE."""

        def __iter__(self) -> Any:
            world.watches = False
            world.watcher.make_way()
            assert world.left == 1
            raise UpstreamUnavailable("closed here")

    async def sleep(seconds: float) -> None:
        world.sleeps.append(seconds)
        world.watches = True
        await asyncio.sleep(0)

    world.watcher._sleep = sleep
    world.plan = [Left(), (240.0,)]
    await world.run()
    assert world.said == [(True, ""), "changed", "changed", "changed"]
    assert world.entered == 2


@pytest.mark.parametrize(("connections", "alarm"), [(1, False), (0, True)])
async def test_one_too_many_is_no_alarm_while_others_work(connections: int, alarm: bool) -> None:
    world = World()
    world.connections = connections
    world.door_pause = 2.0
    world.enter_error = UpstreamLimited("too many")
    await world.run()
    assert ((False, "too many") in world.said) is alarm
    assert set(world.sleeps) == {5.0}
    assert "changed" in world.said
