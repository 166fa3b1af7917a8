"""Subscriptions of what is made and what is gone: as at any provider."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import NoSuchView
from tests.service.conftest import World


async def test_making_a_folder_is_no_wish_to_subscribe_to_it(world: World) -> None:
    mara, ben = await world.enter("mara"), await world.enter("ben")
    await mara.create("Work/Paper")
    wishes = {view.name: view.subscribed for view in mara.views()}
    assert not wishes["Work/Paper"]
    assert not wishes["Work"]
    assert wishes["INBOX"]
    assert {view.name: view.subscribed for view in ben.views()}["Work/Paper"]  # not his doing
    await mara.subscribe("Work/Paper", subscribed=True)
    await mara.delete("Work/Paper")
    await mara.create("Work/Paper")
    assert {view.name: view.subscribed for view in mara.views()}["Work/Paper"]


async def test_a_subscription_outlives_its_folder_until_it_is_ended(world: World) -> None:
    mara = await world.enter("mara")
    await mara.create("Work")
    await mara.subscribe("Work", subscribed=True)
    await mara.delete("Work")
    assert mara.left_over_subscriptions() == ["Work"]
    assert (await world.enter("ben")).left_over_subscriptions() == []
    await mara.subscribe("Work", subscribed=False)
    assert mara.left_over_subscriptions() == []
    with pytest.raises(NoSuchView):
        await mara.subscribe("Work", subscribed=False)


async def test_nothing_is_left_over_of_a_mailbox_without_a_grant(world: World) -> None:
    mara = await world.enter("mara")
    mara._subscriptions.set("Shared/sales/INBOX", subscribed=True)
    assert mara.left_over_subscriptions() == []
