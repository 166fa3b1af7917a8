"""Who gets a connection when: jobs and lanes, with connections that are only pretended."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any, cast

import pytest

from proxyd.domain.asker import works_for
from proxyd.domain.errors import Busy, UpstreamLimited, UpstreamRefused, UpstreamUnavailable
from proxyd.upstream import waiting as waiting_module
from proxyd.upstream.budget import Budget
from proxyd.upstream.door import SignInDoor
from proxyd.upstream.imap_connection import ImapConnection
from proxyd.upstream.lanes import Lanes
from proxyd.upstream.timings import Timings
from proxyd.upstream.turns import Alone
from proxyd.upstream.waiting import BULK_PATIENCE, PATIENCE
from tests.patience import PATIENCE_S, turns
from tests.upstream.conftest import eventually


class Pretended:
    """What the lanes need of a connection."""

    def __init__(self) -> None:
        self.lost = False
        self.changed = False
        self.folder: str | None = None
        self.left = False
        self.dropped = ""

    def leave(self) -> None:
        self.left = self.lost = True

    def drop(self, reason: str) -> None:
        self.dropped = reason
        self.lost = True

    def begin(self) -> None:
        self.changed = False

    def reselect(self) -> None:
        self.folder = None


class PretendedDoor:
    def __init__(self) -> None:
        self.opened: list[Pretended] = []
        self.closed: UpstreamUnavailable | None = None

    def pause(self) -> float:
        return 0.05 if self.closed is not None else 0.0

    async def enter(self) -> Pretended:
        await asyncio.sleep(0)
        if self.closed is not None:
            raise self.closed
        self.opened.append(Pretended())
        return self.opened[-1]


@dataclasses.dataclass
class World:
    lanes: Lanes
    door: PretendedDoor
    budget: Budget
    events: list[str]
    done: list[str] = dataclasses.field(default_factory=list)

    def job(self, name: str, gate: asyncio.Event | None = None, folder: str | None = None) -> Any:
        async def work(connection: ImapConnection) -> str:
            if folder is not None:
                cast(Any, connection).folder = folder
            if gate is not None:
                await gate.wait()
            self.done.append(name)
            return name

        return work


Make = Callable[..., World]


@pytest.fixture
def make() -> Make:
    def make_one(count: int = 2, timings: Timings | None = None) -> World:
        events: list[str] = []
        door = PretendedDoor()
        patience = timings or Timings()
        now = asyncio.get_running_loop().time
        budget = Budget(count + 1, patience, now=now, told=events.append)
        lanes = Lanes(cast(SignInDoor, door), budget, patience, events.append)
        return World(lanes, door, budget, events)

    return make_one


async def test_connections_are_opened_when_needed_and_no_more(make: Make) -> None:
    world = make(2)
    gate = asyncio.Event()
    assert await world.lanes.run(world.job("alone")) == "alone"
    assert await world.lanes.run(world.job("again")) == "again"
    assert len(world.door.opened) == 1
    jobs = [asyncio.ensure_future(world.lanes.run(world.job(str(n), gate))) for n in range(6)]
    await turns()
    assert len(world.door.opened) == 2
    gate.set()
    assert await asyncio.gather(*jobs) == [str(n) for n in range(6)]
    assert len(world.door.opened) == 2


async def test_first_come_first_served(make: Make) -> None:
    world = make(1)
    await asyncio.gather(*(world.lanes.run(world.job(str(n))) for n in range(20)))
    assert world.done == [str(n) for n in range(20)]


async def test_open_folder_is_preferred_but_nobody_starves(make: Make) -> None:
    world = make(1)
    await world.lanes.run(world.job("open", folder="A"), folder="A")
    gate = asyncio.Event()
    first = asyncio.ensure_future(world.lanes.run(world.job("gate", gate, "A"), folder="A"))
    await asyncio.sleep(0)
    jobs = [world.lanes.run(world.job("B", folder="B"), folder="B")]
    jobs += [world.lanes.run(world.job(f"A{n}", folder="A"), folder="A") for n in range(30)]
    waiting = asyncio.gather(*jobs)
    await asyncio.sleep(0)
    gate.set()
    await waiting
    await first
    assert world.done.index("B") == 2 + PATIENCE


async def test_bulk_leaves_a_lane_free(make: Make) -> None:
    world = make(2)
    gate = asyncio.Event()
    bulk = [
        asyncio.ensure_future(world.lanes.run(world.job(f"bulk{n}", gate), bulk=True))
        for n in range(3)
    ]
    await turns()
    assert await asyncio.wait_for(world.lanes.run(world.job("quick")), PATIENCE_S) == "quick"
    gate.set()
    await asyncio.gather(*bulk)
    assert world.done == ["quick", "bulk0", "bulk1", "bulk2"]


async def test_bulk_on_the_only_lane_lets_the_others_go_first_and_comes_on(make: Make) -> None:
    world = make(1)
    gate = asyncio.Event()
    first = asyncio.ensure_future(world.lanes.run(world.job("first", gate)))
    await turns()
    jobs = [world.lanes.run(world.job(f"bulk{n}"), bulk=True) for n in range(3)]
    jobs += [world.lanes.run(world.job(f"quick{n}")) for n in range(BULK_PATIENCE + 1)]
    waiting = asyncio.gather(*jobs)
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(waiting, first)
    assert world.done.index("bulk0") == 1 + BULK_PATIENCE
    assert world.done.index(f"quick{BULK_PATIENCE}") == world.done.index("bulk0") + 1


async def test_people_take_turns(make: Make) -> None:
    world = make(1)
    gate = asyncio.Event()

    async def want(person: int, count: int, prefix: str) -> None:
        works_for(person)
        await asyncio.gather(*(world.lanes.run(world.job(f"{prefix}{n}")) for n in range(count)))

    first = asyncio.ensure_future(world.lanes.run(world.job("first", gate)))
    await turns()
    greedy = asyncio.ensure_future(want(1, 500, "greedy"))
    await asyncio.sleep(0)
    modest = [asyncio.ensure_future(want(person, 1, f"p{person}-")) for person in (2, 3, 4)]
    await turns()
    gate.set()
    await asyncio.gather(first, greedy, *modest)
    assert set(world.done[1:5]) == {"greedy0", "p2-0", "p3-0", "p4-0"}


async def test_who_fills_the_queue_makes_room_for_the_others(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_module, "QUEUE_LENGTH", 5)
    world = make(1)
    gate = asyncio.Event()
    jobs = [asyncio.ensure_future(world.lanes.run(world.job(str(n), gate))) for n in range(6)]
    await turns()

    async def other() -> str:
        works_for(7)
        found: str = await world.lanes.run(world.job("other"))
        return found

    modest = asyncio.ensure_future(other())
    await turns()
    gate.set()
    assert await modest == "other"
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [str(one) for one in results[:5]] == [str(n) for n in range(5)]
    assert isinstance(results[5], Busy)


async def test_bulk_runs_on_the_only_lane_there_is(make: Make) -> None:
    world = make(1)
    assert await world.lanes.run(world.job("bulk"), bulk=True) == "bulk"


async def test_broken_line_is_tried_once_more_unless_something_changed(make: Make) -> None:
    world = make(1)
    tries: list[Pretended] = []

    def breaking(*, changes: bool) -> Any:
        async def work(connection: ImapConnection) -> None:
            pretended = cast(Any, connection)
            assert pretended.changed is False
            tries.append(pretended)
            pretended.changed = changes
            pretended.lost = True
            raise UpstreamUnavailable("broke")

        return work

    with pytest.raises(UpstreamUnavailable):
        await world.lanes.run(breaking(changes=False))
    assert len(set(map(id, tries))) == 2
    assert world.events.count("retried") == 1
    tries.clear()
    with pytest.raises(UpstreamUnavailable):
        await world.lanes.run(breaking(changes=True))
    assert len(tries) == 1


async def test_refusal_is_not_tried_again(make: Make) -> None:
    world = make(1)

    async def refused(connection: ImapConnection) -> None:
        world.done.append("tried")
        raise UpstreamRefused("no")

    with pytest.raises(UpstreamRefused):
        await world.lanes.run(refused)
    assert world.done == ["tried"]
    assert world.events == []


async def test_mistake_of_ours_costs_a_connection_and_no_lane(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    world = make(1)

    async def wrong(connection: ImapConnection) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await world.lanes.run(wrong)
    assert world.door.opened[0].left
    assert "upstream job failed" in caplog.text
    assert await world.lanes.run(world.job("after")) == "after"


async def test_caller_who_goes_away_before_the_turn_is_forgotten(make: Make) -> None:
    world = make(1)
    gate = asyncio.Event()
    first = asyncio.ensure_future(world.lanes.run(world.job("first", gate)))
    second = asyncio.ensure_future(world.lanes.run(world.job("second")))
    await turns()
    second.cancel()
    await asyncio.sleep(0)
    gate.set()
    await first
    assert world.done == ["first"]
    assert second.cancelled()


async def test_caller_who_goes_away_later_lets_the_job_end(make: Make) -> None:
    world = make(1)
    gate = asyncio.Event()
    first = asyncio.ensure_future(world.lanes.run(world.job("first", gate)))
    await turns()
    first.cancel()
    gate.set()
    assert await world.lanes.run(world.job("second")) == "second"
    assert world.done == ["first", "second"]
    assert len(world.door.opened) == 1


async def test_job_that_nobody_wants_any_more_is_given_up_after_a_while(make: Make) -> None:
    world = make(1, Timings(unheard=0.02))
    broken = asyncio.Event()

    async def long(connection: ImapConnection) -> None:
        while not connection.lost:
            await asyncio.sleep(0.001)
        broken.set()
        raise UpstreamUnavailable("dropped")

    first = asyncio.ensure_future(world.lanes.run(long))
    await turns()
    first.cancel()
    await asyncio.wait_for(broken.wait(), PATIENCE_S)
    assert world.door.opened[0].dropped
    assert await world.lanes.run(world.job("next")) == "next"
    assert len(world.door.opened) == 2
    assert "retried" not in world.events
    assert "dropped" in world.events


async def test_change_that_nobody_waits_for_is_never_broken_off(make: Make) -> None:
    world = make(1, Timings(unheard=0.01))

    async def change(connection: ImapConnection) -> None:
        cast(Any, connection).changed = True
        await asyncio.sleep(0.05)
        world.done.append("changed")

    first = asyncio.ensure_future(world.lanes.run(change))
    await turns()
    first.cancel()
    await world.lanes.run(world.job("next"))
    assert world.done == ["changed", "next"]
    assert len(world.door.opened) == 1


async def test_one_connection_too_many_waits_for_one_that_there_is(make: Make) -> None:
    world = make(2)
    gate = asyncio.Event()
    first = asyncio.ensure_future(world.lanes.run(world.job("first", gate)))
    await turns()
    world.door.closed = UpstreamLimited("too many")
    world.budget.crowded(1, "too many")
    second = asyncio.ensure_future(world.lanes.run(world.job("second")))
    await turns()
    gate.set()
    assert await asyncio.gather(first, second) == ["first", "second"]
    assert len(world.door.opened) == 1


async def test_limit_without_a_connection_is_waited_for_a_few_times(make: Make) -> None:
    world = make(1)
    world.door.closed = UpstreamLimited("too many")
    job = asyncio.ensure_future(world.lanes.run(world.job("patient")))
    await turns()
    assert not job.done()
    world.door.closed = None
    assert await job == "patient"
    world.door.closed = UpstreamLimited("too many")
    world.door.opened[0].lost = True
    with pytest.raises(UpstreamLimited):
        await world.lanes.run(world.job("never"))


async def test_put_off_by_the_provider_reading_waits_and_changing_fails(make: Make) -> None:
    world = make(1, Timings(slow=0.03))
    tries: list[float] = []

    def throttled(*, changes: bool) -> Any:
        async def work(connection: ImapConnection) -> str:
            tries.append(asyncio.get_running_loop().time())
            if len(tries) == 1:
                cast(Any, connection).changed = changes
                world.budget.slowed("throttled")
                raise UpstreamRefused("slow down", "THROTTLED")
            return "done"

        return work

    assert await world.lanes.run(throttled(changes=False)) == "done"
    assert tries[1] - tries[0] >= 0.029
    tries.clear()
    with pytest.raises(UpstreamRefused):
        await world.lanes.run(throttled(changes=True))
    assert len(tries) == 1


@pytest.mark.parametrize(("slow", "done"), [(3600, ["quick"]), (0.05, ["quick", "bulk"])])
async def test_bulk_work_rests_while_the_provider_wants_less(
    make: Make, slow: float, done: list[str]
) -> None:
    world = make(2, Timings(slow=slow))
    world.budget.slowed("throttled")
    bulk = asyncio.ensure_future(world.lanes.run(world.job("bulk"), bulk=True))
    assert await world.lanes.run(world.job("quick")) == "quick"
    await turns()
    if "bulk" in done:
        await bulk
    assert world.done == done
    bulk.cancel()


async def test_fewer_connections_are_kept_than_were_open(make: Make) -> None:
    world = make(2)
    gate = asyncio.Event()
    jobs = [asyncio.ensure_future(world.lanes.run(world.job(str(n), gate))) for n in range(2)]
    await turns()
    world.budget.crowded(2, "too many")  # one of them is for the watcher
    gate.set()
    await asyncio.gather(*jobs)
    assert world.lanes.working == 1
    assert world.lanes.single


async def test_door_that_is_closed_fails_the_job_and_nothing_else(make: Make) -> None:
    world = make(1)
    world.door.closed = UpstreamUnavailable("away")
    with pytest.raises(UpstreamUnavailable, match="away"):
        await world.lanes.run(world.job("never"))
    world.door.closed = None
    assert await world.lanes.run(world.job("later")) == "later"


async def test_unused_connection_is_closed_after_a_while(make: Make) -> None:
    world = make(2, Timings(keep=0.02))
    await world.lanes.run(world.job("once"))
    await eventually(lambda: world.door.opened[0].left)
    assert await world.lanes.run(world.job("again")) == "again"
    assert len(world.door.opened) == 2
    assert world.events == ["closed"]
    await world.lanes.close()


async def test_too_many_waiting_are_told(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_module, "QUEUE_LENGTH", 2)
    world = make(1)
    gate = asyncio.Event()
    jobs = [asyncio.ensure_future(world.lanes.run(world.job(str(n), gate))) for n in range(3)]
    await turns()
    with pytest.raises(Busy):
        await world.lanes.run(world.job("too many"))
    gate.set()
    await asyncio.gather(*jobs)


async def test_closing_fails_what_waits_and_what_runs(make: Make) -> None:
    world = make(1)
    jobs = [
        asyncio.ensure_future(world.lanes.run(world.job(str(n), asyncio.Event()))) for n in range(3)
    ]
    await turns()
    await world.lanes.close()
    for job in jobs:
        with pytest.raises(UpstreamUnavailable):
            await job
    assert world.door.opened[0].left
    with pytest.raises(UpstreamUnavailable):
        await world.lanes.run(world.job("late"))


def below(name: str) -> Alone:
    return Alone(lambda folder: folder.startswith(name), closes=True)


def spawned(
    world: World, name: str, gate: asyncio.Event | None, folder: str
) -> asyncio.Task[object]:
    work = world.job(name, gate, folder)
    return asyncio.ensure_future(world.lanes.run(work, folder=folder))


async def test_what_needs_a_folder_alone_waits_for_who_is_in_it_and_lets_nobody_in(
    make: Make,
) -> None:
    world = make(3)
    gate, renaming = asyncio.Event(), asyncio.Event()
    first = spawned(world, "in A", gate, "A")
    await turns()
    alone = asyncio.ensure_future(world.lanes.run(world.job("rename", renaming), alone=below("A")))
    later = [spawned(world, f"in {name}", None, name) for name in ("A", "A/below", "B")]
    await later[2]
    assert world.done == ["in B"]
    gate.set()
    await first
    await turns()
    assert world.done == ["in B", "in A"]  # two connections have nothing to do
    renaming.set()
    await asyncio.gather(alone, *later)
    assert world.done == ["in B", "in A", "rename", "in A", "in A/below"]


async def test_afterwards_nobody_has_its_folder_open_and_others_keep_theirs(make: Make) -> None:
    world = make(2)
    gates = asyncio.Event(), asyncio.Event()
    jobs = [spawned(world, name, gate, name) for name, gate in zip("AB", gates, strict=True)]
    await turns()
    gates[0].set()
    await jobs[0]
    await world.lanes.run(world.job("delete"), alone=below("A"))
    assert sorted(str(one.folder) for one in world.door.opened) == ["B", "None"]
    gates[1].set()
    await jobs[1]


async def test_whoever_gives_up_a_folder_alone_holds_up_nobody(make: Make) -> None:
    world = make(3)
    gate = asyncio.Event()
    first = spawned(world, "in A", gate, "A")
    await turns()
    alone = asyncio.ensure_future(world.lanes.run(world.job("rename"), alone=below("A")))
    await asyncio.sleep(0)
    second = spawned(world, "again in A", None, "A")
    await turns()
    alone.cancel()
    await second
    assert world.done == ["again in A"]
    gate.set()
    await first


async def test_closing_fails_what_is_alone_and_what_it_holds_up(make: Make) -> None:
    world = make(3)
    jobs = [spawned(world, "in A", asyncio.Event(), "A")]
    await turns()
    jobs += [asyncio.ensure_future(world.lanes.run(world.job("rename"), alone=below("A")))]
    await asyncio.sleep(0)
    jobs += [spawned(world, "later", None, "A")]
    await turns()
    await world.lanes.close()
    for job in jobs:
        with pytest.raises(UpstreamUnavailable):
            await job
