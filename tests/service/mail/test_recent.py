r"""From which UID on mails are ``\Recent`` for a person (RFC 3501 §2.3.2; docs/decisions/014)."""

from __future__ import annotations

from proxyd.service.api.changing import FlagMode
from tests.service.conftest import Watcher, World, mail


async def recent(world: World, login: str, name: str = "INBOX") -> int:
    return (await (await world.enter(login)).counts(name)).recent


async def test_each_person_is_told_once_by_whichever_client(world: World) -> None:
    for number in (1, 2):
        world.upstream.deliver(mail(f"m{number}@x"))
    await world.synced()
    assert [await recent(world, login) for login in ("anna", "ben")] == [2, 2]
    first, _ = await world.open("anna")
    assert first.recent_from <= 1
    first.recent_told(2)
    second, _ = await world.open("anna")
    assert second.recent_from == 3
    assert [await recent(world, login) for login in ("anna", "ben")] == [0, 2]
    world.upstream.deliver(mail("m3@x"))
    await world.synced()
    second.recent_told(3)
    second.recent_told(1)  # told late: nothing becomes recent again
    assert first.recent_from == 4
    assert [await recent(world, login) for login in ("anna", "ben")] == [0, 3]


async def test_examine_takes_nothing(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    person = await world.enter("anna")
    view = await person.open("INBOX", read_only=True, observer=Watcher())
    view.recent_told(1)
    assert await recent(world, "anna") == 1


async def test_what_was_there_at_the_start_is_not_recent(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    await world.restart()
    assert await recent(world, "anna") == 0
    world.upstream.deliver(mail("m2@x"))
    await world.synced()
    assert await recent(world, "anna") == 1


async def test_a_copy_is_recent_where_it_is_new_and_changes_no_mod_sequence(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    before = view.highest_modseq
    view.recent_told(1)
    assert view.highest_modseq == before
    await view.copy([1], "Archive")
    assert await recent(world, "anna") == 0
    assert await recent(world, "anna", "Archive") == 1


async def test_a_virtual_folder_has_recent_mails_of_its_own(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    view.recent_told(1)
    done = next(v.name for v in (await world.enter("anna")).views() if v.name.endswith("/Done"))
    assert await recent(world, "anna", done) == 0
    await view.store([1], FlagMode.ADD, ["$status-done"])
    assert await recent(world, "anna") == 0
    assert await recent(world, "anna", done) == 1
