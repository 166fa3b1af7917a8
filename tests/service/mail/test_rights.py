"""The letters say what the use cases answer: each letter's operation is tried (RFC 4314 §4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from proxyd.domain.errors import CannotDo, NoSuchView, NotPermitted
from proxyd.domain.search import All
from proxyd.domain.types import BytesBlob, Right
from proxyd.service.api.appending import NewMessage
from proxyd.service.api.changing import FlagMode
from proxyd.service.mail.personal_mail import PersonalMail
from tests.service.conftest import Watcher, World, mail

PEOPLE = ("anna", "mara", "rita")  # respond, manage, read
FOLDERS = ("INBOX", "Archive", "Status/Open", "Status/Unassigned", "Status")


async def opened(person: PersonalMail, name: str):  # type: ignore[no-untyped-def]
    return await person.open(name, read_only=False, observer=Watcher())


async def one(person: PersonalMail, name: str):  # type: ignore[no-untyped-def]
    """The view, and the first of its mails."""
    view = await opened(person, name)
    return view, [view.uids()[0]]


async def look_up(person: PersonalMail, name: str) -> None:
    assert name in [view.name for view in person.views()]


async def read(person: PersonalMail, name: str) -> None:
    view = await opened(person, name)
    await view.search(All())
    await person.counts(name)


async def mark_seen(person: PersonalMail, name: str) -> None:
    view, uids = await one(person, name)
    await view.store(uids, FlagMode.ADD, ["\\Seen"])


async def flag(person: PersonalMail, name: str) -> None:
    view, uids = await one(person, name)
    await view.store(uids, FlagMode.ADD, ["\\Flagged"])


async def copy_in(person: PersonalMail, name: str) -> None:
    view, uids = await one(person, "INBOX")
    await view.copy(uids, name)


async def create_below(person: PersonalMail, name: str) -> None:
    await person.create(f"{name}/new")


async def delete_folder(person: PersonalMail, name: str) -> None:
    await person.delete(name)


async def mark_deleted(person: PersonalMail, name: str) -> None:
    view, uids = await one(person, name)
    await view.store(uids, FlagMode.REMOVE, ["\\Deleted"])


async def expunge(person: PersonalMail, name: str) -> None:
    view, uids = await one(person, name)
    await view.expunge(uids)


OPERATIONS: dict[str, Callable[[PersonalMail, str], Awaitable[None]]] = {
    "l": look_up,
    "r": read,
    "s": mark_seen,
    "w": flag,
    "i": copy_in,
    "k": create_below,
    "x": delete_folder,
    "t": mark_deleted,
    "e": expunge,
}


async def filled(world: World) -> None:
    world.upstream.deliver(mail("one"), flags=["\\Deleted"])
    world.upstream.deliver(mail("two"), "Archive", flags=["\\Deleted"])
    await world.synced()


@pytest.mark.parametrize("letter", OPERATIONS)
@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("login", PEOPLE)
async def test_each_letter_is_the_truth(world: World, login: str, name: str, letter: str) -> None:
    await filled(world)
    person = await world.enter(login)
    has = letter in await person.rights(name)
    try:
        await OPERATIONS[letter](person, name)
    except (NotPermitted, CannotDo):
        assert not has, f"{login} is told {letter!r} and may not"
    else:
        assert has, f"{login} may, and is not told {letter!r}"


async def test_where_seen_is_shared_a_reader_can_not_mark(world: World) -> None:
    from dataclasses import replace

    from proxyd.domain.types import SeenMode

    await filled(world)
    world.room.mailbox = replace(world.room.mailbox, seen=SeenMode.SHARED)
    rita = await world.enter("rita")
    assert await rita.rights("INBOX") == "lr"
    with pytest.raises(NotPermitted):
        await mark_seen(rita, "INBOX")


async def test_nobody_administers_here_and_old_letters_follow(world: World) -> None:
    mara, anna, rita = [await world.enter(login) for login in ("mara", "anna", "rita")]
    assert await mara.rights("Archive") == "lrswikxtecd"
    assert await anna.rights("Archive") == "lrswiktecd"
    assert await rita.rights("Archive") == "lrs"
    assert await mara.rights("INBOX") == "lrswiktecd", "nobody deletes INBOX"
    assert await anna.rights("Status/Open") == "lrswited"
    assert await anna.rights("Status") == "l"


async def test_only_who_manages_sees_everybody_s(world: World) -> None:
    mara, anna = await world.enter("mara"), await world.enter("anna")
    assert await anna.grants("Archive") == [("anna", "lrswiktecd")]
    assert dict(await mara.grants("Archive")) == {
        "anna": "lrswiktecd",
        "ben": "lrswiktecd",
        "mara": "lrswikxtecd",
        "rita": "lrs",
    }


async def test_of_a_mailbox_without_a_grant_nothing_is_told(world: World) -> None:
    sales = await world.second("sales")
    await world.grant("mara", sales.mailbox, Right.READ)
    anna, mara = await world.enter("anna"), await world.enter("mara")
    assert await mara.rights("Shared/sales/INBOX") == "lrs"
    assert await mara.grants("Shared/sales/INBOX") == [("mara", "lrs")]
    assert await mara.rights("Shared") == "l"
    assert await mara.grants("Shared") == [("mara", "l")]
    for ask in (anna.rights, anna.grants):
        with pytest.raises(NoSuchView):
            await ask("Shared/sales/INBOX")
    with pytest.raises(NoSuchView):
        await anna.decline("Shared/sales/INBOX", "rights")


async def test_whoever_asks_about_what_is_not_theirs_is_on_record(world: World) -> None:
    await world.second("sales")
    anna = await world.enter("anna")
    for ask in (anna.rights, anna.grants):
        for name in ("Nowhere", "Shared/sales/INBOX"):
            with pytest.raises(NoSuchView):
                await ask(name)
    entries = [entry.record for entry in await world.log(outcome="refused")]
    assert [(e.actor, e.action, e.mailbox, e.view, e.detail) for e in entries] == [
        ("anna", "select", "", name, {"what": what, "why": "no-such-view"})
        for what in ("rights", "grants")
        for name in ("Nowhere", "Shared/sales/INBOX")
    ]


async def test_what_only_the_admin_changes_is_refused_and_recorded(world: World) -> None:
    mara = await world.enter("mara")
    with pytest.raises(CannotDo, match="rights"):
        await mara.decline("INBOX", "rights")
    with pytest.raises(CannotDo, match="quota"):
        await mara.decline("", "quota")
    last, before = (await world.log(action="folder", newest_first=True))[:2]
    assert (before.record.outcome, before.record.view) == ("refused", "INBOX")
    assert before.record.detail["what"] == "rights"
    assert (last.record.outcome, last.record.detail["why"]) == ("refused", "quota")


async def test_append_needs_i_too(world: World) -> None:
    new = NewMessage((), None, BytesBlob(mail("three").replace(b"\n", b"\r\n")))
    anna, rita = await world.enter("anna"), await world.enter("rita")
    assert (await anna.append("Archive", [new])).uids
    with pytest.raises(NotPermitted):
        await rita.append("Archive", [new])
