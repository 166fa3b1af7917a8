"""What is remembered of expunges that did not work is one person's, and bounded."""

from __future__ import annotations

import pytest

from proxyd.domain.deleting import TRASHED_REMEMBERED_US
from proxyd.service.mailbox import in_vain
from proxyd.service.mailbox.in_vain import InVain
from tests.service.conftest import World, mail


async def test_it_is_one_persons_and_the_oldest_goes_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    messages = world.room.state.messages()
    monkeypatch.setattr(in_vain, "MOST", 2)
    known = InVain(world.clock)
    known.note(1, messages)
    assert [known.by(1, message) for message in messages] == [False, True, True]
    assert not known.by(2, messages[2])


async def test_it_counts_until_it_is_taken_back_and_not_for_ever(world: World) -> None:
    for number in range(2):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    one, other = world.room.state.messages()
    known = InVain(world.clock)
    known.note(1, [one, other])
    known.forget(1, [one])
    assert [known.by(1, each) for each in (one, other)] == [False, True]
    world.clock.advance(us=TRASHED_REMEMBERED_US + 1)
    assert not known.by(1, other)
