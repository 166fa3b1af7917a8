"""Orders of the command line, as the proxy that serves carries them out."""

from __future__ import annotations

from proxyd.domain.ports.orders import Outcome, Wanted
from proxyd.domain.types import Origin
from proxyd.service.orders import FRESH_US, Orders
from tests.service.conftest import World, mail

CLI = Origin("cli", client="proxyd")


async def two(world: World) -> None:
    for raw in (mail("a@x"), mail("b@x", answers="a@x")):
        world.upstream.deliver(raw)
        await world.synced()


def orders_of(world: World) -> Orders:
    return Orders(world.database, world.counters, world.clock)


async def placed(world: World, wanted: Wanted) -> int:
    return await world.database.write(lambda tx: tx.orders.place(world.mailbox.id, wanted))


async def outcome(world: World, number: int) -> Outcome | None:
    return await world.database.read(lambda tx: tx.orders.outcome(number))


async def test_an_order_is_carried_out_once_and_answered(world: World) -> None:
    await two(world)
    old = world.room.state.threads["a@x"].id
    number = await placed(world, Wanted("root@cli", CLI, message_id="b@x"))
    assert await outcome(world, number) is None
    await orders_of(world).carry_out()
    new = world.room.state.threads["b@x"].id
    assert await outcome(world, number) == Outcome(old, new, 1)
    await orders_of(world).carry_out()
    assert len(world.room.state.conversations) == 2
    back = await placed(world, Wanted("root@cli", CLI, one=old, other=new))
    await orders_of(world).carry_out()
    assert await outcome(world, back) == Outcome(old, new, 1)
    (record,) = (await world.log(action="status"))[-1:]
    assert (record.record.actor, record.record.origin) == ("root@cli", CLI)


async def test_a_refusal_is_an_answer_and_stops_no_other_order(world: World) -> None:
    await two(world)
    refused = await placed(world, Wanted("root@cli", CLI, message_id="a@x"))
    done = await placed(world, Wanted("root@cli", CLI, message_id="b@x"))
    await orders_of(world).carry_out()
    told = await outcome(world, refused)
    assert told is not None and told.refused[0] == "MESSAGE-ID"
    assert await outcome(world, done) is not None


async def test_what_nobody_waits_for_any_more_is_not_done(world: World) -> None:
    await two(world)
    late = await placed(world, Wanted("root@cli", CLI, message_id="b@x"))
    world.clock.advance(us=FRESH_US + 1)
    withdrawn = await placed(world, Wanted("root@cli", CLI, message_id="b@x"))
    await world.database.write(lambda tx: tx.orders.withdraw(withdrawn))
    await orders_of(world).carry_out()
    assert len(world.room.state.conversations) == 1
    assert await outcome(world, late) is None
    assert await world.database.read(lambda tx: tx.orders.waiting()) == []


async def test_an_order_calls_whoever_serves(world: World) -> None:
    before = await world.database.read(lambda tx: tx.mailboxes.epoch())
    await placed(world, Wanted("root@cli", CLI, message_id="b@x"))
    assert await world.database.read(lambda tx: tx.mailboxes.epoch()) > before
