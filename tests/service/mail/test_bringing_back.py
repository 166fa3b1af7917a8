"""Deleted, and then stored again by the same person: the order in which mbsync says a move."""

from __future__ import annotations

import pytest

from proxyd.domain.deleting import TRASHED_REMEMBERED_US, Half
from proxyd.domain.errors import (
    AlreadyTaken,
    NoSuchView,
    NotPermitted,
    UpstreamError,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxyd.domain.types import Right
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from proxyd.service.mail.same_mail import MOST_READ
from proxyd.service.mail.storing import Storing
from tests.service.conftest import World, appended, mail
from tests.service.mail.test_expunging import DELETED, inbox, there
from tests.service.mail.test_inserting import books


async def deleted(world: World, login: str = "anna", source: str = "INBOX") -> None:
    """The first of two mails goes to Trash."""
    await inbox(world, 2)
    view, _ = await world.open(login, source)
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge([1])
    assert there(world, "Trash") == ["m1@x"]


@pytest.mark.parametrize("source", ["INBOX", "Status/Open", "Status/Unassigned"])
async def test_into_a_view_it_comes_out_of_trash(world: World, source: str) -> None:
    await deleted(world, source=source)
    anna = await world.enter("anna")
    uidvalidity, uid = await appended(anna, "Status/Done", books(mail("m1@x")))
    done, _ = await world.open("anna", "Status/Done")
    assert (uidvalidity, uid) == (done.uidvalidity, done.uids()[0])
    assert (there(world, "INBOX"), there(world, "Trash")) == (["m2@x", "m1@x"], [])
    (entry,) = [e.record for e in await world.log(action="move")]
    assert (entry.message_id, entry.detail) == ("m1@x", {"to": "Status/Done", "by": "append"})
    # It is no copy of which the other is still to be deleted: deleting it now is deleting it.
    view, _ = await world.open("anna", "INBOX")
    await view.store(view.uids(), FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert there(world, "Trash") == ["m2@x", "m1@x"]


async def test_into_a_folder_trash_gets_no_second_copy(world: World) -> None:
    await deleted(world)
    anna = await world.enter("anna")
    await anna.create("Work")
    await appended(anna, "Work", mail("m1@x"))
    assert (there(world, "Work"), there(world, "Trash")) == (["m1@x"], [])


async def test_into_trash_itself_it_is_there_once(world: World) -> None:
    await deleted(world)
    anna = await world.enter("anna")
    await appended(anna, "Trash", mail("m1@x"))
    assert there(world, "Trash") == ["m1@x"]


async def test_a_move_that_is_refused_deletes_nothing(world: World) -> None:
    await inbox(world, 2)
    ben, _ = await world.open("ben", "INBOX")
    await ben.store([1], FlagMode.ADD, ["$assignee-ben"])
    view, _ = await world.open("anna", "INBOX")
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge([1])
    anna = await world.enter("anna")
    for _ in range(2):
        with pytest.raises(AlreadyTaken):
            await appended(anna, "Status/Mine", books(mail("m1@x")))
        assert (there(world, "INBOX"), there(world, "Trash")) == (["m2@x", "m1@x"], [])


async def test_others_and_other_mails_are_left_in_trash(world: World) -> None:
    await deleted(world, "ben")
    anna = await world.enter("anna")
    await anna.create("Work")
    await appended(anna, "Work", mail("m1@x"))
    assert there(world, "Trash") == ["m1@x"], "it is Ben who has deleted it"
    ben = await world.enter("ben")
    await appended(ben, "Work", mail("m1@x", subject="Not the same"))
    assert there(world, "Trash") == ["m1@x"]
    world.clock.advance(us=TRASHED_REMEMBERED_US + 1)
    await appended(ben, "Work", mail("m1@x"))
    assert there(world, "Trash") == ["m1@x"], "that was another day's decision"


async def test_a_provider_that_keeps_the_one_in_trash_changes_no_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deleted(world)
    anna = await world.enter("anna")
    await anna.create("Work")

    async def refuse(*_: object) -> None:
        raise UpstreamRefused("not now")

    monkeypatch.setattr(world.upstream, "expunge", refuse)
    await appended(anna, "Work", mail("m1@x"))
    assert (there(world, "Work"), there(world, "Trash")) == (["m1@x"], ["m1@x"])


@pytest.mark.parametrize("target", ["Status/Done", "Work"])
async def test_a_run_that_was_cut_off_goes_on_after_a_restart(world: World, target: str) -> None:
    await deleted(world)
    world.clock.advance(us=TRASHED_REMEMBERED_US)  # the laptop was closed in between
    await world.restart()
    anna = await world.enter("anna")
    if target == "Work":
        await anna.create("Work")
    await appended(anna, target, books(mail("m1@x")))
    lies = "INBOX" if target == "Status/Done" else "Work"
    assert there(world, "Trash") == []
    assert there(world, lies).count("m1@x") == 1
    assert not world.room.state.trashed, "it goes with the mail"


async def test_who_has_deleted_is_forgotten_in_time_and_with_the_mail(world: World) -> None:
    await deleted(world)
    assert len(world.room.state.trashed) == 1
    world.clock.advance(us=TRASHED_REMEMBERED_US + 1)
    await world.restart()
    assert not world.room.state.trashed


# ---------------------------------------------------------------- the provider is full, or gone


async def in_vain(world: World, monkeypatch: pytest.MonkeyPatch, error: UpstreamError) -> OpenView:
    """The first of two mails could not be deleted."""
    view, _ = await inbox(world, 2)
    await (await world.enter("anna")).create("Work")
    await view.store([1], FlagMode.ADD, DELETED)
    broken(world, monkeypatch, error)
    with pytest.raises(type(error)):
        await view.expunge([1])
    assert "\\Deleted" in view.facts(1).flags  # type: ignore[union-attr]
    return view


def broken(world: World, monkeypatch: pytest.MonkeyPatch, error: UpstreamError) -> None:
    async def fails(*args: object, **more: object) -> None:
        raise error

    for name in ("move", "append") if error is FULL else ("move", "append", "fetch"):
        monkeypatch.setattr(world.upstream, name, fails)


FULL = UpstreamRefused("Quota exceeded", "OVERQUOTA")
GONE = UpstreamUnavailable("the line is cut")


@pytest.mark.parametrize("restarts", [False, True])
async def test_what_could_not_be_deleted_and_is_stored_was_moved(
    world: World, monkeypatch: pytest.MonkeyPatch, *, restarts: bool
) -> None:
    await in_vain(world, monkeypatch, FULL)
    monkeypatch.undo()
    if restarts:
        await world.restart()
    anna = await world.enter("anna")
    await appended(anna, "Work", books(mail("m1@x")))
    assert (there(world, "INBOX"), there(world, "Work")) == (["m2@x"], ["m1@x"])
    assert there(world, "Trash") == []


async def test_who_takes_the_flag_back_only_copies(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await in_vain(world, monkeypatch, FULL)
    monkeypatch.undo()
    await view.store([1], FlagMode.REMOVE, DELETED)
    await appended(await world.enter("anna"), "Work", books(mail("m1@x")))
    assert (there(world, "INBOX"), there(world, "Work")) == (["m1@x", "m2@x"], ["m1@x"])


async def test_into_a_view_it_leaves_the_folder_under_its_old_number(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await in_vain(world, monkeypatch, FULL)  # and it is full still
    await appended(await world.enter("anna"), "Status/Done", books(mail("m1@x")))
    assert list(view.uids()) == [2, 3]
    assert "\\Deleted" not in view.facts(3).flags  # type: ignore[union-attr]
    assert there(world, "INBOX") == ["m1@x", "m2@x"]
    assert not world.room.state.special_folder("\\trash").by_uid  # type: ignore[union-attr]


@pytest.mark.parametrize("error", [FULL, GONE], ids=["full", "gone"])
async def test_where_it_can_not_be_stored_either_it_comes_in_again(
    world: World, monkeypatch: pytest.MonkeyPatch, error: UpstreamError
) -> None:
    """mbsync never offers it again: were it deleted later, it would be forgotten in Trash."""
    view = await in_vain(world, monkeypatch, error)
    anna = await world.enter("anna")
    for _ in range(2):
        with pytest.raises(type(error)):
            await appended(anna, "Work", books(mail("m1@x")))
    assert list(view.uids()) == [2, 3], "a client takes it for new"
    monkeypatch.undo()
    await view.expunge(None)
    assert (there(world, "INBOX"), there(world, "Trash")) == (["m1@x", "m2@x"], [])
    # OfflineIMAP does: then it is the move that was meant.
    await appended(anna, "Work", books(mail("m1@x")))
    assert (there(world, "INBOX"), there(world, "Work")) == (["m2@x"], ["m1@x"])


async def test_deleted_and_then_not_stored_it_comes_out_of_trash(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some providers move what they would not store."""
    await deleted(world)
    anna = await world.enter("anna")
    await anna.create("Work")

    async def full(*args: object, **more: object) -> None:
        raise FULL

    monkeypatch.setattr(world.upstream, "append", full)
    with pytest.raises(UpstreamRefused):
        await appended(anna, "Work", books(mail("m1@x")))
    assert (there(world, "INBOX"), there(world, "Trash")) == (["m2@x", "m1@x"], [])
    monkeypatch.undo()
    await appended(anna, "Work", books(mail("m1@x")))
    assert (there(world, "INBOX"), there(world, "Work")) == (["m2@x"], ["m1@x"])


async def test_what_others_could_not_delete_is_theirs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await in_vain(world, monkeypatch, FULL)
    ben = await world.enter("ben")
    with pytest.raises(UpstreamRefused):
        await appended(ben, "Work", mail("m1@x"))
    monkeypatch.undo()
    await appended(ben, "Work", mail("m1@x"))
    assert there(world, "INBOX") == ["m1@x", "m2@x"]
    assert list(view.uids()) == [1, 2]
    assert "\\Deleted" in view.facts(1).flags  # type: ignore[union-attr]


# ---------------------------------------------------------------- what it is not


async def refused_to(world: World, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    """The first of two mails lies in Trash, and the provider is too full to store it."""
    await deleted(world)
    anna = await world.enter("anna")
    for name in ("Work", "Ref"):
        await anna.create(name)

    async def full(*args: object, **more: object) -> None:
        raise FULL

    monkeypatch.setattr(world.upstream, "append", full)
    with pytest.raises(UpstreamRefused):
        await appended(anna, folder, books(mail("m1@x")))
    monkeypatch.undo()


async def test_who_tidies_a_full_mailbox_into_trash_has_it_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await refused_to(world, monkeypatch, "Trash")
    assert "m1@x" not in there(world, "INBOX") and there(world, "Trash") == ["m1@x"]


@pytest.mark.parametrize(("days", "left"), [(0.9, False), (1.1, True)])
async def test_a_deletion_that_was_undone_counts_for_a_day(
    world: World, monkeypatch: pytest.MonkeyPatch, days: float, left: bool
) -> None:
    """Later it is a copy, and the mail in INBOX is everybody's."""
    await refused_to(world, monkeypatch, "Work")
    assert "m1@x" in there(world, "INBOX")
    world.clock.advance(seconds=86_400 * days)
    await appended(await world.enter("anna"), "Ref", books(mail("m1@x")))
    assert ("m1@x" in there(world, "INBOX"), there(world, "Ref")) == (left, ["m1@x"])


async def test_stored_by_a_line_that_broke_and_offered_again_it_was_moved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deleted(world)
    anna = await world.enter("anna")
    await anna.create("Work")
    real = world.upstream.append

    async def stored_and_broken(*args: object, **more: object) -> None:
        await real(*args, **more)  # type: ignore[arg-type]
        raise GONE

    async def not_yet(self: Storing, *args: object) -> list[object]:
        return []

    monkeypatch.setattr(world.upstream, "append", stored_and_broken)
    monkeypatch.setattr(Storing, "_all_there", not_yet)
    with pytest.raises(UpstreamUnavailable):
        await appended(anna, "Work", books(mail("m1@x")))
    monkeypatch.undo()
    await appended(anna, "Work", books(mail("m1@x")))
    assert ("m1@x" in there(world, "INBOX"), there(world, "Work")) == (False, ["m1@x"])
    assert "m1@x" not in there(world, "Trash")


# ---------------------------------------------------------------- stored first, and in vain


async def refused_first(world: World, monkeypatch: pytest.MonkeyPatch) -> OpenView:
    """The first of two mails could not be stored in Archive; \\Deleted and EXPUNGE come next."""
    view, _ = await inbox(world, 2)
    anna = await world.enter("anna")

    async def too_big(*args: object, **more: object) -> None:
        raise UpstreamRefused("Too large for this folder")

    monkeypatch.setattr(world.upstream, "append", too_big)
    with pytest.raises(UpstreamRefused):
        await appended(anna, "Archive", books(mail("m1@x")))
    monkeypatch.undo()
    return view


async def expunged(view: OpenView) -> None:
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge([1])


@pytest.mark.parametrize("restarts", [False, True])
async def test_stored_in_vain_it_is_not_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch, *, restarts: bool
) -> None:
    view = await refused_first(world, monkeypatch)
    if restarts:
        await world.restart()
        view, _ = await world.open("anna", "INBOX")
    await expunged(view)
    assert (there(world, "INBOX"), there(world, "Trash")) == (["m1@x", "m2@x"], [])
    assert list(view.uids()) == [2, 3], "a client takes it for new"
    (entry,) = [e.record for e in await world.log(action="expunge")]
    assert (entry.message_id, entry.detail["what"]) == ("m1@x", "kept")
    # Whoever deletes it once more means that.
    await view.store([3], FlagMode.ADD, DELETED)
    await view.expunge([3])
    assert there(world, "Trash") == ["m1@x"]


@pytest.mark.parametrize("target", ["Archive", "Status/Done"])
async def test_offered_again_it_was_the_move(
    world: World, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    view = await refused_first(world, monkeypatch)
    await expunged(view)
    await appended(await world.enter("anna"), target, books(mail("m1@x")))
    lies = "INBOX" if target == "Status/Done" else "Archive"
    assert there(world, lies).count("m1@x") == 1
    assert "m1@x" not in there(world, "Archive" if lies == "INBOX" else "INBOX")
    assert there(world, "Trash") == []


async def test_stored_after_all_deleting_it_is_deleting_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy was made and taken away again: nothing of the refusal is left."""
    view = await refused_first(world, monkeypatch)
    await appended(await world.enter("anna"), "Archive", books(mail("m1@x")))
    world.upstream.folders["Archive"].mails.clear()
    await world.synced()
    await expunged(view)
    assert there(world, "Trash") == ["m1@x"]


async def test_what_others_could_not_store_is_theirs_and_not_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await refused_first(world, monkeypatch)
    ben, _ = await world.open("ben", "INBOX")
    await expunged(ben)
    assert there(world, "Trash") == ["m1@x"]


async def test_a_refusal_of_last_month_is_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await refused_first(world, monkeypatch)
    world.clock.advance(us=TRASHED_REMEMBERED_US + 1)
    await expunged(view)
    assert there(world, "Trash") == ["m1@x"]


async def test_not_permitted_nor_there_is_refused_as_well(world: World) -> None:
    """The right may come, and the folder may be made, before the deletion is asked for again."""
    view, _ = await inbox(world, 2)
    await world.grant("anna", world.mailbox, Right.READ)
    anna = await world.enter("anna")
    with pytest.raises(NotPermitted):
        await appended(anna, "Status/Done", books(mail("m1@x")))
    await world.grant("anna", world.mailbox, Right.RESPOND)
    with pytest.raises(NoSuchView):
        await appended(await world.enter("anna"), "Nowhere", books(mail("m2@x")))
    view, _ = await world.open("anna", "INBOX")
    await view.store([1, 2], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert (there(world, "INBOX"), there(world, "Trash")) == (["m1@x", "m2@x"], [])


@pytest.mark.parametrize("folder", ["Sent", "Drafts", "Trash"])
async def test_what_is_sent_written_or_thrown_away_is_no_move(
    world: World, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    view, _ = await inbox(world, 2)

    async def full(*args: object, **more: object) -> None:
        raise FULL

    monkeypatch.setattr(world.upstream, "append", full)
    with pytest.raises(UpstreamRefused):
        await appended(await world.enter("anna"), folder, books(mail("m1@x")))
    monkeypatch.undo()
    await expunged(view)
    assert there(world, "Trash") == ["m1@x"]


async def test_out_of_one_mailbox_into_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, _ = await inbox(world, 2)
    sales = await world.second()
    await world.grant("anna", sales.mailbox, Right.RESPOND)
    anna = await world.enter("anna")

    async def full(*args: object, **more: object) -> None:
        raise FULL

    monkeypatch.setattr(sales.upstream, "append", full)
    with pytest.raises(UpstreamRefused):
        await appended(anna, "Shared/sales/Archive", books(mail("m1@x")))
    monkeypatch.undo()
    await expunged(view)
    assert (there(world, "INBOX"), there(world, "Trash")) == (["m1@x", "m2@x"], [])
    await appended(anna, "Shared/sales/Archive", books(mail("m1@x")))
    assert there(sales, "Archive") == ["m1@x"]
    assert not world.room.state.in_vain.knows(Half.STORED, 1, world.room.state.messages()[0])


@pytest.mark.parametrize("folder", ["Sent", "Drafts"])
async def test_deleted_and_refused_there_it_comes_out_of_trash_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    await refused_to(world, monkeypatch, folder)
    assert "m1@x" in there(world, "INBOX") and there(world, "Trash") == []


async def test_of_a_dozen_with_one_id_the_one_that_was_deleted_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(MOST_READ + 2):
        world.upstream.deliver(mail("m0@x", subject=f"Report {number}"))
    await world.synced()
    view, _ = await world.open("anna", "INBOX")
    await (await world.enter("anna")).create("Work")
    last = view.uids()[-1]
    await view.store([last], FlagMode.ADD, DELETED)
    broken(world, monkeypatch, FULL)
    with pytest.raises(UpstreamRefused):
        await view.expunge([last])
    raw = mail("m0@x", subject=f"Report {MOST_READ + 1}")
    with pytest.raises(UpstreamRefused):
        await appended(await world.enter("anna"), "Work", books(raw))
    assert last not in view.uids(), "it comes in again, under a new number"
