"""NOTIFY's source: what happens in any view, under the name it has for that person."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection

import pytest

from proxyd.domain.errors import NotPermitted
from proxyd.domain.types import Right
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.following import Touch
from proxyd.service.mail.personal_mail import PersonalMail
from tests.patience import PATIENCE_S
from tests.service.conftest import World, mail


class Noting:
    def __init__(self) -> None:
        self.touches: defaultdict[str, Touch] = defaultdict(lambda: Touch(0))
        self.trees = 0
        self.annotations: list[tuple[str, ...]] = []

    def touched(self, name: str, change: Touch) -> None:
        self.touches[name] |= change

    def tree_changed(self) -> None:
        self.trees += 1

    def annotated(self, name: str, entries: Collection[str]) -> None:
        self.annotations.append((name, *entries))


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


async def test_own_annotations_are_told_to_the_person_s_other_connections(world: World) -> None:
    first, noting_first = await follow(world, "anna")
    _, noting_second = await follow(world, "anna")
    _, noting_ben = await follow(world, "ben")
    await first.annotate("INBOX", {"/private/b": b"1", "/private/a": None})
    await first.annotate("", {"/private/comment": b"2"})
    await first.annotate("Status/Open", {"/private/comment": b"3"})
    assert noting_second.annotations == [
        ("INBOX", "/private/a", "/private/b"),
        ("", "/private/comment"),
        ("Status/Open", "/private/comment"),
    ]
    assert noting_first.annotations == noting_ben.annotations == []


async def test_everybody_s_annotations_are_told_to_who_may_read_them(world: World) -> None:
    sales = await world.second()
    await world.grant("mara", sales.mailbox, Right.MANAGE)
    mara, noting_mara = await follow(world, "mara")
    _, noting_second = await follow(world, "mara")
    _, noting_rita = await follow(world, "rita")
    await mara.annotate("INBOX", {"/shared/comment": b"ours", "/private/comment": b"mine"})
    await mara.annotate("Shared/sales/INBOX", {"/shared/comment": b"theirs"})
    assert noting_rita.annotations == [("INBOX", "/shared/comment")]
    assert noting_second.annotations == [
        ("INBOX", "/private/comment"),
        ("INBOX", "/shared/comment"),
        ("Shared/sales/INBOX", "/shared/comment"),
    ]
    assert noting_mara.annotations == []


async def test_annotations_of_one_s_own_work_have_two_names(world: World) -> None:
    mara = await world.enter("mara")
    _, noting = await follow(world, "anna")
    await mara.annotate("Status/Assigned to/Anna Sato", {"/shared/comment": b"x"})
    told = {name for name, _ in noting.annotations}
    assert told == {"Status/Mine", "Status/Assigned to/Anna Sato"}


async def test_a_refused_annotation_is_no_news(world: World) -> None:
    anna = await world.enter("anna")
    _, noting = await follow(world, "mara")
    _, second = await follow(world, "anna")
    with pytest.raises(NotPermitted):
        await anna.annotate("INBOX", {"/shared/comment": b"x", "/private/comment": b"y"})
    assert noting.annotations == second.annotations == []


async def test_who_hangs_up_after_setting_one_still_tells(world: World) -> None:
    first = await world.enter("anna")
    _, noting = await follow(world, "anna")
    setting = asyncio.ensure_future(first.annotate("INBOX", {"/private/comment": b"x"}))
    await asyncio.sleep(0)
    setting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await setting
    async with asyncio.timeout(PATIENCE_S):
        while not noting.annotations:
            await asyncio.sleep(0.01)
    assert await first.annotations("INBOX") == {"/private/comment": b"x"}


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
