"""The list of conversations and handing one on, by who may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.errors import BadInput, Busy, NotFound
from proxyd.domain.types import Account, Origin, Right, Role
from proxyd.domain.workflow import SHIPPED
from proxyd.service.actor import Actor
from proxyd.service.overview.worklist import ANY, PAGE, ListAsked, Worklist
from tests.service.conftest import World, mail
from tests.service.reports.work import put_work

WEB = Origin("web", "192.0.2.7", "Firefox", "web-1")


def by(account: Account) -> Actor:
    return Actor(account.login, WEB)


def person(world: World, login: str) -> Account:
    account = world.team.by_login(login)
    assert account is not None
    return account


@pytest.fixture
async def ada(world: World) -> Account:
    """An admin without a grant."""
    account = await world.database.write(
        lambda tx: tx.accounts.add("ada", "Ada", Role.ADMIN, "hash")
    )
    return replace(account, role=Role.ADMIN)


def list_of(world: World) -> Worklist:
    return Worklist(world.database, SHIPPED, world.counters, world.clock)


async def taken_in(world: World, *names: str) -> list[int]:
    numbers = []
    for name in names:
        world.upstream.deliver(mail(f"{name}@x", subject=name))
        await world.synced()
        numbers.append(world.room.state.threads[f"{name}@x"].id)
    return numbers


async def test_the_list_and_its_record(world: World, ada: Account) -> None:
    first, second = await taken_in(world, "a", "b")
    rita = person(world, "rita")
    page = await list_of(world).page(rita, ListAsked(), by=by(rita))
    assert {row.number for row in page.rows} == {first, second}
    assert (page.newer, page.older, dict(page.mails)) == (False, False, {first: 1, second: 1})
    assert [one.login for one in page.people] == ["anna", "ben", "mara", "rita"]
    asked = ListAsked("support", "done", "anna")
    assert (await list_of(world).page(ada, asked, by=by(ada))).rows == []
    told = [one.record.detail for one in await world.log(action="audit")]
    assert told == [
        {"did": "conversations"},
        {"did": "conversations", "mailbox": "support", "assignee": "anna", "status": "done"},
    ]


async def test_another_mailbox_is_none(world: World) -> None:
    await world.second("sales")
    anna = person(world, "anna")
    for name in ("sales", "nonsense"):
        with pytest.raises(NotFound):
            await list_of(world).page(anna, ListAsked(name), by=by(anna))
    page = await list_of(world).page(anna, ListAsked(), by=by(anna))
    assert [one.name for one in page.mailboxes] == ["support"]
    assert len(await world.log(action="audit")) == 3, "asking in vain is a record too"


async def test_a_status_that_is_none_is_an_error_and_not_an_empty_list(world: World) -> None:
    anna = person(world, "anna")
    with pytest.raises(BadInput, match="nonsense"):
        await list_of(world).page(anna, ListAsked(status="nonsense"), by=by(anna))


async def test_page_by_page(world: World) -> None:
    for number in range(PAGE * 2 + 1):
        await put_work(world.database, "open", changed_us=number)
    anna, work = person(world, "anna"), list_of(world)
    first = await work.page(anna, ListAsked(status=ANY), by=by(anna))
    assert (len(first.rows), first.newer, first.older) == (PAGE, False, True)
    last = first.rows[-1]
    second = await work.page(anna, ListAsked(beyond=(last.changed_us, last.number)), by=by(anna))
    assert (len(second.rows), second.newer, second.older) == (PAGE, True, True)
    top = second.rows[0]
    back = await work.page(
        anna, ListAsked(beyond=(top.changed_us, top.number), newer=True), by=by(anna)
    )
    assert back.rows == first.rows
    assert (back.newer, back.older) == (False, True)
    end = second.rows[-1]
    third = await work.page(anna, ListAsked(beyond=(end.changed_us, end.number)), by=by(anna))
    assert (len(third.rows), third.newer, third.older) == (1, True, False)


async def test_not_changed_for_a_while(world: World) -> None:
    now = world.clock.now
    for ago in (0, 10, 20):
        await put_work(world.database, "open", changed_us=now - ago)
    anna = person(world, "anna")
    page = await list_of(world).page(anna, ListAsked(older_us=10), by=by(anna))
    assert [row.changed_us for row in page.rows] == [now - 20]


@pytest.mark.parametrize("who", ["mara", "ada"])
async def test_an_admin_and_who_manages_hand_over(world: World, ada: Account, who: str) -> None:
    (number,) = await taken_in(world, "a")
    account = ada if who == "ada" else person(world, who)
    await list_of(world).hand_over(account, number, "ben", by=by(account))
    conversation = world.room.state.conversations[number]
    assert conversation.assignee == person(world, "ben").id
    (record,) = [one.record for one in await world.log(action="assign")]
    assert (record.actor, record.origin, record.conversation) == (who, WEB, number)
    assert record.detail["to"] == "ben"
    await list_of(world).hand_over(account, number, "", by=by(account))
    assert conversation.assignee is None
    (record,) = [one.record for one in await world.log(action="release")]
    assert record.detail["from"] == "ben"


@pytest.mark.parametrize("who", ["anna", "rita"])
async def test_nobody_else_does_and_learns_nothing(world: World, who: str) -> None:
    (number,) = await taken_in(world, "a")
    account, work = person(world, who), list_of(world)
    for wanted in (number, number + 1000):
        with pytest.raises(NotFound):
            await work.hand_over(account, wanted, "ben", by=by(account))
    assert world.room.state.conversations[number].assignee is None


async def test_only_to_who_can_answer_there(world: World, ada: Account) -> None:
    (number,) = await taken_in(world, "a")
    for login in ("rita", "ada", "nobody", "BEN*"):
        with pytest.raises(BadInput):
            await list_of(world).hand_over(ada, number, login, by=by(ada))
    assert await world.log(action="assign") == []


async def test_where_nobody_serves_the_mailbox(world: World, ada: Account) -> None:
    (number,) = await taken_in(world, "a")
    unserved = Worklist(world.database, SHIPPED, dict, world.clock)
    with pytest.raises(Busy):
        await unserved.hand_over(ada, number, "ben", by=by(ada))


async def test_who_manages_one_mailbox_hands_on_nothing_of_another(world: World) -> None:
    sales = await world.second("sales")
    sales.upstream.deliver(mail("s@x"))
    await sales.synced()
    number = sales.room.state.threads["s@x"].id
    mara = person(world, "mara")
    with pytest.raises(NotFound):
        await list_of(world).hand_over(mara, number, "ben", by=by(mara))
    await world.grant("mara", sales.mailbox, Right.MANAGE)
    mara = person(world, "mara")
    with pytest.raises(BadInput):
        await list_of(world).hand_over(mara, number, "ben", by=by(mara))  # has no right there
    await list_of(world).hand_over(mara, number, "mara", by=by(mara))
    assert sales.room.state.conversations[number].assignee == mara.id
