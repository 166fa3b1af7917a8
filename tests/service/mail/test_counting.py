"""STATUS: right after every change, and counted only once in between."""

from __future__ import annotations

import pytest

from proxyd.service.api.changing import FlagMode
from proxyd.service.mailbox.mailroom import Mailroom
from tests.service.conftest import World, mail


async def test_every_kind_of_change_is_counted(world: World) -> None:
    for number in (1, 2, 3):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    person = await world.enter("anna")
    view, _ = await world.open("anna")
    size = view.facts(1).size  # type: ignore[union-attr]

    async def counted() -> tuple[int, int, int, int, int]:
        now = await person.counts("INBOX")
        assert (now.highest_modseq, now.uidnext) == (view.highest_modseq, view.uidnext)
        return now.messages, now.unseen, now.size, now.deleted, now.deleted_size

    assert await counted() == (3, 3, 3 * size, 0, 0)
    await view.store([1], FlagMode.ADD, ["\\Seen"])
    assert await counted() == (3, 2, 3 * size, 0, 0)
    await view.store([2], FlagMode.ADD, ["\\Deleted"])
    assert await counted() == (3, 2, 3 * size, 1, size)
    await view.expunge(None)
    assert await counted() == (2, 1, 2 * size, 0, 0)
    world.upstream.deliver(mail("m4@x"), flags=["\\Seen"])
    await world.synced()
    assert await counted() == (3, 1, 3 * size, 0, 0)
    ben = await world.enter("ben")
    assert (await ben.counts("INBOX")).unseen == 2


async def test_asked_again_nothing_is_counted_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    person = await world.enter("anna")
    first = await person.counts("INBOX")
    looked: list[object] = []
    monkeypatch.setattr(Mailroom, "seen", lambda *args: looked.append(args))
    assert await person.counts("INBOX") == first
    assert looked == []
