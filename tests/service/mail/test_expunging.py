"""A move by COPY, \\Deleted and EXPUNGE; and what is deleted goes to Trash."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.deleting import COPY_REMEMBERED_US
from proxyd.domain.errors import CannotDo, NotPermitted, UpstreamRefused, UpstreamUnavailable
from proxyd.domain.policy import Policy
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from tests.service.conftest import Watcher, World, appended, mail

DELETED = ["\\Deleted"]


async def inbox(world: World, count: int = 1, login: str = "anna") -> tuple[OpenView, Watcher]:
    for number in range(1, count + 1):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    return await world.open(login)


def there(world: World, folder: str) -> list[str]:
    """The Message-IDs at the provider, in order."""
    found = world.upstream.folders[folder].mails.values()
    return [each.raw.split(b"Message-ID: <")[1].split(b">")[0].decode() for each in found]


def choose(world: World, **choices: object) -> None:
    mailbox = world.room.mailbox
    policy = replace(mailbox.policy, **choices)  # type: ignore[arg-type]
    world.room.mailbox = replace(mailbox, policy=policy)


async def told_of(world: World) -> list[tuple[str, str, str]]:
    entries = [entry.record for entry in await world.log(action="expunge")]
    return [
        (e.outcome, str(e.detail.get("what", "")), str(e.detail.get("to", ""))) for e in entries
    ]


# ---------------------------------------------------------------- into a virtual folder


@pytest.mark.parametrize("target", ["Status/Done", "Status/Mine", "Status/Open", "Status/Checking"])
async def test_copied_into_a_view_and_deleted_it_stays_at_the_provider(
    world: World, target: str
) -> None:
    view, told = await inbox(world, 2)
    await view.copy([1], target)
    await view.store([1], FlagMode.ADD, DELETED)
    told.told.clear()
    await view.expunge(None)
    assert told.told == [("gone", [1]), ("arrived", [3])]
    assert list(view.uids()) == [2, 3]
    assert there(world, "INBOX") == ["m1@x", "m2@x"]
    assert there(world, "Trash") == []
    assert "\\Deleted" not in view.facts(3).flags  # type: ignore[union-attr]
    assert await told_of(world) == [("ok", "moved-here", target)]
    await view.store([3], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert there(world, "Trash") == ["m1@x"], "the move was done: this is another decision"


async def test_from_one_view_into_another(world: World) -> None:
    await inbox(world)
    view, _ = await world.open("anna", "Status/Open")
    await view.copy([1], "Status/Mine")
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge([1])
    assert list(view.uids()) == [2], "it is still open"
    await view.copy([2], "Status/Done")
    assert list(view.uids()) == []
    await view.store([2], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert there(world, "INBOX") == ["m1@x"]


@pytest.mark.parametrize("restart", [False, True])
async def test_the_mark_may_come_first_and_both_survive_a_restart(
    world: World, restart: bool
) -> None:
    view, _ = await inbox(world)
    await view.store([1], FlagMode.ADD, DELETED)
    await view.copy([1], "Status/Done")
    if restart:
        await world.restart()
    view, told = await world.open("anna")
    assert "\\Deleted" in view.facts(1).flags  # type: ignore[union-attr]
    await view.expunge(None)
    assert told.told == [("gone", [1]), ("arrived", [2])]
    assert there(world, "INBOX") == ["m1@x"]


async def test_another_session_of_the_same_person_days_later(world: World) -> None:
    view, _ = await inbox(world, 2)
    await view.copy([1, 2], "Status/Done")
    world.clock.advance(us=COPY_REMEMBERED_US)
    other, _ = await world.open("anna")
    await other.store([1], FlagMode.ADD, DELETED)
    await other.expunge(None)
    assert there(world, "INBOX") == ["m1@x", "m2@x"]
    world.clock.advance(us=1)
    await other.store([2], FlagMode.ADD, DELETED)
    await other.expunge(None)
    assert there(world, "Trash") == ["m2@x"], "what was copied so long ago is no move any more"


async def test_who_takes_the_mark_back_has_thought_better_of_it(world: World) -> None:
    view, _ = await inbox(world)
    await view.copy([1], "Status/Done")
    await view.store([1], FlagMode.REPLACE, ["\\Seen"])  # says nothing of a mark that is not there
    await view.store([1], FlagMode.ADD, DELETED)
    await view.store([1], FlagMode.REPLACE, ["\\Seen"])
    await view.expunge(None)
    assert list(view.uids()) == [1]
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert there(world, "Trash") == ["m1@x"]


async def test_each_person_deletes_what_they_have_marked_and_where(world: World) -> None:
    anna, _ = await inbox(world, 3)
    ben, _ = await world.open("ben")
    await anna.copy([1], "Status/Done")
    await anna.store([1, 2], FlagMode.ADD, DELETED)
    assert "\\Deleted" not in ben.facts(1).flags  # type: ignore[union-attr]
    await ben.store([3], FlagMode.ADD, DELETED)
    await ben.expunge(None)
    assert list(ben.uids()) == [1, 2]
    opened, _ = await world.open("anna", "Status/Open")
    assert "\\Deleted" not in opened.facts(2).flags  # type: ignore[union-attr]
    await opened.expunge(None)
    assert there(world, "INBOX") == ["m1@x", "m2@x"]
    await anna.expunge(None)
    assert (there(world, "INBOX"), there(world, "Trash")) == (["m1@x"], ["m3@x", "m2@x"])
    flags = {tuple(m.flags) for box in world.upstream.folders.values() for m in box.mails.values()}
    assert flags == {()}, "the provider never hears of it"


async def test_both_copy_and_delete(world: World) -> None:
    anna, _ = await inbox(world)
    ben, told = await world.open("ben")
    for view in (anna, ben):
        await view.copy([1], "Status/Done")
        await view.store([1], FlagMode.ADD, DELETED)
    await anna.expunge(None)
    told.told.clear()
    await ben.expunge(None)
    assert told.told == []
    assert (list(ben.uids()), there(world, "INBOX")) == ([2], ["m1@x"])


async def test_a_colleagues_copy_is_no_move_of_mine(world: World) -> None:
    anna, _ = await inbox(world)
    ben, _ = await world.open("ben")
    await anna.copy([1], "Status/Done")
    await ben.store([1], FlagMode.ADD, DELETED)
    await ben.expunge(None)
    assert there(world, "Trash") == ["m1@x"]


async def test_what_webmail_has_marked_is_unmarked_where_it_stays(world: World) -> None:
    view, _ = await inbox(world)
    await view.copy([1], "Status/Done")
    world.upstream.folders["INBOX"].mails[1].flags.add("\\Deleted")
    await world.synced()
    assert "\\Deleted" in view.facts(1).flags  # type: ignore[union-attr]
    await view.expunge(None)
    assert "\\Deleted" not in view.facts(2).flags  # type: ignore[union-attr]
    await world.delivered()
    assert world.upstream.folders["INBOX"].mails[1].flags == set()


async def test_what_webmail_has_marked_shows_and_can_be_unmarked(world: World) -> None:
    world.upstream.deliver(mail("m1@x"), flags=["\\Deleted"])
    world.upstream.deliver(mail("m2@x"), flags=["\\Deleted"])
    await world.synced()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, DELETED)
    await view.store([1], FlagMode.REMOVE, DELETED)
    assert view.facts(1).flags == ("$status-open",)  # type: ignore[union-attr]
    assert world.upstream.folders["INBOX"].mails[1].flags == set()
    await view.expunge(None)
    assert (there(world, "INBOX"), there(world, "Trash")) == (["m1@x"], ["m2@x"])


# ---------------------------------------------------------------- to a folder


async def test_copied_to_a_folder_its_source_goes_for_good(world: World) -> None:
    view, _ = await inbox(world, 2)
    await view.copy([1], "Archive")
    await world.restart()
    view, _ = await world.open("anna", "Status/Open")
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert there(world, "INBOX") == ["m2@x"]
    assert there(world, "Archive") == ["m1@x"]
    assert there(world, "Trash") == []
    assert await told_of(world) == [("ok", "moved", "")]


@pytest.mark.parametrize("known", [False, True])
async def test_where_the_copy_is_gone_meanwhile_it_goes_to_trash(world: World, known: bool) -> None:
    view, _ = await inbox(world)
    await view.copy([1], "Archive")
    world.upstream.folders["Archive"].mails.clear()
    if known:
        await world.synced()
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert there(world, "Trash") == ["m1@x"]


async def test_where_the_copy_s_folder_is_gone_or_numbered_anew(world: World) -> None:
    view, _ = await inbox(world, 2)
    await view.copy([1, 2], "Archive")
    await view.store([1, 2], FlagMode.ADD, DELETED)
    archive = world.upstream.folders["Archive"]
    archive.uidvalidity += 1
    await view.expunge([1])
    assert there(world, "Trash") == ["m1@x"]
    del world.upstream.folders["Archive"]
    await view.expunge([2])
    assert there(world, "Trash") == ["m1@x", "m2@x"]


async def test_out_of_trash_by_who_may_not_destroy(world: World) -> None:
    """Brought back by a client without MOVE."""
    world.upstream.deliver(mail("m1@x"), "Trash")
    await world.synced()
    view, _ = await world.open("anna", "Trash")
    await view.copy([1], "INBOX")
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert (there(world, "INBOX"), there(world, "Trash")) == (["m1@x"], [])


async def test_to_trash_by_hand_there_is_one(world: World) -> None:
    view, _ = await inbox(world)
    await view.copy([1], "Trash")
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert (there(world, "INBOX"), there(world, "Trash")) == ([], ["m1@x"])


# ---------------------------------------------------------------- deleted


@pytest.mark.parametrize("name", ["INBOX", "Status/Open", "Status/Unassigned"])
async def test_deleted_it_goes_to_trash(world: World, name: str) -> None:
    await inbox(world, 2)
    view, told = await world.open("anna", name)
    await view.store([1], FlagMode.ADD, DELETED)
    told.told.clear()
    await view.expunge(None)
    assert told.told == [("gone", [1])]
    assert (there(world, "INBOX"), there(world, "Trash")) == (["m2@x"], ["m1@x"])
    assert await told_of(world) == [("ok", "trash", "Trash")]


async def test_a_mailbox_may_choose_that_it_is_final(world: World) -> None:
    view, _ = await inbox(world)
    choose(world, delete="final")
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert (there(world, "INBOX"), there(world, "Trash")) == ([], [])
    assert await told_of(world) == [("ok", "destroyed", "")]


async def test_in_trash_it_is_final_for_who_may(world: World) -> None:
    for number in (1, 2):
        world.upstream.deliver(mail(f"m{number}@x"), "Trash")
    await world.synced()
    anna, told = await world.open("anna", "Trash")
    await anna.store([1, 2], FlagMode.ADD, DELETED)
    told.told.clear()
    with pytest.raises(CannotDo, match="destroy"):
        await anna.expunge(None)
    assert told.told == [("changed", [1, 2])]
    assert anna.facts(1).flags == anna.facts(2).flags  # type: ignore[union-attr]
    assert "\\Deleted" not in anna.facts(1).flags  # type: ignore[union-attr]
    await anna.expunge(None)  # and nothing is asked for any more
    mara, _ = await world.open("mara", "Trash")
    await mara.store([1], FlagMode.ADD, DELETED)
    await mara.expunge(None)
    choose(world, destroy="respond")
    await anna.store([2], FlagMode.ADD, DELETED)
    await anna.expunge(None)
    assert there(world, "Trash") == []
    assert await told_of(world) == [
        ("refused", "", ""), ("refused", "", ""), ("ok", "destroyed", ""), ("ok", "destroyed", "")
    ]  # fmt: skip


async def test_a_draft_is_replaced_by_who_wrote_it(world: World) -> None:
    anna = await world.enter("anna")
    await appended(anna, "Drafts", mail("d1@x"), "\\Draft")
    await appended(anna, "Drafts", mail("d2@x"), "\\Draft")
    world.upstream.deliver(mail("d3@x"), "Drafts")
    await world.synced()
    await world.restart()
    ben, _ = await world.open("ben", "Drafts")
    await ben.store([2, 3], FlagMode.ADD, DELETED)
    await ben.expunge(None)
    assert there(world, "Trash") == ["d2@x", "d3@x"], "a colleague's can be found"
    view, _ = await world.open("anna", "Drafts")
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert (there(world, "Drafts"), len(there(world, "Trash"))) == ([], 2)


async def test_junk_goes_to_trash_where_it_may_not_be_destroyed(world: World) -> None:
    for number in (1, 2):
        world.upstream.deliver(mail(f"m{number}@x"), "Junk")
    await world.synced()
    for login, uid in (("anna", 1), ("mara", 2)):
        view, _ = await world.open(login, "Junk")
        await view.store([uid], FlagMode.ADD, DELETED)
        await view.expunge(None)
    assert (there(world, "Junk"), there(world, "Trash")) == ([], ["m1@x"])


async def test_who_only_reads_marks_and_deletes_nothing(world: World) -> None:
    view, _ = await inbox(world, login="rita")
    for mode in FlagMode:
        with pytest.raises(NotPermitted):
            await view.store([1], mode, DELETED)
    await view.expunge(None)
    assert there(world, "INBOX") == ["m1@x"]


# ---------------------------------------------------------------- where the provider is odd


async def test_a_provider_without_trash_gets_one(world: World) -> None:
    view, _ = await inbox(world, 2)
    del world.upstream.folders["Trash"]
    await world.sync.list_anew()
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert there(world, "Trash") == ["m1@x"]
    del world.upstream.folders["Trash"]  # by webmail, and nobody knows yet
    await view.store([2], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert there(world, "Trash") == ["m2@x"]


async def test_a_trash_that_takes_nothing_keeps_the_mail_where_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, _ = await inbox(world, 2)
    await view.copy([2], "Status/Done")
    await view.store([1, 2], FlagMode.ADD, DELETED)

    async def full(*args: object) -> None:
        raise UpstreamRefused("Quota exceeded", "OVERQUOTA")

    monkeypatch.setattr(world.upstream, "move", full)
    with pytest.raises(UpstreamRefused):
        await view.expunge(None)
    assert there(world, "INBOX") == ["m1@x", "m2@x"]
    assert "\\Deleted" in view.facts(1).flags, "it can be tried again"  # type: ignore[union-attr]
    assert list(view.uids()) == [1, 3], "what needs no room there is done"
    assert await told_of(world) == [("ok", "moved-here", "Status/Done"), ("failed", "", "")]


async def test_while_the_provider_is_away_marks_and_moves_into_views_go_on(world: World) -> None:
    view, _ = await inbox(world, 2)
    world.upstream.down = True
    await view.copy([1], "Status/Done")
    await view.store([1, 2], FlagMode.ADD, DELETED)
    with pytest.raises(UpstreamUnavailable):
        await view.expunge(None)
    assert list(view.uids()) == [2, 3]
    world.upstream.down = False
    await view.expunge(None)
    assert (there(world, "INBOX"), there(world, "Trash")) == (["m1@x"], ["m2@x"])


async def test_five_hundred_at_once(world: World) -> None:
    view, _ = await inbox(world, 500)
    everything = list(view.uids())
    await view.copy(everything, "Status/Done")
    world.upstream.calls.clear()
    await view.store(everything, FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert not world.upstream.calls.total()
    assert list(view.uids()) == list(range(501, 1001))
    await view.copy(list(view.uids()), "Archive")
    await view.store(list(view.uids()), FlagMode.ADD, DELETED)
    world.upstream.calls.clear()
    await view.expunge(None)
    assert dict(world.upstream.calls) == {"present": 1, "expunge": 1}
    assert (len(there(world, "Archive")), there(world, "Trash")) == (500, [])


def test_the_default_is_to_lose_nothing() -> None:
    assert (Policy().delete, Policy().destroy) == ("trash", "manage")
