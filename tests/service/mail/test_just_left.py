"""Who corrects a status at once names a UID that has left the folder by it
(service/mail/just_left.py).
"""

from __future__ import annotations

import pytest

from proxyd.domain.errors import AlreadyTaken
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from proxyd.service.mail import just_left
from tests.service.conftest import World, mail

ADD, REMOVE = FlagMode.ADD, FlagMode.REMOVE


async def opened(world: World, *ids: str, name: str = "Status/Open") -> OpenView:
    for id_ in ids or ("m1@x",):
        world.upstream.deliver(mail(id_))
    await world.synced()
    view, _ = await world.open("anna", name)
    return view


def status(world: World, id_: str = "m1@x") -> str:
    return world.room.state.threads[id_].status


async def test_the_second_key_counts(world: World) -> None:
    view = await opened(world)
    await view.store([1], ADD, ["$status-done"])
    assert list(view.uids()) == [] and list(view.just_left) == [1]
    await view.store([1], ADD, ["$status-checking"])
    await view.store([1], REMOVE, ["$status-done"])
    assert status(world) == "checking"
    records = [stored.record for stored in await world.log(action="status")]
    assert [(one.actor, one.view, one.message_id) for one in records] == [
        ("anna", "Status/Open", "m1@x")
    ] * 2


async def test_taken_back_it_comes_again_under_a_new_uid(world: World) -> None:
    """The other order of the two halves, and the same key twice."""
    view = await opened(world)
    await view.store([1], ADD, ["$status-done"])
    stored = await view.store([1], REMOVE, ["$status-done"])
    assert (status(world), list(view.uids()), stored.changed) == ("open", [2], (2,))
    await view.store([1], ADD, ["$status-checking"])
    assert (status(world), list(view.uids())) == ("checking", [])
    assert sorted(view.just_left) == [1, 2]
    await view.store([1], ADD, ["$status-hold"])
    assert status(world) == "hold"


async def test_other_flags_of_it_count_too_and_deleted_does_not(world: World) -> None:
    view = await opened(world)
    await view.store([1], ADD, ["$status-done"])
    await view.store([1], ADD, ["\\Seen", "\\Flagged"])
    await view.store([1], ADD, ["\\Deleted"])
    await view.expunge(None)
    inbox, _ = await world.open("anna")
    facts = inbox.facts(1)
    assert facts is not None
    assert {"\\Seen", "\\Flagged"} <= set(facts.flags) and "\\Deleted" not in facts.flags
    assert world.upstream.folders["INBOX"].mails[1].flags == {"\\Flagged"}


@pytest.mark.parametrize("verb", ["copy", "move"])
async def test_it_can_be_dragged(world: World, verb: str) -> None:
    view = await opened(world)
    await view.store([1], ADD, ["$status-done"])
    result = await getattr(view, verb)([1], "Status/On hold")
    assert (status(world), [source for source, _ in result.pairs]) == ("hold", [1])
    await getattr(view, verb)([1], "Archive")
    assert len(world.upstream.folders["Archive"].mails) == 1
    assert len(world.upstream.folders["INBOX"].mails) == (1 if verb == "copy" else 0)
    # What is not there any more is nobody's.
    if verb == "move":
        assert (await view.move([1], "Archive")).pairs == ()


async def test_first_wins_as_ever(world: World) -> None:
    view = await opened(world, name="Status/Unassigned")
    await view.store([1], ADD, ["$assignee-anna"])
    mara, _ = await world.open("mara")
    await mara.store([1], ADD, ["$assignee-ben"])
    with pytest.raises(AlreadyTaken):
        await view.store([1], ADD, ["$assignee-anna"])


async def test_only_what_this_session_has_put_out_itself(world: World) -> None:
    view = await opened(world, "m1@x", "m2@x")
    other, _ = await world.open("anna", "Status/Open")
    await view.store([1], ADD, ["$status-done"])
    assert list(other.just_left) == []
    await other.store([1], ADD, ["$status-hold"])
    assert status(world) == "done"
    await view.store([2], ADD, ["$status-done"])  # of the last STORE only
    await view.store([1], ADD, ["$status-hold"])
    assert status(world) == "done"


async def test_for_a_minute_and_not_by_an_older_state(world: World) -> None:
    view = await opened(world)
    modseq = view.highest_modseq
    await view.store([1], ADD, ["$status-done"])
    await view.store([1], ADD, ["$status-hold"], unchanged_since=modseq)
    assert status(world) == "done"
    world.clock.advance(seconds=61)
    await view.store([1], ADD, ["$status-hold"])
    assert (status(world), list(view.just_left)) == ("done", [])


async def test_of_too_many_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(just_left, "REMEMBERED_MOST", 1)
    view = await opened(world, "m1@x", "m2@x")
    await view.store([1, 2], ADD, ["$status-done"])
    await view.store([1, 2], ADD, ["$status-hold"])
    assert (status(world), status(world, "m2@x")) == ("done", "done")
