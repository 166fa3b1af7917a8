"""What is wished of a mail that no virtual folder shows: each door, each folder.

Either what is wished shows, or it is refused and nothing has changed; the mail stays where it is,
whatever the client does next.
"""

from __future__ import annotations

from itertools import product

import pytest

from proxyd.domain.errors import CannotDo
from proxyd.domain.types import BytesBlob
from proxyd.service.api.appending import NewMessage
from proxyd.service.api.changing import FlagMode
from tests.service.conftest import World, appended, mail
from tests.service.mail.test_expunging import DELETED, there

OURS = mail("ours@x", answers="m1@x", sender="support@example.test")
TARGETS = ("Status/Checking", "Status/Mine")
NO_WORK = ("Trash", "Junk", "All Mail", "Starred")


async def world_with(world: World, folder: str, raw: bytes, *, asked: bool) -> None:
    for name, use in (("All Mail", "\\All"), ("Starred", "\\Flagged"), ("Junk", "\\Junk")):
        if name not in world.upstream.folders:
            await world.upstream.create(name, use)
    await world.sync.list_anew()
    if asked:
        world.upstream.deliver(mail("m1@x"))
    world.upstream.deliver(raw, folder)
    await world.synced()


async def through(world: World, door: str, source: str, target: str) -> None:
    view, _ = await world.open("anna", source)
    if door == "append":
        anna = await world.enter("anna")
        result = await anna.append(target, [NewMessage((), None, BytesBlob(OURS))])
        assert result.uids == ()
    elif door == "store":
        tag = {"Status/Mine": "$assignee-anna"}.get(target, "$status-checking")
        await view.store(view.uids(), FlagMode.ADD, [tag])
    else:
        await getattr(view, door)(view.uids(), target)


async def delete(world: World, source: str) -> None:
    """The other half of a move, as clients without MOVE say it."""
    view, _ = await world.open("anna", source)
    await view.store(view.uids(), FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert len(view.uids()) == 1, "it comes in again where it lies"


def flags_of(world: World, message_id: str) -> set[str]:
    (message, *_) = world.room.state.by_message_id[message_id]
    return set(world.room.flags(message, 0, message.folder.view))


async def shown(world: World, target: str) -> int:
    view, _ = await world.open("anna", target)
    return len(view.uids())


@pytest.mark.parametrize("source", ["Sent", "Drafts"])
@pytest.mark.parametrize(
    ("door", "target"), list(product(("copy", "move", "append", "store"), TARGETS))
)
async def test_a_mail_of_ours_shows_what_it_answers(
    world: World, source: str, door: str, target: str
) -> None:
    await world_with(world, source, OURS, asked=True)
    before = {name: there(world, name) for name in world.upstream.folders}
    await through(world, door, source, target)
    assert await shown(world, target) == 1
    if door in ("copy", "append"):
        await delete(world, source)
        await world.restart()
        assert await shown(world, target) == 1
    assert {name: there(world, name) for name in world.upstream.folders} == before


@pytest.mark.parametrize("source", ["Sent", "Drafts"])
@pytest.mark.parametrize(("door", "target"), list(product(("copy", "move", "store"), TARGETS)))
async def test_before_anybody_has_answered_it_is_refused(
    world: World, source: str, door: str, target: str
) -> None:
    await world_with(world, source, OURS, asked=False)
    before, flags = world.upstream.folders[source].mails.copy(), flags_of(world, "ours@x")
    with pytest.raises(CannotDo) as refused:
        await through(world, door, source, target)
    assert refused.value.reason == "nobody-wrote"
    assert (world.upstream.folders[source].mails, flags_of(world, "ours@x")) == (before, flags)
    assert await shown(world, target) == 0


@pytest.mark.parametrize("source", ["Sent", "Drafts"])
async def test_appended_before_anybody_has_answered_it_stays_where_it_is(
    world: World, source: str
) -> None:
    """Refused, a program that moves mail on disk would throw it away (decision 028)."""
    await world_with(world, source, OURS, asked=False)
    await through(world, "append", source, "Status/Checking")
    await delete(world, source)
    assert (there(world, source), there(world, "INBOX"), there(world, "Trash")) == (
        ["ours@x"],
        [],
        [],
    )


@pytest.mark.parametrize("folder", NO_WORK)
@pytest.mark.parametrize(("door", "target"), list(product(("copy", "move", "store"), TARGETS)))
async def test_what_is_nobodys_work_is_refused_by_every_door(
    world: World, folder: str, door: str, target: str
) -> None:
    await world_with(world, folder, mail("m2@x"), asked=True)
    flags = flags_of(world, "m2@x")
    with pytest.raises(CannotDo) as refused:
        await through(world, door, folder, target)
    assert (refused.value.reason, refused.value.facts) == ("not-shown", {"folder": folder})
    assert (there(world, folder), flags_of(world, "m2@x")) == (["m2@x"], flags)


@pytest.mark.parametrize("folder", NO_WORK)
@pytest.mark.parametrize("door", ["copy", "move", "store"])
async def test_what_lies_in_a_folder_of_work_too_is_granted(
    world: World, folder: str, door: str
) -> None:
    await world_with(world, folder, mail("m1@x"), asked=True)
    await through(world, door, folder, "Status/Checking")
    assert await shown(world, "Status/Checking") == 1
    assert (there(world, folder), there(world, "INBOX")) == (["m1@x"], ["m1@x"])


@pytest.mark.parametrize("folder", [*NO_WORK, "Sent", "Drafts"])
async def test_flags_that_are_written_again_as_they_are_change_nothing(
    world: World, folder: str
) -> None:
    await world_with(world, folder, mail("m2@x"), asked=False)
    view, _ = await world.open("anna", folder)
    (word,) = (flag for flag in view.facts(1).flags if flag.startswith("$status-"))
    for mode in (FlagMode.ADD, FlagMode.REPLACE):
        await view.store([1], mode, ["\\Flagged", word])
    await view.store([1], FlagMode.REMOVE, ["$status-checking", "$assignee-ben"])
    assert {"\\Flagged", word} <= set(view.facts(1).flags)


@pytest.mark.parametrize("folder", [*NO_WORK, "Archive"])
async def test_what_is_stored_with_its_tags_keeps_them(world: World, folder: str) -> None:
    await world_with(world, folder, mail("m2@x"), asked=False)
    anna = await world.enter("anna")
    await appended(anna, folder, mail("m3@x"), "$status-checking")
    assert "$status-checking" in flags_of(world, "m3@x")
