"""Status and assignee by number (service/mail/conversation_wishes.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import AlreadyTaken, BadInput, NotFound, NotPermitted
from proxyd.domain.types import Origin, Right
from proxyd.service.mail.conversation_wishes import ConversationWishes
from tests.service.conftest import World, mail

FROM = Origin("api", "192.0.2.7", "robot/1", "token-1")


@pytest.fixture
async def wishes(world: World) -> ConversationWishes:
    world.upstream.deliver(mail("m1@customer.example"))
    await world.synced()
    return ConversationWishes(world.counters)


def now(world: World) -> tuple[str, str]:
    (conversation,) = world.room.state.conversations.values()
    return conversation.status, world.room.login_of(conversation.assignee)


def number_of(world: World) -> int:
    (number,) = world.room.state.conversations
    return number


def person(world: World, login: str):
    found = world.team.by_login(login)
    assert found is not None
    return found


async def test_status_and_assignee_as_in_a_mail_client(world, wishes):
    anna, number = person(world, "anna"), number_of(world)
    await wishes.assign(anna, number, "anna", FROM)
    assert now(world) == ("open", "anna")
    await wishes.set_status(anna, number, "done", "", FROM)
    assert now(world)[0] == "done"
    await wishes.set_status(anna, number, "hold", "tomorrow", FROM)
    assert now(world)[0] == "hold"
    records = [one.record for one in await world.log() if one.record.origin.door == "api"]
    assert [one.actor for one in records] == ["anna"] * len(records)
    assert {one.action for one in records} >= {"status", "claim"}
    assert {one.origin for one in records} == {FROM}


async def test_asked_again_it_is_no_change(world, wishes):
    anna, number = person(world, "anna"), number_of(world)
    await wishes.set_status(anna, number, "checking", "", FROM)
    before = len(await world.log())
    await wishes.set_status(anna, number, "checking", "", FROM)
    assert len(await world.log()) == before


async def test_first_wins_and_a_manager_may_reassign(world, wishes):
    number = number_of(world)
    await wishes.assign(person(world, "anna"), number, "anna", FROM)
    with pytest.raises(AlreadyTaken):
        await wishes.assign(person(world, "ben"), number, "ben", FROM)
    with pytest.raises(NotPermitted):
        await wishes.assign(person(world, "ben"), number, "", FROM)
    await wishes.assign(person(world, "mara"), number, "ben", FROM)
    assert now(world)[1] == "ben"
    await wishes.assign(person(world, "ben"), number, "", FROM)
    assert now(world)[1] == ""


async def test_who_may_not(world, wishes):
    number = number_of(world)
    with pytest.raises(NotPermitted):
        await wishes.set_status(person(world, "rita"), number, "done", "", FROM)
    sales = await world.second()
    stranger = await sales.hire("zoe", "Zoe", Right.MANAGE)
    for call in (
        wishes.set_status(stranger, number, "done", "", FROM),
        wishes.assign(stranger, number, "zoe", FROM),
        wishes.set_status(person(world, "anna"), 999, "done", "", FROM),
    ):
        with pytest.raises(NotFound):
            await call
    assert now(world) == ("open", "")


@pytest.mark.parametrize(
    ("status", "until"), [("finished", ""), ("done", "tomorrow"), ("hold", "someday")]
)
async def test_what_is_no_status(world, wishes, status, until):
    with pytest.raises(BadInput):
        await wishes.set_status(person(world, "anna"), number_of(world), status, until, FROM)
    assert now(world) == ("open", "")


@pytest.mark.parametrize("login", ["nobody", "rita"])
async def test_who_could_not_answer_gets_nothing(world, wishes, login):
    with pytest.raises(BadInput, match="nobody who may answer"):
        await wishes.assign(person(world, "mara"), number_of(world), login, FROM)
    assert now(world) == ("open", "")
