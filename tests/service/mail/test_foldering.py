"""Folders that people make, remove, rename and subscribe to: where they may, and on record."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import AlreadyExists, CannotDo, NoSuchView, UpstreamRefused
from proxyd.domain.types import Right
from tests.service.conftest import World


async def test_a_level_above_others_is_no_folder_yet_and_may_have_more_below(
    world: World,
) -> None:
    mara = await world.enter("mara")
    await mara.create("Projects/2026")
    await mara.create("Projects/2027")
    await mara.create("Projects")
    assert {"Projects", "Projects/2026", "Projects/2027"} <= set(world.upstream.folders)
    with pytest.raises(AlreadyExists):
        await mara.create("Projects")


async def test_folders_can_be_made_in_the_second_mailbox_but_not_among_ours(world: World) -> None:
    sales = await world.second()
    await world.grant("mara", sales.mailbox, Right.MANAGE)
    mara = await world.enter("mara")
    await mara.create("Shared/sales/Leads/")
    assert "Leads" in sales.upstream.folders
    assert "Leads" not in world.upstream.folders
    await mara.rename("Shared/sales/Leads", "Shared/sales/Old")
    assert "Old" in sales.upstream.folders
    for bad in ("Shared/x", "Shared/sales/Status/x", "Status/Mine/x", "Shared/sales/"):
        with pytest.raises((CannotDo, AlreadyExists)):
            await mara.create(bad)
    with pytest.raises(CannotDo):
        await mara.rename("Shared/sales/Old", "Old")
    assert set(world.upstream.folders) == {"INBOX", "Sent", "Drafts", "Trash", "Junk", "Archive"}


async def test_nobody_makes_folders_where_another_mailbox_is_shown(world: World) -> None:
    """To a colleague with a grant for "sales" they would be that mailbox's folders."""
    mara = await world.enter("mara")
    await mara.create("Mine")
    for bad in ("Shared", "Shared/sales", "Shared/sales/Leads"):
        with pytest.raises(CannotDo):
            await mara.create(bad)
        with pytest.raises(CannotDo):
            await mara.rename("Mine", bad)
    assert not any(name.startswith("Shared") for name in world.upstream.folders)


async def test_the_providers_delimiter_makes_no_levels_among_ours(world: World) -> None:
    mara = await world.enter("mara")
    for folder in world.room.state.folders.values():
        folder.delimiter = "."
    for bad in ("Shared.sales.Leads", "Status.Mine.x", "Shared.sales/Leads"):
        with pytest.raises(CannotDo):
            await mara.create(bad)
    assert not any(name.startswith(("Shared", "Status")) for name in world.upstream.folders)


async def test_what_is_done_to_folders_is_on_record(world: World) -> None:
    mara = await world.enter("mara")
    await mara.create("Work/Paper/")
    await mara.rename("Work/Paper", "Work/Ink")
    await mara.subscribe("Work/Ink", subscribed=True)
    await mara.delete("Work/Ink")
    entries = [entry.record for entry in await world.log(action="folder")]
    assert [(e.outcome, e.mailbox, e.view, e.detail) for e in entries] == [
        ("ok", "support", "Work/Paper", {"what": "create"}),
        ("ok", "support", "Work/Paper", {"what": "rename", "to": "Work/Ink"}),
        ("ok", "", "Work/Ink", {"what": "subscribe", "subscribed": True}),
        ("ok", "support", "Work/Ink", {"what": "delete"}),
    ]


@pytest.mark.parametrize("name", ["INBOX", "Status", "Status/Mine"])
async def test_inbox_and_what_is_no_real_folder_stay(world: World, name: str) -> None:
    mara = await world.enter("mara")
    with pytest.raises(CannotDo, match="delete-folder"):
        await mara.delete(name)
    with pytest.raises(CannotDo, match="rename-folder"):
        await mara.rename(name, "Elsewhere")
    entries = [entry.record for entry in await world.log(action="folder")]
    assert [(e.outcome, e.view, e.detail["why"]) for e in entries] == [
        ("refused", name, "delete-folder"),
        ("refused", name, "rename-folder"),
    ]


async def test_a_level_that_only_holds_others_is_refused_as_what_it_is(world: World) -> None:
    mara = await world.enter("mara")
    await mara.create("Projects")
    await mara.create("Projects/2026")
    world.upstream.folders["Projects"].attributes = frozenset({"\\noselect"})
    await world.sync.list_soon()
    with pytest.raises(CannotDo, match="holds-no-mail"):
        await mara.delete("Projects")
    assert "Projects" in world.upstream.folders, "the provider was not asked"
    await mara.delete("Projects/2026")
    await mara.delete("Projects")  # nothing is below: what it is made of is the provider's answer
    assert "Projects" not in world.upstream.folders


async def test_a_level_above_whole_mailboxes_is_nobody_s_to_change(world: World) -> None:
    sales = await world.second()
    await world.grant("mara", sales.mailbox, Right.MANAGE)
    mara = await world.enter("mara")
    with pytest.raises(NoSuchView):
        await mara.delete("Shared")
    with pytest.raises(NoSuchView):
        await mara.rename("Shared", "Ours")


async def test_a_folder_that_the_provider_refuses_is_no_wish(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*args: object) -> None:
        raise UpstreamRefused("no more folders", "LIMIT")

    monkeypatch.setattr(world.upstream, "create", full)
    mara = await world.enter("mara")
    with pytest.raises(UpstreamRefused):
        await mara.create("Work")
    (entry,) = [entry.record for entry in await world.log(action="folder")]
    assert (entry.outcome, entry.view, entry.detail["what"]) == ("failed", "Work", "create")
    assert mara._subscriptions.undecided(["Work"]) == ["Work"]


# ------------------------------------------------------------------ subscriptions


async def test_subscriptions_are_ones_own_and_last(world: World) -> None:
    anna = await world.enter("anna")
    await anna.subscribe("Archive", subscribed=False)

    async def subscribed(login: str) -> bool:
        person = await world.enter(login)
        return next(view.subscribed for view in person.views() if view.name == "Archive")

    assert await subscribed("anna") is False
    assert await subscribed("ben") is True


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
    await mara.subscribe("Work", subscribed=False)  # as it was wanted
    with pytest.raises(NoSuchView):
        await mara.subscribe("Work", subscribed=True)


async def test_unsubscribing_tells_nothing_of_what_is_not_granted(world: World) -> None:
    mara = await world.enter("mara")
    for name in ("Nowhere", "Shared/sales/INBOX", "Shared/nobody/INBOX"):
        await mara.subscribe(name, subscribed=False)
        assert mara._subscriptions.undecided([name]) == [name]  # nothing is kept of it


async def test_nothing_is_left_over_of_a_mailbox_without_a_grant(world: World) -> None:
    mara = await world.enter("mara")
    mara._subscriptions.set("Shared/sales/INBOX", subscribed=True)
    assert mara.left_over_subscriptions() == []
