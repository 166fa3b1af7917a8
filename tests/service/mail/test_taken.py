"""Who is refused because a colleague was faster hears of which mail."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import AlreadyTaken, UpstreamUnavailable
from proxyd.service.api.changing import FlagMode
from tests.service.conftest import World, mail


async def test_it_is_the_mail_that_the_colleague_has_and_not_another_one(world: World) -> None:
    world.upstream.deliver(mail("m1@x", subject="one"))
    world.upstream.deliver(mail("m2@x", subject="two"))
    await world.synced()
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    await anna.store([2], FlagMode.ADD, ["$assignee-anna"])
    for ask in (
        lambda: ben.store([1, 2], FlagMode.ADD, ["$assignee-ben"]),
        lambda: ben.copy([1, 2], "Status/Mine"),
        lambda: ben.move([1, 2], "Status/Mine"),
    ):
        with pytest.raises(AlreadyTaken) as caught:
            await ask()
        assert (caught.value.name, caught.value.subject) == ("Anna Sato", "two")


async def test_without_the_provider_it_is_told_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    await anna.store([1], FlagMode.ADD, ["$assignee-anna"])

    async def gone(*_: object, **__: object) -> None:
        raise UpstreamUnavailable("gone")

    monkeypatch.setattr(world.upstream, "fetch", gone)
    monkeypatch.setattr(world.upstream, "known", gone)
    with pytest.raises(AlreadyTaken) as caught:
        await ben.store([1], FlagMode.ADD, ["$assignee-ben"])
    assert (caught.value.name, caught.value.subject) == ("Anna Sato", "")
