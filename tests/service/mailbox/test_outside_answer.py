"""Answers that went past us, known by \\Answered or by what lies in Sent."""

from __future__ import annotations

import pytest

from proxyd.service.api.changing import FlagMode
from tests.service.conftest import World, mail


async def arrived(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()


def answered_in_webmail(world: World, uid: int = 1) -> None:
    world.upstream.folders["INBOX"].mails[uid].flags.add("\\Answered")
    world.upstream.tell("INBOX")


async def status_records(world: World) -> list[dict[str, object]]:
    return [dict(one.record.detail) for one in await world.log(action="status")]


async def test_answered_in_webmail_is_done_by_someone_outside(world: World) -> None:
    await arrived(world)
    answered_in_webmail(world)
    await world.synced()
    conversation = world.room.state.threads["m1@x"]
    assert conversation.status == "done"
    assert await status_records(world) == [{"from": "open", "to": "done", "by": "outside"}]
    (answer,) = conversation.answers
    assert (answer.account_id, answer.name) == (None, "")
    facts = world.conversations.find(["m1@x"], ["c@example.com"])
    assert facts is not None and facts.answers[0].at_us == answer.at_us
    await world.restart()
    assert len(world.room.state.threads["m1@x"].answers) == 1


async def test_flag_and_copy_in_sent_are_one_answer_whichever_is_seen_first(world: World) -> None:
    await arrived(world)
    answered_in_webmail(world)
    await world.synced()
    world.upstream.deliver(mail("a1@x", answers="m1@x", sender="support@example.test"), "Sent")
    await world.synced()
    assert len(await status_records(world)) == 2  # the second names the answer
    world.upstream.deliver(mail("m2@x"))
    await world.synced()
    world.upstream.deliver(mail("a2@x", answers="m2@x", sender="support@example.test"), "Sent")
    await world.synced()
    answered_in_webmail(world, 2)
    await world.synced()
    assert [one.message_id for one in world.room.state.threads["m2@x"].answers] == ["a2@x"]
    assert len(await status_records(world)) == 3


async def test_our_own_answered_is_nobody_outside(world: World) -> None:
    await arrived(world)
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["\\Answered"])
    await world.synced()
    await view.store([1], FlagMode.REMOVE, ["\\Answered"])
    await world.synced()
    assert await status_records(world) == []
    assert world.room.state.threads["m1@x"].status == "open"


async def test_what_was_answered_before_us_is_no_news(world: World) -> None:
    world.upstream.deliver(mail("m1@x"), flags=["\\Answered"])
    await world.synced()
    assert await status_records(world) == []


@pytest.mark.parametrize("folder", ["Sent", "Drafts", "Trash"])
async def test_elsewhere_the_flag_means_nothing(world: World, folder: str) -> None:
    uid = world.upstream.deliver(mail("m1@x"), folder)
    await world.synced()
    world.upstream.folders[folder].mails[uid].flags.add("\\Answered")
    world.upstream.tell(folder)
    await world.synced()
    assert await status_records(world) == []


async def test_the_customer_s_next_mail_opens_it_again(world: World) -> None:
    await arrived(world)
    answered_in_webmail(world)
    await world.synced()
    world.upstream.deliver(mail("m2@x", answers="m1@x"))
    await world.synced()
    assert world.room.state.threads["m1@x"].status == "open"
    answered_in_webmail(world, 2)
    world.clock.advance(seconds=1)
    await world.synced()
