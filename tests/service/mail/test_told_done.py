"""Nobody hears NO of what the provider has done: a client would do it a second time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from proxyd.domain.errors import UpstreamError, UpstreamRefused, UpstreamUnavailable
from proxyd.domain.types import BytesBlob
from proxyd.service.api.appending import NewMessage
from tests.service.conftest import World, mail

Call = Callable[..., Awaitable[Any]]


def new(message_id: str, *flags: str) -> NewMessage:
    return NewMessage(flags, None, BytesBlob(mail(message_id).replace(b"\n", b"\r\n")))


def after(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    then: Callable[[], object],
    told: Callable[[Any], Any] = lambda told: told,
) -> None:
    """The provider does it; ``then`` happens at once; ``told`` makes its answer."""
    call: Call = getattr(world.upstream, name)

    async def done(*args: object, **options: object) -> object:
        answer = await call(*args, **options)
        then()
        return told(answer)

    monkeypatch.setattr(world.upstream, name, done)


def cut() -> None:
    raise UpstreamUnavailable("the line is cut")


def refusing(world: World, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    async def refused(*args: object, **options: object) -> object:
        raise UpstreamRefused("not now", "UNAVAILABLE")

    for name in names:
        monkeypatch.setattr(world.upstream, name, refused)


def there(world: World, folder: str = "Archive") -> int:
    return len(world.upstream.folders[folder].mails)


async def outcomes(world: World, action: str) -> set[str]:
    return {entry.record.outcome for entry in await world.log(action=action)}


# ---------------------------------------------------------------- APPEND


async def test_a_mail_that_somebody_takes_away_at_once_was_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = world.upstream.folders["Archive"]
    after(world, monkeypatch, "append", box.mails.clear)
    anna = await world.enter("anna")
    assert (await anna.append("Archive", [new("a@x")])).uids == ()
    assert await outcomes(world, "append") == {"ok"}


@pytest.mark.parametrize("uidplus", [True, False])
async def test_a_folder_that_is_numbered_anew_has_it_and_nobody_elses_mail_is_meant(
    world: World, monkeypatch: pytest.MonkeyPatch, *, uidplus: bool
) -> None:
    """UID 2 was another one's before, and is the new one's afterwards."""
    box = world.upstream.folders["Archive"]
    for name in ("old@x", "older@x"):
        world.upstream.deliver(mail(name), "Archive")
    del box.mails[1]
    await world.synced()

    def renumbered() -> None:
        box.uidvalidity += 100
        box.mails = dict(enumerate(reversed(box.mails.values()), 2))
        box.uidnext = 4

    def told(place: tuple[int, int]) -> tuple[int, int] | None:
        return (box.uidvalidity, 2) if uidplus else None

    after(world, monkeypatch, "append", renumbered, told)
    anna = await world.enter("anna")
    view, _ = await world.open("anna", "Archive")
    result = await anna.append("Archive", [new("a@x", "\\Seen")])
    await world.synced()
    assert there(world) == 2
    seen = [uid for uid in view.uids() if "\\Seen" in view.facts(uid).flags]  # type: ignore[union-attr]
    assert seen == [2]  # in the view, where UIDs stay
    assert result.uids == ((2,) if uidplus else ())
    assert await outcomes(world, "append") == {"ok"}


@pytest.mark.parametrize("count", [1, 2])
async def test_a_line_that_breaks_behind_the_mail_is_looked_into(
    world: World, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    world.upstream.words |= {"MULTIAPPEND"}
    for name in ("append", "append_all"):
        after(world, monkeypatch, name, cut)
    anna = await world.enter("anna")
    result = await anna.append("Archive", [new(f"{number}@x") for number in range(count)])
    assert result.uids == tuple(range(1, count + 1))
    assert there(world) == count


@pytest.mark.parametrize("other", ["none", "like it", "before"])
async def test_a_line_that_breaks_before_it_is_no_success(
    world: World, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    if other == "before":
        world.upstream.deliver(mail("a@x"), "Archive")
        await world.synced()

    async def broken(*args: object, **options: object) -> object:
        if other == "like it":
            world.upstream.deliver(mail("a@x") + b"and more", "Archive")
        raise UpstreamUnavailable("the line is cut")

    monkeypatch.setattr(world.upstream, "append", broken)
    anna = await world.enter("anna")
    with pytest.raises(UpstreamUnavailable):
        await anna.append("Archive", [new("a@x")])
    assert await outcomes(world, "append") == {"failed"}


@pytest.mark.parametrize("uidplus", [True, False])
@pytest.mark.parametrize("broken", ["status", "scan_headers"])
async def test_a_look_behind_it_that_fails_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str, *, uidplus: bool
) -> None:
    await world.synced()
    after(
        world,
        monkeypatch,
        "append",
        lambda: refusing(world, monkeypatch, broken),
        lambda told: told if uidplus else None,
    )
    anna = await world.enter("anna")
    result = await anna.append("Archive", [new("a@x")])
    assert result.uids == (() if not uidplus or broken == "scan_headers" else (1,))
    assert await outcomes(world, "append") == {"ok"}


async def test_without_an_id_it_is_told_by_nothing_but_its_size(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And another mail that came in the same instant is not taken for it."""
    raw = b"Subject: no id\r\n\r\nx\r\n"

    def another() -> None:
        world.upstream.deliver(mail("b@x"), "Archive")

    after(world, monkeypatch, "append", another, lambda told: None)
    anna = await world.enter("anna")
    result = await anna.append("Archive", [NewMessage((), None, BytesBlob(raw))])
    assert result.uids == (1,)


# ---------------------------------------------------------------- COPY, MOVE


@pytest.mark.parametrize("moving", [True, False])
@pytest.mark.parametrize("broken", ["status", "scan_headers", "fetch"])
async def test_copies_that_can_not_be_told_are_made(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str, *, moving: bool
) -> None:
    world.upstream.deliver(mail("a@x"))
    await world.synced()
    view, _ = await world.open("mara", "INBOX")
    name = "move" if moving else "copy"

    def then() -> None:
        refusing(world, monkeypatch, broken)
        if broken == "fetch":
            world.upstream.folders["Archive"].mails.clear()

    after(world, monkeypatch, name, then, lambda told: None)
    result = await getattr(view, name)([1], "Archive")
    assert (result.pairs, result.gone) == ((), ())
    assert await outcomes(world, "move" if moving else "copy-to") == {"ok"}


async def test_what_was_gone_before_a_copy_is_in_neither_folder(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a@x", "b@x"):
        world.upstream.deliver(mail(name))
    await world.synced()
    view, _ = await world.open("anna", "INBOX")
    del world.upstream.folders["INBOX"].mails[1]
    after(world, monkeypatch, "copy", lambda: None, lambda told: None)
    result = await view.copy([1, 2], "Archive")
    assert (result.pairs, result.gone) == (((2, 1),), (1,))


# ---------------------------------------------------------------- folders


def folders(world: World) -> set[str]:
    return set(world.upstream.folders) - {"INBOX", "Sent", "Drafts", "Trash", "Junk", "Archive"}


@pytest.mark.parametrize("broken", ["answer", "list"])
async def test_folders_made_renamed_and_deleted_are(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    mara = await world.enter("mara")
    for name in ("create", "rename", "delete"):
        if broken == "answer":
            after(world, monkeypatch, name, cut)
    await mara.create("Old")
    if broken == "list":
        refusing(world, monkeypatch, "list_folders")
    await world.synced() if broken == "answer" else None
    uidvalidity = world.room.state.folder_named("Old").view.uidvalidity  # type: ignore[union-attr]
    await mara.rename("Old", "New")
    assert folders(world) == {"New"}
    assert world.room.state.folder_named("New").view.uidvalidity == uidvalidity  # type: ignore[union-attr]
    await mara.delete("New")
    assert folders(world) == set()
    assert await outcomes(world, "folder") == {"ok"}


@pytest.mark.parametrize("what", ["create", "rename", "delete"])
async def test_folders_that_were_not_are_no_success(
    world: World, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    mara = await world.enter("mara")
    await mara.create("Old")

    async def broken(*args: object) -> None:
        cut()

    monkeypatch.setattr(world.upstream, what, broken)
    arguments = {"create": ["New"], "rename": ["Old", "New"], "delete": ["Old"]}[what]
    with pytest.raises(UpstreamError):
        await getattr(mara, what)(*arguments)
    assert folders(world) == {"Old"}
