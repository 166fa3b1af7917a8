"""A conversation given to somebody by a command (proxyd/service/mailbox/assigning.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import BadInput
from proxyd.domain.ports.orders import Outcome, Wanted
from proxyd.domain.types import Origin
from proxyd.service.mailbox.assigning import assign
from proxyd.service.mailbox.by import By
from proxyd.service.orders import carried_out
from tests.service.conftest import World, mail

BY = By("root@cli", Origin("cli"))


async def taken_in(world: World) -> int:
    world.upstream.deliver(mail("a@x"))
    await world.synced()
    return world.room.state.threads["a@x"].id


async def test_to_a_colleague_and_back_to_nobody_with_the_status_as_it_was(world: World) -> None:
    number = await taken_in(world)
    conversation = world.room.state.conversations[number]
    for login in ("Ben", "anna", ""):
        assert await assign(world.room, number, login, BY) == number
        person = world.team.by_login(login.lower())
        assert conversation.assignee == (person.id if person else None)
        assert conversation.status == "open"
    told = [
        (one.record.action, one.record.actor, one.record.message_id, one.record.detail["to"])
        for action in ("assign", "release")
        for one in await world.log(action=action)
    ]
    assert told == [
        ("assign", "root@cli", "a@x", "ben"),
        ("assign", "root@cli", "a@x", "anna"),
        ("release", "root@cli", "a@x", ""),
    ]


async def test_the_same_again_is_no_news(world: World) -> None:
    number = await taken_in(world)
    for _ in range(2):
        await assign(world.room, number, "ben", BY)
    assert len(await world.log(action="assign")) == 1


@pytest.mark.parametrize("login", ["rita", "nobody"])
async def test_not_to_who_can_t_answer(world: World, login: str) -> None:
    number = await taken_in(world)
    with pytest.raises(BadInput, match="may not answer"):
        await assign(world.room, number, login, BY)
    assert world.room.state.conversations[number].assignee is None


async def test_an_order_of_it(world: World) -> None:
    number = await taken_in(world)
    wanted = Wanted(BY.name, BY.origin, one=number, assign=True, to="ben")
    assert await carried_out(world.room, wanted) == Outcome(number)
    unknown = Wanted(BY.name, BY.origin, one=number + 7, assign=True, to="ben")
    assert (await carried_out(world.room, unknown)).refused[0] == "NUMBER"
