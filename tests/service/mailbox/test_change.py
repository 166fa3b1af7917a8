"""A change meets a truth that has moved on since its caller looked: what is gone stays gone."""

from __future__ import annotations

import asyncio

from proxyd.service.api.changing import FlagMode
from proxyd.service.api.reading import Reading
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.model import Message
from tests.service.conftest import World, mail


async def test_a_message_that_went_meanwhile_can_not_be_seen_flagged_or_moved(
    world: World,
) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    (message,) = world.room.state.messages()
    view = message.folder.view
    assert view is not None
    await world.room.change(lambda change: change.remove_all([message]))

    def late(change: Change) -> bool:
        change.set_seen(1, message, seen=True)
        change.reappear(view, message)
        return change.set_flags(message, ("\\Flagged",))

    assert await world.room.change(late) is False
    assert list(view.uids) == []


async def test_what_is_gone_can_not_go_again(world: World) -> None:
    """The synchronisation and a client's MOVE may both find that a message has left."""
    world.upstream.deliver(mail("m1@x"))
    world.upstream.deliver(mail("m2@x"))
    await world.synced()
    first, second = world.room.state.messages()
    removals = [
        world.room.change(lambda change: change.remove_all([first])),
        world.room.change(lambda change: change.remove_all([first, second])),
    ]
    assert await asyncio.gather(*removals) == [[first], [second]]
    assert world.room.state.by_message_id == {}
    assert all(not c.messages for c in world.room.state.conversations.values())


async def test_opening_a_mail_that_a_colleague_moves_in_the_same_instant(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")

    async def read() -> list[object]:
        batches = anna.fetch([1], [b"BODY.PEEK[]"], Reading.OPEN)
        return [row async for rows in batches for row in rows]

    (message,) = world.room.state.messages()
    gone = asyncio.create_task(world.room.change(lambda change: change.remove_all([message])))
    await asyncio.sleep(0)
    reading = asyncio.create_task(read())
    storing = asyncio.create_task(ben.store([1], FlagMode.ADD, ["\\Seen", "\\Flagged"]))
    await asyncio.gather(gone, reading, storing)
    assert list(ben.uids()) == []


async def test_ten_thousand_messages_of_one_conversation_go_at_once(world: World) -> None:
    """Not one by one out of the lists they stand in: that would take a second of everybody's."""
    for number in range(1_000):
        world.upstream.deliver(mail("same@x") + b"%d" % number)
    await world.synced()
    messages = world.room.state.messages()
    (conversation,) = world.room.state.conversations.values()
    assert len(conversation.messages) == 1_000

    class AtOnce(list[Message]):
        def remove(self, message: Message) -> None:
            raise AssertionError("one by one")

    conversation.messages = AtOnce(conversation.messages)
    world.room.state.by_message_id["same@x"] = AtOnce(conversation.messages)
    await world.room.change(lambda change: change.remove_all(messages))
    assert conversation.messages == []
