"""SORT and THREAD in real and virtual folders, over several folders of the provider."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.domain.bounded import Bounded
from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.ordering import Algorithm, SortBy, SortKey, ThreadNode
from proxyd.domain.search import All, HasFlag, Uids
from proxyd.service.mail import headers, ordering
from proxyd.service.mailbox.remembered import HEADERS_OCTETS
from tests.service.conftest import World, mail

OPEN = "Status/Open"


def dated(message_id: str, subject: str, day: int, answers: str = "") -> bytes:
    head = f"Date: Mon, {day:02d} Jun 2026 10:00:00 +0000\n".encode()
    return head + mail(message_id, subject=subject, answers=answers)


async def filled(world: World) -> None:
    """In INBOX Pear (UID 1), apple (2), Re: pear (3); in Archive Fig, which is older."""
    for raw in (dated("p@x", "Pear", 5), dated("a@x", "apple", 7), dated("r@x", "Re: pear", 6)):
        world.upstream.deliver(raw)
    world.upstream.deliver(dated("f@x", "Fig", 1), "Archive")
    await world.synced()


def by(*names: str) -> list[SortKey]:
    return [SortKey(SortBy(n.removeprefix("-")), reverse=n.startswith("-")) for n in names]


async def test_sorted_by_what_headers_say_and_ties_by_arrival(world: World) -> None:
    await filled(world)
    view, _ = await world.open("anna")
    assert await view.sort(All(), by("SUBJECT")) == [2, 1, 3]
    assert await view.sort(All(), by("-SUBJECT")) == [1, 3, 2]
    assert await view.sort(All(), by("SUBJECT", "-DATE")) == [2, 3, 1]
    assert await view.sort(All(), by("DATE")) == [1, 3, 2]
    assert await view.sort(All(), by("FROM", "TO", "CC", "DISPLAYFROM")) == [1, 2, 3]
    assert await view.sort(Uids(((2, 3),)), by("SUBJECT")) == [2, 3]
    assert await view.sort(HasFlag("\\Deleted"), by("SUBJECT")) == []


async def test_what_the_index_knows_is_not_asked_upstream(world: World) -> None:
    await filled(world)
    view, _ = await world.open("anna")
    world.upstream.calls.clear()
    await view.sort(All(), by("ARRIVAL", "-SIZE"))
    assert not world.upstream.calls


async def test_headers_are_asked_for_once(world: World) -> None:
    await filled(world)
    view, _ = await world.open("anna")
    world.upstream.calls.clear()
    await view.sort(All(), by("SUBJECT"))
    assert world.upstream.calls["fetch"] == 1
    await view.thread(All(), Algorithm.REFERENCES)
    other, _ = await world.open("ben")
    await other.sort(All(), by("DATE"))
    assert world.upstream.calls["fetch"] == 1


async def test_a_virtual_folder_over_several_folders(world: World) -> None:
    await filled(world)
    view, _ = await world.open("anna", OPEN)
    members = {view.facts(uid).size: uid for uid in view.uids()}  # type: ignore[union-attr]
    assert len(members) == len(view.uids()) == 4
    subjects = await view.sort(All(), by("SUBJECT", "DATE"))
    dates = await view.sort(All(), by("DATE"))
    assert sorted(subjects) == sorted(dates) == list(view.uids())
    fig, *_ = dates
    assert subjects.index(fig) == 1  # apple, Fig, Pear, Re: pear


async def test_threads(world: World) -> None:
    await filled(world)
    world.upstream.deliver(dated("b@x", "Re: something else", 9, answers="a@x"))
    await world.synced()
    view, _ = await world.open("anna")
    assert await view.thread(All(), Algorithm.REFERENCES) == [
        ThreadNode(1, (ThreadNode(3),)),
        ThreadNode(2, (ThreadNode(4),)),
    ]
    assert await view.thread(All(), Algorithm.ORDEREDSUBJECT) == [
        ThreadNode(1, (ThreadNode(3),)),
        ThreadNode(2),
        ThreadNode(4),
    ]
    assert await view.thread(Uids(((3, 4),)), Algorithm.REFERENCES) == [
        ThreadNode(3),
        ThreadNode(4),
    ]


async def test_bounded_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "BATCH", 2)
    await filled(world)
    view, _ = await world.open("anna")
    world.upstream.calls.clear()
    assert await view.sort(All(), by("SUBJECT")) == [2, 1, 3]
    assert world.upstream.calls["fetch"] == 2


async def test_a_mail_that_is_gone_upstream_still_has_its_place(world: World) -> None:
    await filled(world)
    view, _ = await world.open("anna")
    del world.upstream.folders["INBOX"].mails[2]
    assert sorted(await view.sort(All(), by("SUBJECT"))) == [1, 2, 3]
    assert await view.sort(All(), by("SUBJECT"))  # and is not remembered as one without a header


async def test_it_is_in_the_access_log_as_a_search(world: World) -> None:
    await filled(world)
    view, _ = await world.open("anna")
    await view.sort(All(), by("SUBJECT"))
    await view.thread(All(), Algorithm.REFERENCES)
    assert [r.record.outcome for r in await world.log(action="search")] == ["ok", "ok"]
    other, _ = await world.open("anna", OPEN)
    world.upstream.down = True
    with pytest.raises(UpstreamUnavailable):
        await other.sort(All(), by("SUBJECT"))
    last = (await world.log(action="search"))[-1].record
    assert (last.outcome, last.view, last.detail["sort"]) == ("failed", OPEN, ["SUBJECT"])


async def test_a_folder_that_was_renumbered_is_mapped_and_asked_again(world: World) -> None:
    await filled(world)
    view, _ = await world.open("anna")
    before = await view.thread(All(), Algorithm.REFERENCES)
    world.room.remembered.headers = Bounded(HEADERS_OCTETS)
    world.upstream.folders["INBOX"].uidvalidity = 99
    assert await view.thread(All(), Algorithm.REFERENCES) == before
    assert world.room.state.folder_named("INBOX").uidvalidity == 99


async def test_others_get_their_turn_between_rows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        world.upstream.deliver(dated(f"m{number}@x", f"s{number % 7}", 5))
    await world.synced()
    room = world.room
    view = next(v for v in room.state.views.values() if v.kind == "folder" and v.members)
    monkeypatch.setattr(ordering, "ROWS_AT_ONCE", 2)
    loop, turns = asyncio.get_running_loop(), [0]

    async def at_once(function: object, *arguments: object) -> list[int]:
        turns.append(turns[0])  # only the rows count, not the sorting
        return function(*arguments)  # type: ignore[operator, no-any-return]

    def turn() -> None:
        turns[0] += 1
        upcoming.append(loop.call_soon(turn))

    upcoming = [loop.call_soon(turn)]
    monkeypatch.setattr(asyncio, "to_thread", at_once)
    found = await ordering.sorted_uids(room, list(view.members.items()), by("ARRIVAL", "SIZE"))
    upcoming[-1].cancel()
    assert len(found) == 40
    assert turns[-1] >= 39  # two keys: a row at a time
