"""One conversation's history, and how much of it is for whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.errors import NotFound
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import Account, Origin, Right, Role
from proxyd.service.actor import Actor
from proxyd.service.api.changing import FlagMode
from proxyd.service.overview.conversation_story import LINES, Stories, Story
from tests.service.conftest import World, mail

WEB = Origin("web", "192.0.2.7", "Firefox", "web-1")
SECRETS = ("c@example.com", "a@x", "d:Order", "Order", "127.0.0.1", "INBOX")


def person(world: World, login: str) -> Account:
    account = world.team.by_login(login)
    assert account is not None
    return account


@pytest.fixture
async def ada(world: World) -> Account:
    account = await world.database.write(
        lambda tx: tx.accounts.add("ada", "Ada", Role.ADMIN, "hash")
    )
    return replace(account, role=Role.ADMIN)


async def told(world: World, account: Account, number: int, before: int | None = None) -> Story:
    by = Actor(account.login, WEB)
    return await Stories(world.database).of(account, number, by=by, before=before)


async def worked(world: World) -> int:
    """A mail that Anna reads and takes."""
    world.upstream.deliver(mail("a@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$assignee-anna"])
    await view.store([1], FlagMode.ADD, ["\\Seen"])
    return world.room.state.threads["a@x"].id


async def test_with_a_grant_what_was_done_and_by_whom(world: World) -> None:
    number = await worked(world)
    story = await told(world, person(world, "rita"), number)
    assert (story.number, story.mailbox, story.mails, story.former) == (number, "support", 1, [])
    assert story.present is not None and story.present.assignee == "anna"
    actions = [one.record.action for one in story.records]
    assert actions[0] == "arrive" and {"claim", "seen"} <= set(actions)
    assert {one.record.origin.address for one in story.records} == {""}, "from where is not theirs"
    assert story.heirs is None and story.with_mail and not story.cut


async def test_who_manages_sees_from_where_and_may_hand_over(world: World) -> None:
    story = await told(world, person(world, "mara"), await worked(world))
    assert "127.0.0.1" in {one.record.origin.address for one in story.records}
    assert story.heirs is not None
    assert [one.login for one in story.heirs] == ["anna", "ben", "mara"]


async def test_an_admin_sees_states_and_people_and_nobody_outside(
    world: World, ada: Account
) -> None:
    number = await worked(world)
    story = await told(world, ada, number)
    assert [one.record.action for one in story.records] == ["arrive", "claim"]
    assert story.records[1].record.detail["to"] == "anna"
    assert not story.with_mail and story.heirs is not None
    everything = repr(story)
    assert not [secret for secret in SECRETS if secret in everything]


async def test_what_went_out_tells_an_admin_no_address(world: World, ada: Account) -> None:
    number = await worked(world)

    def put(tx) -> None:  # type: ignore[no-untyped-def]
        (claim,) = tx.log.search(LogQuery(conversation=number, action="claim"))
        sent = replace(
            claim.record,
            action="send",
            detail={"to": ["c@example.com"], "from": "c@example.com", "repeated": True},
        )
        forwarded = {"by": "forward", "from": "open", "to": "open", "forwarded": ["c@example.com"]}
        tx.log.append([sent, replace(claim.record, action="status", detail=forwarded)])

    await world.database.write(put)
    story = await told(world, ada, number)
    assert [one.record.detail for one in story.records[-2:]] == [
        {"repeated": True},
        {"by": "forward", "from": "open", "to": "open"},
    ]
    assert "c@example.com" in repr(await told(world, person(world, "anna"), number))


async def test_the_same_mail_in_another_mailbox_is_nobody_s_business(world: World) -> None:
    number = await worked(world)
    sales = await world.second("sales")
    sales.upstream.deliver(mail("a@x"))
    await sales.synced()
    other = sales.room.state.threads["a@x"].id
    story = await told(world, person(world, "mara"), number)
    assert {one.record.mailbox for one in story.records} == {"support"}
    for account in (person(world, "mara"), person(world, "anna")):
        with pytest.raises(NotFound):
            await told(world, account, other)
    with pytest.raises(NotFound):
        await told(world, person(world, "anna"), 4711)
    asked = [one.record.detail for one in await world.log(action="audit")]
    assert asked[-1] == {"did": "history", "asked": "4711"}, "in vain, and recorded"


async def test_only_the_log_still_knows_it(world: World, ada: Account) -> None:
    """Its rows are gone, as after a restore of an older copy: what was done stays told."""
    number = await worked(world)

    def forget(tx) -> None:  # type: ignore[no-untyped-def]
        for table in ("thread_ids", "view_messages", "seen", "messages", "turns", "conversations"):
            tx.connection.exec_driver_sql(f"DELETE FROM {table}")

    await world.database.write(forget)
    story = await told(world, person(world, "rita"), number)
    assert story.present is None and story.heirs is None and story.mailbox == "support"
    assert "claim" in {one.record.action for one in story.records}
    assert (await told(world, ada, number)).records
    nobody = replace(person(world, "rita"), grants={})
    with pytest.raises(NotFound):
        await told(world, nobody, number)


async def test_a_number_that_was_joined_leads_on(world: World) -> None:
    first = await worked(world)
    world.upstream.deliver(mail("b@x"))
    await world.synced()
    second = world.room.state.threads["b@x"].id
    world.upstream.deliver(mail("c@x", answers="a@x").replace(b"References:", b"References: <b@x>"))
    await world.synced()
    if world.room.state.threads["b@x"].id == second:
        pytest.fail("the two were to be joined")
    story = await told(world, person(world, "anna"), second)
    assert (story.number, list(story.former)) == (first, [second])


async def test_a_long_history_comes_in_pieces(world: World) -> None:
    number = await worked(world)
    (claim,) = await world.log(action="claim")
    await world.database.write(lambda tx: tx.log.append([claim.record] * (LINES + 5)))
    rita = person(world, "rita")
    newest = await told(world, rita, number)
    assert len(newest.records) == LINES and newest.before == newest.records[0].number
    rest = await told(world, rita, number, before=newest.before)
    assert rest.before is None
    numbers = [one.number for one in (*rest.records, *newest.records)]
    assert numbers == sorted(set(numbers))
    assert numbers[0] == (await told(world, rita, number, before=numbers[1])).records[0].number
    assert Right.READ in rita.grants.values()
