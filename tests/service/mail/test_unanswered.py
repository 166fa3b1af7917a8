"""A COPY, MOVE or APPEND of which nobody heard the end: asked for again it is done once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.errors import UpstreamRefused, UpstreamUnavailable
from proxyd.service.api.changing import FlagMode
from proxyd.service.mailbox.doubts import MOST, REMEMBERED_US, Command, Doubt, Doubts
from proxyd.service.mailbox.model import Folder
from proxyd.store.database import Database
from tests.service.conftest import Watcher, World, mail
from tests.service.mail.test_expunging import DELETED, inbox, there
from tests.service.mail.test_told_done import after, cut, new, outcomes

BREAKS = pytest.raises(UpstreamUnavailable)


async def repeated(world: World, action: str) -> list[bool]:
    entries = await world.log(action=action)
    return ["repeated" in e.record.detail for e in entries if e.record.outcome == "ok"]


def broken_before(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The next call breaks before it is done."""
    call = getattr(world.upstream, name)

    async def broken(*_: object, **__: object) -> object:
        monkeypatch.setattr(world.upstream, name, call)
        raise UpstreamUnavailable("the line is cut")

    monkeypatch.setattr(world.upstream, name, broken)


# ---------------------------------------------------------------- the line to the provider


@pytest.mark.parametrize("name", ["copy", "move"])
async def test_done_although_the_line_broke_is_done(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    view, _ = await inbox(world, 3)
    after(world, monkeypatch, name, cut)
    result = await getattr(view, name)([1, 2], "Archive")
    assert result.pairs == ((1, 1), (2, 2))
    assert there(world, "Archive") == ["m1@x", "m2@x"]
    assert there(world, "INBOX") == (["m3@x"] if name == "move" else ["m1@x", "m2@x", "m3@x"])
    assert await outcomes(world, "copy-to" if name == "copy" else "move") == {"ok"}


@pytest.mark.parametrize("name", ["copy", "move"])
async def test_another_mail_of_the_same_name_and_size_is_not_taken_for_the_copy(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Else the only copy of what was to be moved is removed."""
    view, _ = await inbox(world, 1)
    other = mail("m1@x").replace(b"Text of", b"Else of")

    async def meanwhile(*_: object) -> object:
        world.upstream.deliver(other, "Archive")
        raise UpstreamUnavailable("the line is cut")

    call = getattr(world.upstream, name)
    monkeypatch.setattr(world.upstream, name, meanwhile)
    with BREAKS:
        await getattr(view, name)([1], "Archive")
    assert there(world, "INBOX") == ["m1@x"]
    monkeypatch.setattr(world.upstream, name, call)
    await getattr(view, name)([1], "Archive")
    assert there(world, "Archive") == ["m1@x", "m1@x"]
    octets = [each.raw for each in world.upstream.folders["Archive"].mails.values()]
    assert any(b"Text of" in raw for raw in octets)


async def test_a_move_that_broke_between_its_steps_is_brought_to_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider without MOVE: copied, and not removed."""
    view, _ = await inbox(world, 2)

    async def half(*args: object) -> object:
        await world.upstream.copy(*args)  # type: ignore[arg-type]
        raise UpstreamUnavailable("the line is cut")

    monkeypatch.setattr(world.upstream, "move", half)
    result = await view.move([1], "Archive")
    assert result.pairs == ((1, 1),)
    assert (there(world, "INBOX"), there(world, "Archive")) == (["m2@x"], ["m1@x"])
    assert list(view.uids()) == [2]


@pytest.mark.parametrize("killed", [False, True])
async def test_a_move_whose_last_step_is_refused_makes_one_copy_however_often_it_is_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch, *, killed: bool
) -> None:
    """A provider without MOVE that lets nobody remove from there: refused with its sentence."""
    view, _ = await inbox(world, 2)

    async def half(folder: str, uidvalidity: int, uids: list[int], target: str) -> object:
        await world.upstream.copy(folder, uidvalidity, uids, target)
        raise UpstreamUnavailable("copied, and not removed")

    async def refused(*_: object) -> None:
        raise UpstreamRefused("you may not delete here", "NOPERM")

    removes = world.upstream.expunge
    monkeypatch.setattr(world.upstream, "move", half)
    monkeypatch.setattr(world.upstream, "expunge", refused)
    for _ in range(3):
        with pytest.raises(UpstreamRefused, match="may not delete"):
            await view.move([1], "Archive")
        assert (there(world, "INBOX"), there(world, "Archive")) == (["m1@x", "m2@x"], ["m1@x"])
        if killed:
            await world.restart()
            person = await world.enter("anna")
            view = await person.open("INBOX", read_only=False, observer=Watcher())
    monkeypatch.setattr(world.upstream, "expunge", removes)
    await view.move([1], "Archive")
    assert (there(world, "INBOX"), there(world, "Archive")) == (["m2@x"], ["m1@x"])


async def test_deleted_although_the_line_broke_it_lies_in_trash_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, _ = await inbox(world, 2)
    after(world, monkeypatch, "move", cut)
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert (there(world, "INBOX"), there(world, "Trash")) == (["m2@x"], ["m1@x"])


async def test_what_is_done_in_part_is_taken_in_and_the_rest_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, _ = await inbox(world, 3)
    call = world.upstream.copy

    async def first_only(folder: str, uidvalidity: int, uids: list[int], target: str) -> object:
        await call(folder, uidvalidity, uids[:1], target)
        raise UpstreamUnavailable("the line is cut")

    monkeypatch.setattr(world.upstream, "copy", first_only)
    with BREAKS:
        await view.copy([1, 2], "Archive")
    monkeypatch.setattr(world.upstream, "copy", call)
    await view.copy([1, 2], "Archive")
    assert there(world, "Archive") == ["m1@x", "m2@x"], "asked for again as a whole"


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("name", ["copy", "move"])
async def test_refused_it_is_asked_for_again_and_done_once(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, *, late: bool
) -> None:
    view, _ = await inbox(world, 2)
    broken_before(world, monkeypatch, name)
    with BREAKS:
        await getattr(view, name)([1], "Archive")
    if late:  # the provider had all of it when the line broke
        await world.upstream.copy("INBOX", 1, [1], "Archive")
    result = await getattr(view, name)([1], "Archive")
    assert result.pairs == ((1, 1),)
    assert there(world, "Archive") == ["m1@x"]
    assert there(world, "INBOX") == (["m2@x"] if name == "move" else ["m1@x", "m2@x"])
    assert await repeated(world, "copy-to" if name == "copy" else "move") == [late]


async def test_somebody_elses_copy_is_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, _ = await inbox(world, 1)
    broken_before(world, monkeypatch, "copy")
    with BREAKS:
        await view.copy([1], "Archive")
    ben, _ = await world.open("ben")
    await ben.copy([1], "Archive")
    assert there(world, "Archive") == ["m1@x"]
    mara, _ = await world.open("mara")
    await mara.copy([1], "Archive")
    assert there(world, "Archive") == ["m1@x", "m1@x"]


@pytest.mark.parametrize("late", ["late", "never", "another"])
async def test_appended_late_it_is_stored_once(
    world: World, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    await world.synced()
    anna = await world.enter("anna")
    broken_before(world, monkeypatch, "append")
    with BREAKS:
        await anna.append("Archive", [new("a@x")])
    if late != "never":
        body = b"another\n" if late == "another" else b""
        raw = mail("a@x")
        world.upstream.deliver(raw[: len(raw) - len(body)] + body, "Archive")
    result = await anna.append("Archive", [new("a@x", "$status-done")])
    assert result.uids == ((2,) if late == "another" else (1,))
    assert len(there(world, "Archive")) == (2 if late == "another" else 1)
    view, _ = await world.open("anna", "Archive")
    assert "$status-done" in view.facts(result.uids[0]).flags  # type: ignore[union-attr]


async def test_while_nobody_can_look_nothing_is_done_and_the_doubt_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, _ = await inbox(world, 1)
    broken_before(world, monkeypatch, "copy")
    with BREAKS:
        await view.copy([1], "Archive")
    await world.upstream.copy("INBOX", 1, [1], "Archive")
    world.upstream.down = True
    with BREAKS:
        await view.copy([1], "Archive")
    world.upstream.down = False
    await view.copy([1], "Archive")
    assert there(world, "Archive") == ["m1@x"]


# ---------------------------------------------------------------- the client's own line


@pytest.mark.parametrize("goes_on", [True, False])
async def test_who_hangs_up_before_the_answer_appends_again(world: World, *, goes_on: bool) -> None:
    anna = await world.enter("anna")
    await anna.append("Archive", [new("a@x")])
    if goes_on:
        anna.heard()
    await anna.close()
    again = await world.enter("anna")
    result = await again.append("Archive", [new("a@x")])
    assert result.uids == ((2,) if goes_on else (1,))
    again.heard()
    await again.append("Archive", [new("a@x")])
    assert len(there(world, "Archive")) == (3 if goes_on else 2), "another one, on purpose"


@pytest.mark.parametrize("goes_on", [True, False])
async def test_who_hangs_up_before_the_answer_copies_again(world: World, *, goes_on: bool) -> None:
    await inbox(world, 1)
    anna = await world.enter("anna")
    view = await anna.open("INBOX", read_only=False, observer=Watcher())
    await view.copy([1], "Archive")
    if goes_on:
        anna.heard()
    await anna.close()
    view, _ = await world.open("anna")
    result = await view.copy([1], "Archive")
    assert result.pairs == ((1, 2 if goes_on else 1),)
    assert len(there(world, "Archive")) == (2 if goes_on else 1)
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert (there(world, "INBOX"), there(world, "Trash")) == ([], [])


@pytest.mark.parametrize("times", [1, 2])
async def test_however_often_the_answer_is_lost_it_is_done_once(world: World, times: int) -> None:
    view, _ = await inbox(world, 1)
    for _ in range(1 + times):
        anna = await world.enter("anna")
        appended = await anna.append("Archive", [new("a@x")])
        view = await anna.open("INBOX", read_only=False, observer=Watcher())
        copied = await view.copy([1], "Archive")
        await anna.close()
    assert (appended.uids, copied.pairs) == ((1,), ((1, 2),))
    assert there(world, "Archive") == ["a@x", "m1@x"]


# ---------------------------------------------------------------- how long


async def test_doubts_are_bounded_and_one_answers_one_command(database: Database) -> None:
    now = [0]
    doubts = Doubts(1, database, lambda: now[0])
    folder = Folder(1, "Archive", "/", frozenset())
    all_ = [Doubt(1, folder, ("a@x", size)) for size in range(MOST + 1)]  # type: ignore[arg-type]
    command = Command(1, folder, [])
    doubts.note(command, all_, 7)
    doubts.note(command, all_[-1:], 9)
    assert doubts.take(all_[0]) is None
    assert [doubts.take(all_[-1]), doubts.take(all_[-1])] == [7, None]
    now[0] = REMEMBERED_US + 1
    assert doubts.take(all_[5]) is None


# ---------------------------------------------------------------- what is no copy


async def test_in_its_own_folder_a_mail_is_not_its_own_copy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, _ = await inbox(world, 1)
    broken_before(world, monkeypatch, "copy")
    with BREAKS:
        await view.copy([1], "INBOX")
    for doubt in list(world.room.doubts._noted):  # its numbers may begin anew
        world.room.doubts._noted[doubt] = replace(world.room.doubts._noted[doubt], since=1)
    result = await view.copy([1], "INBOX")
    assert len(result.pairs) == 1
    assert there(world, "INBOX") == ["m1@x", "m1@x"]


@pytest.mark.parametrize("when", ["while it is looked for", "before", "never"])
@pytest.mark.parametrize("name", ["copy", "move"])
async def test_under_another_uidvalidity_what_was_there_before_is_no_copy(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, when: str
) -> None:
    view, _ = await inbox(world, 1)
    for number in range(3):
        world.upstream.deliver(mail(f"a{number}@x"), "Archive")
    world.upstream.deliver(mail("m1@x"), "Archive")
    await world.synced()
    broken_before(world, monkeypatch, name)
    with BREAKS:
        await getattr(view, name)([1], "Archive")
    if when != "never":
        renumber(world, "Archive")
    if when == "before":
        await world.synced()
    await getattr(view, name)([1], "Archive")
    assert there(world, "Archive").count("m1@x") == 2
    assert there(world, "INBOX") == ([] if name == "move" else ["m1@x"])


def renumber(world: World, folder: str) -> None:
    """Greater UIDs than before: what was there looks new."""
    box = world.upstream.folders[folder]
    box.uidvalidity += 1
    box.mails = {uid + 100: each for uid, each in box.mails.items()}
    box.uidnext += 100
