"""What is left behind by a kill and can not be taken back at once: it comes late, the provider is
away or says no, or the next process dies as well.
"""

from __future__ import annotations

import pytest

from proxyd.domain.errors import UpstreamRefused, UpstreamUnavailable
from proxyd.domain.workflow import UNFINISHED
from proxyd.service.mailbox.half_done import LATE_US
from proxyd.service.mailbox.loading import load
from proxyd.service.mailbox.mailroom import Mailroom
from tests.service.conftest import World
from tests.service.mailbox.test_half_done import (
    COUNT,
    MOMENTS,
    Killed,
    interrupted,
    left,
    long_after,
    next_start,
    octets,
    several,
    there,
)


async def busy(*args: object) -> None:
    raise UpstreamRefused("come again", "INUSE")


STEPS = ("search", "fetch", "expunge", "write")


@pytest.mark.parametrize("uidplus", [True, False])
@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("step", STEPS)
async def test_a_kill_while_they_are_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str, *, done: bool, uidplus: bool
) -> None:
    """Before the step or after it; the next start goes on where it was."""
    await interrupted(world, 2, "stored", uidplus=uidplus)
    place = world.database if step == "write" else world.upstream
    whole = getattr(place, step)

    async def dying(*args: object) -> None:
        if done:
            await whole(*args)
        raise Killed

    room = Mailroom(world.mailbox, world.upstream, world.shop)
    await load(room)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(place, step, dying)
        await room.half_done.settle()
    await long_after(world, await next_start(world))
    assert there(world) == []
    assert await left(world) == 0
    details = [dict(entry.record.detail) for entry in await world.log(action="append")]
    assert [one.get("why") for one in details].count("interrupted") == COUNT
    assert {"stored", "taken_back"} <= set().union(*details)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_second_kill_while_the_first_may_still_bring_a_mail(
    world: World, moment: str
) -> None:
    """The client repeats it in between: two rows look for the same octets."""
    await interrupted(world, 2, "asked")
    await world.restart()
    await interrupted(world, 2, moment)
    await long_after(world, await next_start(world))
    assert (there(world), await left(world)) == ([], 0)
    details = [dict(entry.record.detail) for entry in await world.log(action="append")]
    assert not any("unsure" in detail for detail in details)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_second_kill_and_what_the_first_brings_then(world: World, moment: str) -> None:
    """Two mails alike, and each could be a copy that somebody made of the other."""
    await interrupted(world, 2, "asked")
    await world.restart()
    await interrupted(world, 2, moment)
    world.upstream.deliver(octets(1), "Archive", (UNFINISHED,))
    await long_after(world, await next_start(world))
    details = [dict(entry.record.detail) for entry in await world.log(action="append")]
    unsure = sum(int(str(detail.get("unsure", 0))) for detail in details)
    assert (len(there(world)), unsure) == ((2, 2) if moment in ("stored", "answered") else (0, 0))
    assert await left(world) == 0


async def test_a_provider_that_stood_still_stores_it_when_it_goes_on(world: World) -> None:
    """However long that was: it is waited for from the first look on."""
    await interrupted(world, 2, "asked")
    room = Mailroom(world.mailbox, world.upstream, world.shop)
    world.upstream.down = True
    await load(room)
    for _ in range(2):
        world.clock.advance(us=LATE_US)
        with pytest.raises(UpstreamUnavailable):
            await room.half_done.settle()
    world.upstream.down = False
    await room.half_done.settle()
    world.upstream.deliver(octets(1), "Archive", (UNFINISHED,))
    await room.half_done.settle()
    assert (there(world), await left(world)) == ([], 0)


async def test_what_nobody_has_foreseen_leaves_none_either(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = world.upstream.append

    async def unreadable(*args: object, **options: object) -> object:
        if len(there(world)) == 1:
            raise OSError("the spool can't be read")
        return await append(*args, **options)  # type: ignore[arg-type]

    anna = await world.enter("anna")
    with monkeypatch.context() as patch, pytest.raises(OSError, match="spool"):
        patch.setattr(world.upstream, "append", unreadable)
        await anna.append("Archive", several())
    await world.room.half_done.settle()
    assert there(world) == []


@pytest.mark.parametrize("step", ["search", "expunge"])
async def test_a_no_may_mean_not_now(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await interrupted(world, 2, "stored")
    with monkeypatch.context() as patch:
        patch.setattr(world.upstream, step, busy)
        room = await next_start(world)
        assert (len(there(world)), await left(world)) == (2, 1)
    await room.half_done.settle()
    assert (there(world), await left(world)) == ([], 0)
    details = [dict(entry.record.detail) for entry in await world.log(action="append")]
    assert [one.get("why") for one in details[:COUNT]] == ["interrupted"] * COUNT
    assert details[COUNT:] == [{"stored": 2, "taken_back": True}]


@pytest.mark.parametrize("step", ["search", "expunge"])
async def test_a_no_that_stays_is_told_at_last(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await interrupted(world, 2, "stored")
    monkeypatch.setattr(world.upstream, step, busy)
    room = await next_start(world)
    await long_after(world, room)
    details = [dict(entry.record.detail) for entry in await world.log(action="append")]
    what = {"stored": 2, "taken_back": False}
    if step == "search":  # and what was answered is taken back all the same
        what = {"stored": 1, "taken_back": True, "unsure": 1}
    assert details[COUNT:] == [what]
    assert there(world) == ([2] if step == "search" else [1, 2])
    assert await left(world) == 0
