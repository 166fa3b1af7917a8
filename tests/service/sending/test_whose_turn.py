"""Whose turn a conversation is, as a guard tells it: who put it there, whatever came since."""

from __future__ import annotations

import pytest

from proxyd.service.api.changing import FlagMode
from tests.service.sending.test_without_references import Office, office

__all__ = ["office"]


@pytest.mark.parametrize("subject", ["Fwd: Order", "Re: Order"])
async def test_a_forward_says_nothing_of_whose_turn_it_is(office: Office, subject: str) -> None:
    await office.comes("m1@x")
    view, _ = await office.world.open("mara")
    await view.store([1], FlagMode.ADD, ["$status-hold"])
    office.world.clock.advance(seconds=60)
    await office.send("ben", subject, to="parts@shop.example", names="m1@x")
    office.world.clock.advance(seconds=60)
    refusal = await office.refused("anna", "Re: Order", names="m1@x")
    assert (refusal.guard, refusal.facts["name"]) == ("hold", "Mara Ito")
    assert "answered" not in refusal.facts
