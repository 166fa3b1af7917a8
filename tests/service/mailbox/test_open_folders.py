"""What somebody has open is looked at soon, within what that may cost the provider."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.domain.ports.upstream_rows import FolderStatus
from proxyd.service.mailbox import open_folders
from proxyd.service.mailbox.model import Folder
from proxyd.service.mailbox.open_folders import LOOK_S, RETRY_MOST_S, OpenFolders
from tests.service.conftest import World, mail


def looking(
    world: World, *, listens: bool = True, sleep: Callable[[float], object] | None = None
) -> OpenFolders:
    async def look(folder: Folder, status: FolderStatus) -> None:
        await world.sync.sync_folder(folder)

    async def slept(seconds: float) -> None:
        assert sleep is not None
        sleep(seconds)
        await asyncio.sleep(0)

    return OpenFolders(world.room, look, lambda: listens, sleep=slept)


def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    status, found = world.upstream.status, list[Sequence[str]]()

    async def noted(folders: Sequence[str], *more: object) -> object:
        found.append(tuple(folders))
        return await status(folders, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(world.upstream, "status", noted)
    return found


async def test_a_change_in_an_open_folder_is_seen_with_the_next_look(world: World) -> None:
    view, _ = await world.open("anna", "Archive")
    world.upstream.deliver(mail("a@x"), "Archive")
    assert list(view.uids()) == []
    await looking(world).once()
    assert list(view.uids()) == [1]
    world.upstream.folders["Archive"].mails.clear()
    await looking(world).once()
    assert list(view.uids()) == []


async def test_nothing_is_asked_of_what_nobody_has_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.open("anna", "INBOX")
    view, _ = await world.open("anna", "Archive")
    view.close()
    calls = asked(world, monkeypatch)
    await looking(world).once()
    assert calls == []


async def test_inbox_is_asked_where_nobody_listens(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.open("anna", "INBOX")
    calls = asked(world, monkeypatch)
    await looking(world, listens=False).once()
    assert calls == [("INBOX",)]


async def test_in_a_virtual_folder_the_folders_of_its_mails_are_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.upstream.create("Work")
    await world.sync.list_anew()
    for name in ("INBOX", "Work"):
        world.upstream.deliver(mail(f"{name}@x"), name)
    await world.synced()
    name = next(v.name for v in (await world.enter("anna")).views() if v.name.endswith("/Open"))
    view, _ = await world.open("anna", name)
    assert len(view.uids()) == 2
    calls = asked(world, monkeypatch)
    world.upstream.folders["Work"].mails.clear()
    await looking(world).once()
    assert calls[0] == ("Work",)
    assert len(view.uids()) == 1


async def test_of_many_each_has_its_turn_in_one_trip_a_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_folders, "MOST", 2)
    names = ["Archive", "Junk", "Sent", "Trash", "Drafts"]
    await world.synced()
    for name in names:
        await world.open("anna", name)
    calls = asked(world, monkeypatch)
    one = looking(world)
    for _ in range(3):
        await one.once()
    assert [len(call) for call in calls] == [2, 2, 2]
    assert {name for call in calls for name in call} == set(names)


async def test_without_mod_sequences_no_flags_are_compared_for_it(world: World) -> None:
    await world.open("anna", "Archive")
    await world.synced()
    scans = world.upstream.calls["scan_flags"]
    for _ in range(3):
        await looking(world).once()
    assert world.upstream.calls["scan_flags"] == scans


async def test_a_provider_in_trouble_is_asked_ever_less_often(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.open("anna", "Archive")
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 12:
            raise asyncio.CancelledError

    async def down(*args: object) -> None:
        raise UpstreamUnavailable("the line is cut")

    monkeypatch.setattr(world.upstream, "status", down)
    with pytest.raises(asyncio.CancelledError):
        await looking(world, sleep=sleep).run()
    assert slept[:4] == [LOOK_S, 2 * LOOK_S, 4 * LOOK_S, 8 * LOOK_S]
    assert slept[-1] == RETRY_MOST_S


async def test_nobody_asks_while_the_line_is_down(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.open("anna", "Archive")
    world.sync._set_line(up=False, reason="the line is cut")
    calls = asked(world, monkeypatch)
    await looking(world).once()
    assert calls == []
