"""All connections of one person have the same subscriptions, and hear of changes."""

from __future__ import annotations

import gc
from collections.abc import Collection

from proxyd.service.api.following import Touch
from tests.service.conftest import World


class Follower:
    def __init__(self) -> None:
        self.tree_changes = 0

    def touched(self, name: str, change: Touch) -> None:
        raise AssertionError(f"nothing happened to {name}")

    def tree_changed(self) -> None:
        self.tree_changes += 1

    def annotated(self, name: str, entries: Collection[str]) -> None:
        raise AssertionError(f"nobody annotated {name}")


def subscribed(person) -> dict[str, bool]:  # type: ignore[no-untyped-def]
    return {view.name: view.subscribed for view in person.views()}


async def test_one_connection_sees_what_the_other_did(world: World) -> None:
    first, second, ben = [await world.enter(login) for login in ("anna", "anna", "ben")]
    mine, his = Follower(), Follower()
    first.follow(mine)
    ben.follow(his)
    await second.subscribe("Sent", subscribed=False)
    assert not subscribed(first)["Sent"]
    assert subscribed(ben)["Sent"]
    assert (mine.tree_changes, his.tree_changes) == (1, 0)
    await second.subscribe("Sent", subscribed=False)
    assert mine.tree_changes == 1, "nothing changed"
    first.follow(None)
    await second.subscribe("Sent", subscribed=True)
    assert mine.tree_changes == 1


async def test_they_are_kept_when_nobody_is_connected(world: World) -> None:
    anna = await world.enter("anna")
    await anna.subscribe("Sent", subscribed=False)
    await anna.close()
    del anna
    gc.collect()
    assert not subscribed(await world.enter("anna"))["Sent"]
