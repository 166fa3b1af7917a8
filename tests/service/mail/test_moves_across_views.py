"""Copied out of one view and deleted in another: each pair of views, and what comes in between.

What is right is written here once more, by words: a move where the mail was copied out of that view
(30 days) or out of another (half an hour), never where it was copied into, nor by somebody else.
"""

from __future__ import annotations

from itertools import product

import pytest

from proxyd.domain.deleting import COPY_REMEMBERED_US, ELSEWHERE_REMEMBERED_US
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from tests.service.conftest import World, appended, mail
from tests.service.mail.test_expunging import DELETED, there, told_of

VIEWS = ("INBOX", "Status/Open", "Status/Unassigned", "Status/Done", "Status/Mine")
TARGETS = ("Status/Done", "Status/Mine", "Status/Checking", "Status/Unassigned")
PAIRS = [(a, to, b) for a, to, b in product(VIEWS[:3], TARGETS, VIEWS) if a != to]


async def one_mail(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()


async def copy(world: World, source: str, target: str, login: str = "anna") -> None:
    view, _ = await world.open(login, source)
    await view.copy(view.uids(), target)


async def delete(world: World, name: str, login: str = "anna") -> bool:
    """False where the view does not show it. By EXPUNGE, as CLOSE does."""
    view, _ = await world.open(login, name)
    if not view.uids():
        return False
    await mark(view)
    await view.expunge(None)
    return True


async def mark(view: OpenView, mode: FlagMode = FlagMode.ADD) -> None:
    await view.store(view.uids(), mode, DELETED)


def lies_in(world: World) -> str:
    (name,) = [name for name in world.upstream.folders if "m1@x" in there(world, name)]
    return name


@pytest.mark.parametrize(("source", "target", "other"), PAIRS)
@pytest.mark.parametrize("restart", [False, True])
async def test_each_pair_of_views(
    world: World, source: str, target: str, other: str, restart: bool
) -> None:
    await one_mail(world)
    before = {"INBOX", "Status/Open", "Status/Unassigned"}  # where it was when it was copied
    await copy(world, source, target)
    if restart:
        await world.restart()
    if await delete(world, other):
        moved = other in before and other != target
        assert lies_in(world) == ("INBOX" if moved else "Trash")
        assert (await told_of(world))[0][1] == ("moved-here" if moved else "trash")
    else:
        assert lies_in(world) == "INBOX"


@pytest.mark.parametrize("source", ["Status/Open", "INBOX"])
async def test_who_tidies_up_another_view_later_means_it(world: World, source: str) -> None:
    await one_mail(world)
    await copy(world, source, "Status/Done")
    world.clock.advance(us=ELSEWHERE_REMEMBERED_US + 1)
    assert await delete(world, "INBOX")
    assert lies_in(world) == ("Trash" if source == "Status/Open" else "INBOX")


@pytest.mark.parametrize("source", ["Status/Open", "INBOX"])
async def test_marked_in_time_it_stays_a_move_however_late_it_is_carried_out(
    world: World, source: str
) -> None:
    await one_mail(world)
    await copy(world, source, "Status/Mine")
    inbox, _ = await world.open("anna", "INBOX")
    await mark(inbox)
    world.clock.advance(us=COPY_REMEMBERED_US + 1)
    await world.restart()
    inbox, _ = await world.open("anna", "INBOX")
    await inbox.expunge(None)
    assert lies_in(world) == "INBOX"


async def test_taken_back_in_one_view_it_is_no_move_in_any(world: World) -> None:
    await one_mail(world)
    await copy(world, "Status/Open", "Status/Mine")
    opened, _ = await world.open("anna", "Status/Open")
    await mark(opened)
    await mark(opened, FlagMode.REMOVE)
    assert await delete(world, "INBOX")
    assert lies_in(world) == "Trash"


async def test_taken_back_in_one_view_it_is_a_move_where_it_is_marked_still(world: World) -> None:
    await one_mail(world)
    await copy(world, "INBOX", "Status/Mine")
    inbox, _ = await world.open("anna", "INBOX")
    opened, _ = await world.open("anna", "Status/Open")
    await mark(inbox)
    await mark(opened)
    await mark(opened, FlagMode.REMOVE)
    await inbox.expunge(None)
    assert lies_in(world) == "INBOX"


@pytest.mark.parametrize("other", ["INBOX", "Status/Open"])
async def test_a_colleague_who_deletes_it_has_moved_nothing(world: World, other: str) -> None:
    await one_mail(world)
    await copy(world, "Status/Unassigned", "Status/Mine")
    assert await delete(world, other, "ben")
    assert lies_in(world) == "Trash"


@pytest.mark.parametrize("other", ["INBOX", "Status/Open", "Status/Unassigned"])
async def test_copied_to_a_folder_and_deleted_in_any_view(world: World, other: str) -> None:
    await one_mail(world)
    await copy(world, "Status/Open", "Archive")
    view, _ = await world.open("anna", other)
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge([1])
    assert (there(world, "INBOX"), there(world, "Archive")) == ([], ["m1@x"])
    assert there(world, "Trash") == []


async def test_appended_nobody_says_out_of_which_view_so_days_do_not_count(world: World) -> None:
    await one_mail(world)
    anna = await world.enter("anna")
    await appended(anna, "Status/Done", mail("m1@x"))
    world.clock.advance(us=COPY_REMEMBERED_US)
    assert await delete(world, "INBOX")
    assert lies_in(world) == "INBOX"


async def test_a_copy_out_of_this_very_view_is_the_stronger_word(world: World) -> None:
    await one_mail(world)
    await copy(world, "INBOX", "Status/Mine")
    await copy(world, "Status/Open", "Status/Mine")
    world.clock.advance(us=ELSEWHERE_REMEMBERED_US + 1)
    assert await delete(world, "INBOX")
    assert lies_in(world) == "INBOX"
