"""A move in whose middle we died is brought to its end, as far as the provider lets us."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import UpstreamError, UpstreamRefused, UpstreamUnavailable
from proxyd.service.mail.half_moves import HalfMoves
from proxyd.service.mailbox.doubts import REMEMBERED_US
from tests.service.conftest import World
from tests.service.mail.test_expunging import inbox, there
from tests.service.mail.test_unanswered_kill import Killed, ask


async def half_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copied, and killed before the source was removed."""
    await inbox(world, 2)

    async def half(folder: str, uidvalidity: int, uids: list[int], target: str) -> object:
        await world.upstream.copy(folder, uidvalidity, uids, target)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(world.upstream, "move", half)
        with pytest.raises(Killed):
            await ask(await world.enter("anna"), "move")
    assert (there(world, "INBOX"), there(world, "Archive")) == (["m1@x", "m2@x"], ["m1@x"])


async def finish(world: World) -> list[float]:
    """Returns the pauses."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    await HalfMoves(world.room, world.sync).run(sleep)
    return pauses


async def test_its_source_goes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await half_done(world, monkeypatch)
    await world.restart()
    assert await finish(world) == []
    assert (there(world, "INBOX"), there(world, "Archive")) == (["m2@x"], ["m1@x"])
    moved = [e.record for e in await world.log(action="move") if e.record.outcome == "ok"]
    assert [record.detail.get("finished") for record in moved] == [True]


async def test_after_an_hour_it_is_nobodys_wish_any_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await half_done(world, monkeypatch)
    world.clock.advance(us=REMEMBERED_US + 1)
    await world.restart()
    await finish(world)
    assert there(world, "INBOX") == ["m1@x", "m2@x"]


@pytest.mark.parametrize(
    ("error", "pauses", "left"),
    [
        (UpstreamUnavailable("away"), 1, ["m2@x"]),
        (UpstreamRefused("never", "NOPERM"), 0, ["m1@x", "m2@x"]),
    ],
)
async def test_away_it_is_tried_again_and_refused_it_is_not(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    error: UpstreamError,
    pauses: int,
    left: list[str],
) -> None:
    await half_done(world, monkeypatch)
    await world.restart()
    removes, errors = world.upstream.expunge, [error]

    async def once(*asked: object) -> None:
        if errors:
            raise errors.pop()
        await removes(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(world.upstream, "expunge", once)
    assert len(await finish(world)) == pauses
    assert there(world, "INBOX") == left
