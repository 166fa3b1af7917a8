"""The status of what was there before us (service/mailbox/settling.py)."""

from __future__ import annotations

import pytest

from proxyd.service.api.changing import FlagMode
from tests.service.conftest import World, appended, mail
from tests.service.fake_upstream import FakeFolder


async def first_reading(world: World, id_: str, *flags: str) -> None:
    """Of a folder that has this mail."""
    world.upstream.folders["Old"] = FakeFolder(60)
    world.upstream.deliver(mail(id_), "Old", flags)
    await world.sync.list_anew()
    await world.synced()


def status(world: World, id_: str = "m1@x") -> str:
    return world.room.state.threads[id_].status


@pytest.mark.parametrize("before", ["", "Drafts", "Trash"])
async def test_a_customer_s_mail_is_open_wherever_else_it_lies(world: World, before: str) -> None:
    """Known from where nothing is work, its conversation counts as done."""
    if before:
        world.upstream.deliver(mail("m1@x"), before)
        await world.synced()
        assert status(world) == "done"
    await first_reading(world, "m1@x")
    assert status(world) == "open"


@pytest.mark.parametrize("before", ["", "Drafts", "Trash"])
async def test_answered_it_is_done(world: World, before: str) -> None:
    if before:
        world.upstream.deliver(mail("m1@x"), before)
        await world.synced()
    await first_reading(world, "m1@x", "\\Answered")
    assert status(world) == "done"


async def test_what_has_come_in_before_stays_as_people_have_it(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    anna, _ = await world.open("anna")
    await anna.store([1], FlagMode.ADD, ["$status-hold"])
    await first_reading(world, "m1@x")
    assert status(world) == "hold"


async def test_what_is_stored_while_its_folder_is_first_read_is_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reading sees it before the APPEND is answered; a draft has its Message-ID."""
    anna = await world.enter("anna")
    await appended(anna, "Drafts", mail("m1@x"))
    world.upstream.folders["Old"] = FakeFolder(60)
    await world.sync.list_anew()
    append = world.upstream.append

    async def read_meanwhile(*args: object, **options: object) -> object:
        answer = await append(*args, **options)  # type: ignore[arg-type]
        await world.synced()
        return answer

    monkeypatch.setattr(world.upstream, "append", read_meanwhile)
    await appended(anna, "Old", mail("m1@x"))
    assert status(world) == "open"
