"""NOTIFY's source: what happens in any view, under the name it has for that person."""

from __future__ import annotations

from collections import defaultdict

import pytest

from proxyd.domain.types import Right
from proxyd.service.api import FlagMode, Touch
from proxyd.service.mail.personal_mail import PersonalMail
from tests.service.conftest import World, mail


class Noting:
    def __init__(self) -> None:
        self.touches: defaultdict[str, Touch] = defaultdict(lambda: Touch(0))
        self.trees = 0

    def touched(self, name: str, change: Touch) -> None:
        self.touches[name] |= change

    def tree_changed(self) -> None:
        self.trees += 1


async def follow(world: World, login: str) -> tuple[PersonalMail, Noting]:
    person = await world.enter(login)
    noting = Noting()
    person.follow(noting)
    return person, noting


async def test_arrivals_are_told_under_every_name(world: World) -> None:
    _, noting = await follow(world, "anna")
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    arrived = {"INBOX", "Status/Open", "Status/Unassigned"}
    assert noting.touches == dict.fromkeys(arrived, Touch.ARRIVED)


async def test_a_person_s_own_work_has_two_names(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("ben")
    _, anna = await follow(world, "anna")
    _, ben = await follow(world, "ben")
    await view.store([1], FlagMode.ADD, ["$assignee-anna"])
    shared = {
        "INBOX": Touch.FLAGS, "Status/Open": Touch.FLAGS, "Status/Unassigned": Touch.GONE,
        "Status/Assigned to/Anna Sato": Touch.ARRIVED,
    }  # fmt: skip
    assert ben.touches == shared
    assert anna.touches == {**shared, "Status/Mine": Touch.ARRIVED}


async def test_a_colleague_s_seen_is_no_news(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    _, anna = await follow(world, "anna")
    _, ben = await follow(world, "ben")
    await view.store([1], FlagMode.ADD, ["\\Seen"])
    assert set(anna.touches) == {"INBOX", "Status/Open", "Status/Unassigned"}
    assert ben.touches == {}


async def test_nothing_of_a_mailbox_that_is_not_granted(world: World) -> None:
    sales = await world.second()
    _, noting = await follow(world, "anna")
    sales.upstream.deliver(mail("m1@x"))
    await sales.synced()
    assert (noting.touches, noting.trees) == ({}, 0)
    await world.grant("anna", sales.mailbox, Right.READ)
    _, noting = await follow(world, "anna")
    sales.upstream.deliver(mail("m2@x"))
    await sales.synced()
    assert "Shared/sales/INBOX" in noting.touches


async def test_folders_that_come_go_and_are_renamed(world: World) -> None:
    mara, noting = await follow(world, "mara")
    await mara.create("New")
    assert noting.trees == 1
    await mara.rename("New", "Newer")
    assert noting.trees == 2
    world.upstream.deliver(mail("m1@x"), "Newer")
    await world.synced()
    assert noting.touches["Newer"] == Touch.ARRIVED
    await mara.delete("Newer")
    assert noting.trees == 3


async def test_an_end_and_another_follower(world: World) -> None:
    person, first = await follow(world, "anna")
    second = Noting()
    person.follow(second)
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    assert (bool(first.touches), bool(second.touches)) == (False, True)
    person.follow(None)
    assert not world.room.followers
    person.follow(second)
    await person.close()
    assert not world.room.followers


async def test_one_that_breaks_does_not_keep_the_news_from_the_others(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Noting):
        def touched(self, name: str, change: Touch) -> None:
            raise RuntimeError("broken")

    person = await world.enter("ben")
    person.follow(Broken())
    _, noting = await follow(world, "anna")
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    assert "INBOX" in noting.touches
    assert len(world.room.followers) == 1
    assert "could not be told" in caplog.text
