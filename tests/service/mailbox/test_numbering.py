"""Mod-sequences: who gets a new one, who doesn't, and that no restart forgets any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.types import SeenMode
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.reading import Reading
from proxyd.service.mailbox.model import View
from proxyd.store.prepared import Prepared
from tests.service.conftest import World, mail
from tests.service.modseq_checker import Numbers


async def two_threads(world: World) -> None:
    """UIDs 1 and 2 are one conversation, 3 is another."""
    world.upstream.deliver(mail("m1@x"))
    world.upstream.deliver(mail("m2@x", answers="m1@x"))
    world.upstream.deliver(mail("m3@x", subject="Another"))
    await world.synced()


def highest(world: World) -> dict[tuple[str, str], int]:
    return {view.key: view.modseq for view in world.room.state.views.values()}


def grown(world: World, before: dict[tuple[str, str], int]) -> set[str]:
    """Names of the views whose HIGHESTMODSEQ is greater now."""
    views = world.room.state.views.values()
    return {_name(world, view) for view in views if view.modseq > before.get(view.key, 0)}


def _name(world: World, view: View) -> str:
    if view.kind == "folder":
        return world.room.state.folders[int(view.subject)].name
    return view.subject if view.kind == "status" else view.kind


async def test_a_flag_raises_its_message_and_the_views_that_show_it(world: World) -> None:
    await two_threads(world)
    view, _ = await world.open("anna")
    before, numbers = highest(world), [view.modseq(uid) for uid in (1, 2, 3)]
    await view.store([3], FlagMode.ADD, ["\\Flagged"])
    assert grown(world, before) == {"INBOX", "open", "unassigned"}
    assert [view.modseq(uid) for uid in (1, 2)] == numbers[:2]
    assert view.modseq(3) == view.highest_modseq == world.room.state.modseq > numbers[2]


async def test_a_status_raises_the_whole_conversation_with_one_number(world: World) -> None:
    await two_threads(world)
    view, _ = await world.open("anna")
    before, third = highest(world), view.modseq(3)
    await view.store([1], FlagMode.ADD, ["$status-hold"])
    assert view.modseq(1) == view.modseq(2) == view.highest_modseq > third == view.modseq(3)
    assert grown(world, before) == {"INBOX", "open", "hold", "unassigned"}


async def test_ones_own_seen_raises_it_for_that_person_alone(world: World) -> None:
    await two_threads(world)
    anna, _ = await world.open("anna")
    ben, _ = await world.open("ben")
    before = ben.modseq(1)
    async for _ in anna.fetch([1], [b"BODY.PEEK[]"], Reading.OPEN):
        pass
    assert anna.modseq(1) == anna.highest_modseq == ben.highest_modseq > before
    assert ben.modseq(1) == before
    await anna.store([1], FlagMode.REMOVE, ["\\Seen"])
    assert (anna.modseq(1), ben.modseq(1)) == (ben.highest_modseq, before)


@pytest.mark.parametrize(
    ("mode", "flags"),
    [
        (FlagMode.ADD, ["\\Flagged", "$status-open", "\\Seen"]),
        (FlagMode.REMOVE, ["\\Draft", "nothing", "$assignee-anna"]),
        (FlagMode.REPLACE, ["\\Seen", "\\Flagged", "$status-open"]),
    ],
)
async def test_what_changes_nothing_has_no_number(
    world: World, mode: FlagMode, flags: list[str]
) -> None:
    await two_threads(world)
    view, told = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["\\Flagged", "\\Seen"])
    told.told.clear()
    before = world.room.state.modseq
    stored = await view.store([1], mode, flags, unchanged_since=before)
    assert (stored.changed, stored.modified) == ((), ())
    assert (world.room.state.modseq, told.told) == (before, [])
    await view.refresh()
    await world.sync.list_anew()
    await world.synced()
    assert world.room.state.modseq == before


async def test_arrivals_and_departures_raise_the_view(world: World) -> None:
    await two_threads(world)
    view, _ = await world.open("anna")
    first = view.highest_modseq
    world.upstream.deliver(mail("m4@x"))
    await world.synced()
    assert view.modseq(4) == view.highest_modseq > first
    second = view.highest_modseq
    del world.upstream.folders["INBOX"].mails[1]
    await world.synced()
    assert view.highest_modseq > second
    assert view.vanished_since(second) == [(1, 1)]
    assert view.vanished_since(view.highest_modseq) == []


async def test_a_move_into_a_virtual_folder_and_where_it_came_from(world: World) -> None:
    await two_threads(world)
    view, _ = await world.open("anna")
    before = view.highest_modseq
    ((_, now),) = (await view.move([3], "Status/Done")).pairs
    assert view.vanished_since(before) == [(3, 3)]
    (again,) = [uid for uid in view.uids() if uid > 3]
    assert view.modseq(again) == view.highest_modseq > before
    done, _ = await world.open("anna", "Status/Done")
    assert done.modseq(now) == done.highest_modseq
    assert done.vanished_since(1) == []


async def test_a_restart_forgets_no_number(world: World) -> None:
    await two_threads(world)
    numbers = Numbers()
    numbers.look(world.room)
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["\\Seen", "$status-hold", "\\Flagged"])
    await view.move([3], "Archive")
    before = [(uid, view.marks(uid)) for uid in view.uids()]
    known = highest(world), world.room.state.modseq
    numbers.look(world.room)
    await world.restart()
    numbers.look(world.room)
    view, _ = await world.open("anna")
    assert [(uid, view.marks(uid)) for uid in view.uids()] == before
    assert (highest(world), world.room.state.modseq) == known


async def test_after_a_restart_everything_absent_counts_as_vanished(world: World) -> None:
    await two_threads(world)
    view, _ = await world.open("anna")
    before = view.highest_modseq
    await view.move([2], "Archive")
    await world.restart()
    view, _ = await world.open("anna")
    assert view.vanished_since(before) == [(2, 2)]
    assert view.vanished_since(1) == [(2, 2)]
    assert view.vanished_since(view.highest_modseq) == []


async def test_the_number_of_a_change_that_was_not_written_is_no_loss(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_threads(world)
    view, _ = await world.open("anna")
    before = world.room.state.modseq, highest(world)

    async def full(work: object) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(world.database, "write", full)
    with pytest.raises(StoreUnavailable):
        await view.store([1], FlagMode.ADD, ["$status-hold"])
    monkeypatch.undo()
    assert (world.room.state.modseq, highest(world)) == before
    await view.store([1], FlagMode.ADD, ["$status-hold"])
    assert view.modseq(1) == view.highest_modseq == before[0] + 1


async def test_a_status_that_is_no_more_raises_its_conversations(world: World) -> None:
    await two_threads(world)
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$status-hold"])
    before, third = view.modseq(1), view.modseq(3)
    words = tuple(word for word in world.shop.statuses.words if word.key != "hold")
    world.shop = replace(world.shop, statuses=replace(world.shop.statuses, words=words))
    await world.restart()
    view, _ = await world.open("anna")
    assert "$status-open" in view.facts(1).flags  # type: ignore[union-attr]
    assert view.modseq(1) == view.modseq(2) == view.highest_modseq > before
    assert view.modseq(3) == third


async def test_work_of_somebody_removed_while_the_mailbox_was_not_served(world: World) -> None:
    await two_threads(world)
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["$assignee-ben"])
    before, third = view.modseq(1), view.modseq(3)
    ben = world.team.by_login("ben")
    assert ben is not None
    await world.stop()
    await world.database.write(lambda tx: tx.accounts.remove(ben.id))
    world.team.members.remove(ben)
    await world.start()
    view, _ = await world.open("anna")
    assert "$assignee-ben" not in view.facts(1).flags  # type: ignore[union-attr]
    assert view.modseq(1) == view.modseq(2) > before
    assert view.modseq(3) == third


async def test_whose_seen_counts_was_changed_while_the_mailbox_was_not_served(
    world: World,
) -> None:
    await two_threads(world)
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, ["\\Seen"])
    before, second = view.modseq(1), view.modseq(2)
    await world.stop()
    world.mailbox = replace(world.mailbox, seen=SeenMode.SHARED)
    await world.database.write(lambda tx: tx.mailboxes.update(world.mailbox))
    await world.start()
    view, _ = await world.open("anna")
    assert "\\Seen" not in view.facts(1).flags  # type: ignore[union-attr]
    assert view.modseq(1) == view.highest_modseq > before
    assert view.modseq(2) == second


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is sent to the database, with how many rows."""
    sent: list[str] = []

    def note(*args: object) -> None:
        heard(str(args[2]), many=bool(args[5]))

    def heard(statement: str, *, many: bool) -> None:
        sent.append(f"{' '.join(statement.split()[:3])} {'many' if many else 'once'}")

    def run(self: Prepared, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            heard(self.text, many=len(rows) > 1)
        really(self, connection, rows)

    really = Prepared.run
    monkeypatch.setattr(Prepared, "run", run)
    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


def written(statements: list[str]) -> list[str]:
    """Without what the access log needs."""
    changes = ("INSERT INTO", "UPDATE", "DELETE")
    return [s for s in statements if s.startswith(changes) and " log " not in s]


async def test_one_store_costs_few_statements(world: World, statements: list[str]) -> None:
    for number in range(200):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    view, _ = await world.open("anna")
    everything = list(view.uids())
    statements.clear()
    await view.store(everything, FlagMode.ADD, ["\\Flagged"])
    begun = ["INSERT INTO begun once"]
    own = ["UPDATE messages SET many", "UPDATE views SET many"]
    assert written(statements) == [*begun, *own, "DELETE FROM begun once"]
    statements.clear()
    await view.store([1], FlagMode.ADD, ["\\Deleted"])
    own = ["UPDATE messages SET once", "UPDATE views SET many"]
    told = ["DELETE FROM departures once", "INSERT INTO departures once"]
    assert written(statements) == [*own, *told], "the provider hears nothing of it"
    statements.clear()
    await view.store(everything, FlagMode.ADD, ["\\Seen"])
    assert written(statements) == [
        "UPDATE views SET many", "DELETE FROM seen many", "INSERT INTO seen many"
    ]  # fmt: skip
    statements.clear()
    await view.store(everything, FlagMode.ADD, ["$status-hold"])
    assert written(statements) == [
        "UPDATE conversations SET many", "DELETE FROM view_messages many",
        "INSERT INTO view_messages many", "UPDATE views SET many",
    ]  # fmt: skip
