"""What upstream says nothing about: shown or done after a look, gone, or an error; never just OK.

Invariant of all: nobody gets another mail's octets, flags or fate.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.ports.upstream_rows import CopyMap, FlagRow
from proxyd.domain.search import Provider
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from proxyd.service.api.reading import Reading
from tests.service.conftest import Watcher, World, mail

BODY = [b"BODY.PEEK[]"]
ATTRIBUTES = (b"BODY.PEEK[]", b"BINARY.PEEK[1]", b"PREVIEW")


async def three(world: World) -> tuple[OpenView, Watcher]:
    for name in ("a@x", "b@x", "c@x"):
        world.upstream.deliver(mail(name))
    await world.synced()
    return await world.open("anna")


def shift(world: World) -> None:
    """The folder as after a restore: the first mail is lost, each other has the UID before it."""
    box = world.upstream.folders["INBOX"]
    box.uidvalidity += 1
    box.mails = dict(enumerate(list(box.mails.values())[1:], 1))
    box.uidnext = len(box.mails) + 1


async def fetched(view: OpenView, *attributes: bytes, uids: tuple[int, ...]) -> dict[int, bytes]:
    batches = view.fetch(uids, attributes, Reading.COPY)
    rows = [row async for batch in batches for row in batch]
    return {
        row.uid: b"".join(v for v in row.values.values() if isinstance(v, bytes)) for row in rows
    }


async def caught(world: World, work: Awaitable[object], call: str, meanwhile: object) -> object:
    """``meanwhile`` is done when upstream has the answer, and we don't have it yet."""
    answers = getattr(world.upstream, call)

    async def slow(*args: object, **options: object) -> object:
        answer = await answers(*args, **options)
        if not done.done():
            done.set_result(None)
            setattr(world.upstream, call, answers)
            await meanwhile()  # type: ignore[operator]
        return answer

    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    setattr(world.upstream, call, slow)
    return await work


async def mapped(world: World) -> None:
    shift(world)
    await world.synced()


@pytest.mark.parametrize("attribute", ATTRIBUTES)
async def test_each_mail_its_own_octets_when_mapped_anew_meanwhile(
    world: World, attribute: bytes
) -> None:
    view, _ = await three(world)
    work = fetched(view, attribute, uids=(2, 3))
    rows = await caught(world, work, "fetch", lambda: mapped(world))
    assert isinstance(rows, dict)
    assert b"Text of b@x" in rows[2]
    assert b"Text of c@x" in rows[3]
    # And what is remembered of it is of the right mail.
    again = await fetched(view, attribute, uids=(2, 3))
    assert b"Text of b@x" in again[2]
    assert b"Text of c@x" in again[3]


async def test_what_is_lost_in_between_is_never_another_mail(world: World) -> None:
    view, told = await three(world)
    shift(world)
    rows = await fetched(view, *BODY, uids=(1, 2, 3))
    assert {uid: b"Text of " + name in rows[uid] for uid, name in ((2, b"b@x"), (3, b"c@x"))} == {
        2: True,
        3: True,
    }
    assert 1 not in rows
    assert ("gone", [1]) in told.told


async def test_a_mail_taken_away_without_us_leaves_the_view_with_the_answer(world: World) -> None:
    view, told = await three(world)
    del world.upstream.folders["INBOX"].mails[2]
    assert set(await fetched(view, *BODY, uids=(1, 2))) == {1}
    assert told.told == [("gone", [2])]


async def test_what_is_there_and_not_shown_is_unavailable(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, _ = await three(world)

    async def nothing(*args: object, octets: int) -> list[object]:
        del octets
        return []

    monkeypatch.setattr(world.upstream, "fetch", nothing)
    with pytest.raises(UpstreamUnavailable):
        await fetched(view, *BODY, uids=(1,))
    last = (await world.log(action="copy"))[-1].record
    assert last.outcome == "failed"


async def test_many_surprised_at_once_look_once(world: World) -> None:
    view, _ = await three(world)
    shift(world)
    before = world.upstream.calls["scan_flags"]
    await asyncio.gather(*(fetched(view, *BODY, uids=(2,)) for _ in range(20)))
    # Mapping and reading what is new, for all twenty together.
    assert world.upstream.calls["scan_flags"] - before <= 3


async def test_a_search_that_a_mapping_overtakes_is_made_again(world: World) -> None:
    view, _ = await three(world)
    work = view.search(Provider(b'TEXT "Text of c@x"'))
    assert await caught(world, work, "search", lambda: mapped(world)) == [3]


async def test_stored_flags_are_not_another_mails(world: World) -> None:
    view, _ = await three(world)
    work = view.store([2], FlagMode.ADD, ["\\Flagged"])
    await caught(world, work, "store_flags", lambda: mapped(world))
    flags = {uid: view.facts(uid).flags for uid in (2, 3)}  # type: ignore[union-attr]
    assert "\\Flagged" in flags[2]
    assert "\\Flagged" not in flags[3]


async def test_a_store_on_what_is_gone_says_so(world: World) -> None:
    view, told = await three(world)
    del world.upstream.folders["INBOX"].mails[2]
    stored = await view.store([1, 2], FlagMode.ADD, ["\\Flagged"])
    assert stored.gone == (2,)
    assert ("gone", [2]) in told.told


async def test_a_store_that_upstream_says_nothing_of_is_unavailable(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, _ = await three(world)

    async def nothing(*args: object) -> list[FlagRow]:
        return []

    monkeypatch.setattr(world.upstream, "store_flags", nothing)
    with pytest.raises(UpstreamUnavailable):
        await view.store([1], FlagMode.ADD, ["\\Flagged"])


@pytest.mark.parametrize("moving", [True, False])
async def test_what_is_gone_is_neither_copied_nor_recorded_as_done(
    world: World, *, moving: bool
) -> None:
    view, _ = await three(world)
    del world.upstream.folders["INBOX"].mails[2]
    result = await (view.move if moving else view.copy)([1, 2], "Archive")
    assert [source for source, _ in result.pairs] == [1]
    assert result.gone == (2,)
    assert 2 not in view.uids()
    outcomes = {
        (r.record.message_id, r.record.outcome)
        for r in await world.log(action="move" if moving else "copy-to")
    }
    assert outcomes == {("a@x", "ok"), ("b@x", "failed")}


async def test_a_folder_numbered_anew_is_not_changed_and_the_next_try_succeeds(
    world: World,
) -> None:
    view, _ = await three(world)
    view.facts(1)
    await view.store([1, 2, 3], FlagMode.ADD, ["\\Deleted"])
    changes: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: view.store([3], FlagMode.ADD, ["\\Flagged"]),
        lambda: view.copy([3], "Archive"),
        lambda: view.move([3], "Archive"),
        lambda: view.expunge([3]),
    )
    for change in changes:
        world.upstream.folders["INBOX"].uidvalidity += 1
        with pytest.raises(UpstreamUnavailable):
            await change()
        assert len(world.upstream.folders["INBOX"].mails) == 3
        assert world.upstream.folders["Archive"].mails == {}
    result = await view.move([3], "Archive")
    assert len(result.pairs) == 1
    assert b"Text of c@x" in next(iter(world.upstream.folders["Archive"].mails.values())).raw


@pytest.mark.parametrize("what", ["move", "expunge"])
async def test_no_other_mail_goes_when_mapped_anew_before_upstream_is_asked(
    world: World, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The record is written first, and that takes a while."""
    view, _ = await three(world)
    await view.store([1], FlagMode.ADD, ["\\Deleted"])
    asking = world.room.begun.asking

    def slow(*what: object) -> object:
        @contextlib.asynccontextmanager
        async def wrapped() -> AsyncIterator[object]:
            async with asking(*what) as finish:  # type: ignore[arg-type]
                await mapped(world)
                yield finish

        return wrapped()

    monkeypatch.setattr(world.room.begun, "asking", slow)
    with pytest.raises(UpstreamUnavailable):
        await (view.move([1], "Archive") if what == "move" else view.expunge([1]))
    left = [one.raw for one in world.upstream.folders["INBOX"].mails.values()]
    assert [b"Text of b@x" in left[0], b"Text of c@x" in left[1]] == [True, True]


async def test_without_copyuid_nothing_is_taken_for_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, _ = await three(world)
    copy = world.upstream.copy

    async def silent(*args: object) -> CopyMap | None:
        await copy(*args)  # type: ignore[arg-type]
        return None

    monkeypatch.setattr(world.upstream, "copy", silent)
    result = await view.copy([1, 2], "Archive")
    assert result.gone == ()
    assert len(result.pairs) == 2
