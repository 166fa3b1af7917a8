"""A COPY, MOVE or APPEND that the provider has carried out and the client never heard of, because
proxyd was killed: asked for again it is done once.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from proxyd.domain.errors import StoreUnavailable, UpstreamRefused
from proxyd.service.api.appending import NewMessage
from proxyd.service.mail.personal_mail import PersonalMail
from proxyd.service.mailbox.doubts import REMEMBERED_US
from tests.service.conftest import Watcher, World
from tests.service.mail.test_expunging import inbox, there
from tests.service.mail.test_told_done import after, new, refusing
from tests.service.mail.test_unanswered import repeated

ACTIONS = ("copy", "move", "append", "several")
RECORDED = {"copy": "copy-to", "move": "move", "append": "append", "several": "append"}


class Killed(BaseException):
    """No code of the process runs any more."""


def killed() -> None:
    raise Killed


async def ask(person: PersonalMail, action: str) -> Sequence[int]:
    """The UIDs that it was told."""
    mails: dict[str, list[NewMessage]] = {
        "append": [new("a@x")],
        "several": [new("a@x"), new("b@x")],
    }
    if action in mails:
        return (await person.append("Archive", mails[action])).uids
    view = await person.open("INBOX", read_only=False, observer=Watcher())
    uids = [1] if 1 in view.uids() else []
    result = await (view.copy if action == "copy" else view.move)(uids, "Archive")
    return [now for _, now in result.pairs]


def left(action: str) -> list[str]:
    return {"append": ["a@x"], "several": ["a@x", "b@x"]}.get(action, ["m1@x"])


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("moment", ["done", "committed"])
async def test_what_was_done_when_we_died_is_done_once(
    world: World, monkeypatch: pytest.MonkeyPatch, action: str, moment: str
) -> None:
    await inbox(world, 2)
    world.upstream.words |= {"MULTIAPPEND"}
    call = {"several": "append_all"}.get(action, action)
    anna = await world.enter("anna")
    if moment == "done":
        after(world, monkeypatch, call, killed)
        with pytest.raises(Killed):
            await ask(anna, action)
        monkeypatch.undo()
    else:
        await ask(anna, action)
    await world.restart()
    again = await world.enter("anna")
    uids = await ask(again, action)
    assert there(world, "Archive") == left(action)
    assert there(world, "INBOX") == (["m2@x"] if action == "move" else ["m1@x", "m2@x"])
    if action != "move":
        assert len(uids) == len(left(action)), "a believable answer"
        assert any(await repeated(world, RECORDED[action]))
        again.heard()
        await world.restart()  # what was answered is no doubt any more
        await ask(await world.enter("anna"), action)
        assert there(world, "Archive") == left(action) * 2, "another one, on purpose"


@pytest.mark.parametrize("reads", [False, True])
async def test_also_into_a_folder_that_nobody_has_read_yet(
    world: World, monkeypatch: pytest.MonkeyPatch, *, reads: bool
) -> None:
    """``reads``: it is read while the command is under way, or before the next start."""
    await inbox(world, 2)
    await world.upstream.create("Fresh")
    await world.sync.list_anew()
    folder = world.room.state.folder_named("Fresh")
    assert folder is not None and not folder.uidvalidity
    after(world, monkeypatch, "copy", killed)
    view = await (await world.enter("anna")).open("INBOX", read_only=False, observer=Watcher())
    with pytest.raises(Killed):
        await view.copy([1], "Fresh")
    monkeypatch.undo()
    if reads:
        await world.sync.sync_folder(folder)
    await world.restart()
    view = await (await world.enter("anna")).open("INBOX", read_only=False, observer=Watcher())
    result = await view.copy([1], "Fresh")
    assert there(world, "Fresh") == ["m1@x"]
    assert [source for source, _ in result.pairs] == [1]


@pytest.mark.parametrize("action", ACTIONS)
async def test_what_was_done_and_could_not_be_recorded_is_done_once(
    world: World, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    """A full disk between the question and the commit; whoever hears NO asks again."""
    await inbox(world, 2)
    world.upstream.words |= {"MULTIAPPEND"}
    write = world.database.write

    async def full(work: object) -> object:
        raise StoreUnavailable("the disk is full")

    def fills() -> None:
        monkeypatch.setattr(world.database, "write", full)

    after(world, monkeypatch, {"several": "append_all"}.get(action, action), fills)
    anna = await world.enter("anna")
    with pytest.raises(StoreUnavailable):
        await ask(anna, action)
    monkeypatch.undo()
    assert world.database.write == write
    await ask(anna, action)
    assert there(world, "Archive") == left(action)
    assert there(world, "INBOX") == (["m2@x"] if action == "move" else ["m1@x", "m2@x"])


@pytest.mark.parametrize("ends", ["heard", "late", "numbered anew"])
async def test_what_is_no_doubt_any_more_is_none_after_a_restart(world: World, ends: str) -> None:
    await inbox(world, 2)
    anna = await world.enter("anna")
    await ask(anna, "copy")
    if ends == "heard":
        anna.heard()
    elif ends == "late":
        world.clock.advance(us=REMEMBERED_US + 1)
    else:
        world.upstream.folders["Archive"].uidvalidity += 1
        await world.synced()
    await world.restart()
    await ask(await world.enter("anna"), "copy")
    assert there(world, "Archive") == ["m1@x", "m1@x"]


async def test_what_the_provider_refuses_is_no_doubt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await inbox(world, 2)
    anna = await world.enter("anna")
    refusing(world, monkeypatch, "copy")
    with pytest.raises(UpstreamRefused):
        await ask(anna, "copy")
    await world.room.close()
    assert await rows(world) == 0


async def test_a_command_that_ends_well_leaves_no_row(world: World) -> None:
    await inbox(world, 2)
    anna = await world.enter("anna")
    for action in ("append", "copy", "move"):
        await ask(anna, action)
        anna.heard()
    await world.room.close()
    assert await rows(world) == 0


async def test_rows_go_with_the_time(world: World) -> None:
    await inbox(world, 2)
    for _ in range(2):
        await ask(await world.enter("anna"), "append")
    assert await rows(world) == 2
    world.clock.advance(us=REMEMBERED_US + 1)
    await ask(await world.enter("anna"), "append")
    assert await rows(world) == 1


async def rows(world: World) -> int:
    return len(await world.database.read(lambda tx: tx.doubts.all(world.mailbox.id)))
