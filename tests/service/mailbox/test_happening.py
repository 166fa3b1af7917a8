"""Each row of the table, played in a real mailbox: status, assignee and the log's record."""

from __future__ import annotations

import ast
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

import proxyd.service
from proxyd.domain.workflow import (
    AssigneeIs,
    AssigneeThen,
    Event,
    State,
    StatusIs,
    StatusThen,
    row_of,
)
from proxyd.service.api.changing import FlagMode
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.happening import Happening, stage_event
from proxyd.service.mailbox.model import Conversation
from tests.service.conftest import World, mail

STATUS = {StatusIs.INITIAL: "open", StatusIs.BETWEEN: "hold", StatusIs.ANSWERED: "done"}
ORDER = ("open", "checking", "hold", "done")
DAY_US = 86_400_000_000
OTHER = "checking"  # wished, or of the conversation that is swallowed
STATES = [State(*pair) for pair in product(StatusIs, AssigneeIs)]


async def prepared(world: World, state: State) -> Conversation:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    conversation = world.room.state.threads["m1@x"]
    ben = world.team.by_login("ben")
    assert ben is not None
    if state.assignee is AssigneeIs.ABSENT:
        world.team.members.remove(ben)
        world.team.members.append(replace(ben, away_until_us=world.clock.now + DAY_US))

    def set_up(change: Change) -> None:
        change.set_status(conversation, STATUS[state.status])
        change.set_assignee(conversation, None if state.assignee is AssigneeIs.NOBODY else ben.id)

    await world.room.change(set_up)
    return conversation


@pytest.mark.parametrize("state", STATES, ids=lambda state: f"{state.status}-{state.assignee}")
@pytest.mark.parametrize("event", Event)
async def test_a_row_is_carried_out(world: World, event: Event, state: State) -> None:
    conversation = await prepared(world, state)
    anna = world.team.by_login("anna")
    assert anna is not None
    told = Happening(event, "m1@x", actor=anna, status=OTHER, assignee=anna.id)
    before = (conversation.status, conversation.assignee)
    known = len(await world.log())
    await world.room.change(lambda change: stage_event(change, world.room, conversation, told))
    row = row_of(event, state)
    statuses = {
        StatusThen.STAYS: before[0],
        StatusThen.INITIAL: "open",
        StatusThen.ANSWERED: "done",
        StatusThen.WISHED: OTHER,
        StatusThen.EARLIEST: min(before[0], OTHER, key=ORDER.index),
    }
    people = {AssigneeThen.STAYS: before[1], AssigneeThen.NOBODY: None}
    after = (statuses[row.status], people.get(row.assignee, anna.id))
    assert (conversation.status, conversation.assignee) == after
    records = [one.record for one in await world.log()][known:]
    if row.record is not None and (row.always or before[0] != after[0]):
        assert records[0].action == row.record
    assert len(records) >= (before != after), "no change without a record"


def test_there_is_no_other_way_in() -> None:
    """Nobody else sets a status or an assignee."""
    top = Path(next(iter(proxyd.service.__path__)))
    found = {
        file.relative_to(top).as_posix()
        for file in top.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"set_status", "set_assignee"}
    }
    assert found == {"mailbox/happening.py"}


async def test_a_tag_made_by_hand_and_called_as_a_status_sets_it(world: World) -> None:
    """As Thunderbird writes 対応済み; no keyword is left that says so when it is open again."""
    tag = "".join(f"={octet:02x}" for octet in "対応済み".encode())
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, [tag])
    facts = view.facts(1)
    assert facts is not None and "$status-done" in facts.flags and tag not in facts.flags
    await view.store([1], FlagMode.REMOVE, [tag])
    facts = view.facts(1)
    assert facts is not None and "$status-open" in facts.flags
