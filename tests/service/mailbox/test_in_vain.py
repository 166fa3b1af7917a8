"""What is remembered of expunges that did not work is one person's, goes with the mail, and stands
on disk.
"""

from __future__ import annotations

import pytest

from proxyd.domain.deleting import COPY_REMEMBERED_US, TRASHED_REMEMBERED_US, Half
from proxyd.service.mailbox.model import Message
from tests.service.conftest import World, mail

ANNA, BEN = 1, 2


async def expunged(world: World) -> list[Message]:
    """Three mails, the first two of them in vain."""
    for number in range(3):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    messages = list(world.room.state.messages())
    await world.room.change(lambda change: change.in_vain(Half.EXPUNGED, ANNA, messages[:2]))
    return messages


def known(world: World, account_id: int = ANNA) -> list[str]:
    state, now_us = world.room.state, world.clock()
    return [
        m.message_id
        for m in state.messages()
        if state.in_vain.by(Half.EXPUNGED, account_id, m, now_us)
    ]


@pytest.mark.parametrize("restarts", [False, True])
async def test_it_is_one_persons_and_survives_a_restart(world: World, *, restarts: bool) -> None:
    await expunged(world)
    if restarts:
        await world.restart()
    assert known(world) == ["m0@x", "m1@x"]
    assert known(world, BEN) == []


@pytest.mark.parametrize("restarts", [False, True])
async def test_it_counts_until_it_is_taken_back_and_not_for_ever(
    world: World, *, restarts: bool
) -> None:
    messages = await expunged(world)
    await world.room.change(lambda change: change.in_vain_no_more(Half.EXPUNGED, BEN, messages))
    await world.room.change(
        lambda change: change.in_vain_no_more(Half.EXPUNGED, ANNA, messages[:1])
    )
    if restarts:
        await world.restart()
    assert known(world) == ["m1@x"]
    world.clock.advance(us=TRASHED_REMEMBERED_US + 1)
    assert known(world) == []


async def test_it_goes_with_the_mail_and_the_rows_with_the_time(world: World) -> None:
    messages = await expunged(world)
    await world.room.change(lambda change: change.remove_all(messages[:1]))
    assert not world.room.state.in_vain.knows(Half.EXPUNGED, ANNA, messages[0])
    assert await rows(world) == 1
    world.clock.advance(us=COPY_REMEMBERED_US + 1)
    await world.restart()
    assert await rows(world) == 0


async def rows(world: World) -> int:
    return len(await world.database.read(lambda tx: tx.departures.in_vain(world.mailbox.id)))
