"""Mails, answers, splits, joins and restarts in any order: what must hold whatever happens.

Nothing becomes done by a split or a join, what was parted stays so until it is joined, each mail
has one conversation, and the database knows what memory knows.
"""

from __future__ import annotations

import random

import pytest

from proxyd.domain.errors import BadInput
from proxyd.service.mailbox.by import By
from proxyd.service.mailbox.parting import join, split
from tests.service.conftest import World, mail
from tests.service.mailbox.test_parting import answering, deliver, send

SEEDS = range(3)
STEPS = 25
PEOPLE = ("ida@buyer.example", "uwe@other.example")
BY = By("root@cli")


class Play:
    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.dice = random.Random(seed)
        self.ids: list[str] = []

    async def step(self) -> None:
        act = self.dice.choice(
            [self.comes, self.comes, self.comes, self.answers, self.splits, self.splits, self.joins]
        )
        await act()
        self.holds()

    async def comes(self) -> None:
        id_, sender = f"m{len(self.ids)}@x", self.dice.choice(PEOPLE)
        named = self.dice.sample(self.ids, min(len(self.ids), self.dice.randrange(4)))
        raw = answering(id_, *named, sender=sender) if named else mail(id_, sender=sender)
        await deliver(self.world, raw)
        self.ids.append(id_)

    async def answers(self) -> None:
        if self.ids:
            about = self.dice.choice(self.ids)
            self.ids.append(f"a{len(self.ids)}@us")
            await send(self.world, self.ids[-1], about, self.dice.choice(PEOPLE))

    async def splits(self) -> None:
        if not self.ids:
            return
        id_, before = self.dice.choice(self.ids), self.statuses()
        try:
            done = await split(self.world.room, id_, BY)
        except BadInput:
            assert self.statuses() == before
            return
        assert done.kept != done.other and done.mails
        self.nothing_is_done_now(before)

    async def joins(self) -> None:
        numbers = sorted(self.world.room.state.conversations)
        if len(numbers) > 1:
            before = self.statuses()
            one, other = self.dice.sample(numbers, 2)
            await join(self.world.room, one, other, BY)
            assert not self.world.room.state.conversations.keys() >= {one, other}
            self.nothing_is_done_now(before)

    def statuses(self) -> dict[str, str]:
        return {m.message_id: m.conversation.status for m in self.world.room.state.messages()}

    def nothing_is_done_now(self, before: dict[str, str]) -> None:
        for id_, status in self.statuses().items():
            assert status != "done" or before[id_] == "done"

    def holds(self) -> None:
        state = self.world.room.state
        for message in state.messages():
            assert state.conversations[message.conversation.id] is message.conversation
            assert message.conversation.messages.count(message) == 1
            assert state.threads[message.message_id] is message.conversation
        assert sum(len(c.messages) for c in state.conversations.values()) == len(state.messages())
        for one, other in state.parted:
            assert one is not other
            assert {one.id, other.id} <= state.conversations.keys()

    def known(self) -> object:
        state = self.world.room.state
        parted = {frozenset((one.id, other.id)) for one, other in state.parted}
        threads = {id_: one.id for id_, one in state.threads.items()}
        answers = {
            c.id: sorted((a.message_id, a.at_us) for a in c.answers)
            for c in state.conversations.values()
        }
        turns = {c.id: (c.status, c.assignee) for c in state.conversations.values()}
        return parted, threads, answers, turns


@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_people_and_mails_do(world: World, seed: int) -> None:
    play = Play(world, seed)
    for _ in range(STEPS):
        await play.step()
    before = play.known()
    await world.restart()
    play.holds()
    assert play.known() == before
