"""Deleting a folder destroys no mail by one key (service/mail/emptying.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import NotPermitted, UpstreamUnavailable
from tests.service.conftest import World, mail
from tests.service.mail.test_expunging import there, told_of


async def filled(world: World, folder: str = "Kunden", count: int = 2) -> None:
    person = await world.enter("mara")
    if folder not in world.upstream.folders:
        await person.create(folder)
    for number in range(count):
        world.upstream.deliver(mail(f"k{number}@x"), folder)
    await world.synced()


def folders(world: World) -> set[str]:
    return set(world.upstream.folders)


async def test_what_lies_in_it_goes_to_trash_with_a_record_each(world: World) -> None:
    await filled(world)
    await (await world.enter("mara")).delete("Kunden")
    assert "Kunden" not in folders(world)
    assert there(world, "Trash") == ["k0@x", "k1@x"]
    assert await told_of(world) == [("ok", "trash", "Trash")] * 2


async def test_mail_that_has_come_a_moment_ago_is_among_it(world: World) -> None:
    await filled(world)
    world.upstream.deliver(mail("late@x"), "Kunden")
    await (await world.enter("mara")).delete("Kunden")
    assert "late@x" in there(world, "Trash")


@pytest.mark.parametrize("below", ["Trash/Kunden", "Trash/a/Kunden"])
async def test_in_trash_it_is_final_for_who_may(world: World, below: str) -> None:
    await filled(world, below)
    await (await world.enter("mara")).delete(below)
    assert below not in folders(world)
    assert there(world, "Trash") == []
    assert [what for _, what, _ in await told_of(world)] == ["destroyed"] * 2


async def test_who_only_answers_deletes_no_folder(world: World) -> None:
    await filled(world)
    with pytest.raises(NotPermitted):
        await (await world.enter("anna")).delete("Kunden")
    assert there(world, "Kunden") == ["k0@x", "k1@x"]


async def test_where_the_mails_can_t_be_moved_the_folder_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(world)

    async def broken(*_: object) -> None:
        raise UpstreamUnavailable("the line is cut")

    monkeypatch.setattr(world.upstream, "move", broken)
    with pytest.raises(UpstreamUnavailable):
        await (await world.enter("mara")).delete("Kunden")
    assert there(world, "Kunden") == ["k0@x", "k1@x"]


async def test_an_empty_one_just_goes(world: World) -> None:
    await filled(world, count=0)
    await (await world.enter("mara")).delete("Kunden")
    assert "Kunden" not in folders(world)
    assert await told_of(world) == []
