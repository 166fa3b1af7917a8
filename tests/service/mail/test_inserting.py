"""APPEND into virtual folders, and with words of the workflow among the flags."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import AlreadyTaken, CannotDo, NotPermitted, UnknownStatus
from proxyd.domain.types import BytesBlob, Right
from proxyd.service.api.appending import NewMessage
from proxyd.service.api.changing import FlagMode
from tests.service.conftest import World, appended, mail
from tests.service.mail.test_expunging import DELETED, inbox, there


def books(raw: bytes) -> bytes:
    """As mbsync brings it from its Maildir."""
    return raw.replace(b"\n\n", b"\nX-TUID: fjkl43hjkl43\n\n", 1).replace(b"\n", b"\r\n")


async def flags(world: World, login: str, name: str, uid: int) -> set[str]:
    view, _ = await world.open(login, name)
    return set(view.facts(uid).flags)  # type: ignore[union-attr]


# ---------------------------------------------------------------- into a virtual folder


async def test_a_mail_that_is_here_is_copied_into_the_view(world: World) -> None:
    _, told = await inbox(world, 2)
    anna = await world.enter("anna")
    told.told.clear()
    uidvalidity, uid = await appended(anna, "Status/Done", books(mail("m1@x")), "\\Flagged")
    done, _ = await world.open("anna", "Status/Done")
    assert (uidvalidity, uid) == (done.uidvalidity, done.uids()[0])
    assert there(world, "INBOX") == ["m1@x", "m2@x"], "nothing is stored a second time"
    assert await flags(world, "anna", "INBOX", 1) == {"\\Flagged", "$status-done"}
    (entry,) = [e.record for e in await world.log(action="copy-to")]
    assert (entry.message_id, entry.detail) == ("m1@x", {"to": "Status/Done", "by": "append"})
    again = await appended(anna, "Status/Done", books(mail("m1@x")))
    assert again == (uidvalidity, uid)


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("source", ["INBOX", "Status/Unassigned"])
async def test_deleted_where_it_was_that_is_a_move(
    world: World, source: str, restart: bool
) -> None:
    await inbox(world)
    anna = await world.enter("anna")
    await appended(anna, "Status/Checking", books(mail("m1@x")))
    if restart:
        await world.restart()
    view, _ = await world.open("anna", source)
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge([1])
    assert list(view.uids()) == [2]
    assert (there(world, "INBOX"), there(world, "Trash")) == (["m1@x"], [])
    view, _ = await world.open("anna", "Status/Checking")
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert there(world, "Trash") == ["m1@x"], "where it was put it is deleted"


async def test_a_mail_that_nobody_has_is_put_into_inbox(world: World) -> None:
    anna = await world.enter("anna")
    _, uid = await appended(anna, "Status/Done", mail("new@x"), "\\Seen")
    assert there(world, "INBOX") == ["new@x"]
    assert await flags(world, "anna", "Status/Done", uid) == {"\\Seen", "$status-done"}
    result = await anna.append("Status/Done", [NewMessage((), None, BytesBlob(mail("new@x")))])
    assert (result.uids, there(world, "INBOX")) == ((uid,), ["new@x"]), "asked for again it is here"


async def test_a_mail_with_a_known_message_id_and_other_words_is_another_one(world: World) -> None:
    await inbox(world)
    anna = await world.enter("anna")
    await appended(anna, "Status/Done", mail("m1@x", subject="Not the same"))
    assert there(world, "INBOX") == ["m1@x", "m1@x"]


async def test_what_lies_in_trash_comes_back_to_work(world: World) -> None:
    world.upstream.deliver(mail("m1@x"), "Trash")
    await world.synced()
    anna = await world.enter("anna")
    await appended(anna, "Status/Open", mail("m1@x"))
    assert there(world, "INBOX") == ["m1@x"]
    view, _ = await world.open("anna", "Trash")
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert (there(world, "INBOX"), there(world, "Trash")) == (["m1@x"], [])


async def test_a_mail_of_ours_is_stored_and_has_no_uid_there(world: World) -> None:
    anna = await world.enter("anna")
    ours = mail("r@x", answers="m1@x", sender="support@example.test")
    result = await anna.append("Status/Done", [NewMessage((), None, BytesBlob(ours))])
    assert (result.uids, there(world, "INBOX")) == ((), ["r@x"])


async def test_several_at_once_all_or_none(world: World) -> None:
    await inbox(world, 2)
    ben, _ = await world.open("ben")
    await ben.store([2], FlagMode.ADD, ["$assignee-ben"])
    anna = await world.enter("anna")

    def brought(*names: str) -> list[NewMessage]:
        return [NewMessage((), None, BytesBlob(books(mail(name)))) for name in names]

    with pytest.raises(AlreadyTaken):
        await anna.append("Status/Mine", brought("m1@x", "new@x", "m2@x"))
    assert there(world, "INBOX") == ["m1@x", "m2@x"]
    mine, _ = await world.open("anna", "Status/Mine")
    assert list(mine.uids()) == []
    result = await anna.append("Status/Done", brought("new@x", "m2@x", "m1@x"))
    done, _ = await world.open("anna", "Status/Done")
    assert sorted(result.uids) == list(done.uids())
    assert there(world, "INBOX") == ["m1@x", "m2@x", "new@x"]


async def test_the_folder_decides_and_flags_are_luggage(world: World) -> None:
    await inbox(world)
    anna = await world.enter("anna")
    _, uid = await appended(anna, "Status/Done", mail("m1@x"), "$status-checking", "$assignee-ben")
    assert await flags(world, "anna", "Status/Done", uid) == {"$status-done", "$assignee-ben"}
    with pytest.raises(UnknownStatus):
        await appended(anna, "Status/Done", mail("m1@x"), "$status-nonsense")


async def test_who_may_not_and_where_nothing_can_be(world: World) -> None:
    await inbox(world)
    rita, anna = await world.enter("rita"), await world.enter("anna")
    for attempt in (appended(rita, "Status/Done", mail("m1@x")), rita.check_append("Status/Done")):
        with pytest.raises(NotPermitted):
            await attempt
    with pytest.raises(CannotDo):
        await appended(anna, "Status", mail("m1@x"))
    await anna.check_append("Status/Done")


async def test_of_another_shared_mailbox_it_is_put_into_that_one_s_inbox(world: World) -> None:
    sales = await world.second("sales")
    await world.grant("anna", sales.mailbox, Right.RESPOND)
    await inbox(world)
    anna = await world.enter("anna")
    await appended(anna, "Shared/sales/Status/Done", mail("m1@x"))
    assert there(sales, "INBOX") == ["m1@x"]


# ---------------------------------------------------------------- into a folder


@pytest.mark.parametrize("mark", [True, False])
async def test_a_mail_brought_to_a_folder_was_moved_there(world: World, mark: bool) -> None:
    view, _ = await inbox(world)
    anna = await world.enter("anna")
    raw = books(mail("m1@x")) if mark else mail("m1@x")
    await appended(anna, "Archive", raw)
    await world.restart()
    view, _ = await world.open("anna")
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert (there(world, "INBOX"), there(world, "Archive"), there(world, "Trash")) == (
        [], ["m1@x"], []
    )  # fmt: skip


async def test_another_mail_of_the_same_message_id_was_not(world: World) -> None:
    view, _ = await inbox(world)
    anna = await world.enter("anna")
    await appended(anna, "Archive", mail("m1@x", subject="Not the same"))
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert there(world, "Trash") == ["m1@x"]


async def test_a_mail_stored_as_deleted_is_so_for_who_stored_it(world: World) -> None:
    anna = await world.enter("anna")
    _, uid = await appended(anna, "Archive", mail("a@x"), "\\Deleted", "\\Flagged")
    assert "\\Deleted" in await flags(world, "anna", "Archive", uid)
    assert "\\Deleted" not in await flags(world, "ben", "Archive", uid)
    assert world.upstream.folders["Archive"].mails[1].flags == {"\\Flagged"}


# ---------------------------------------------------------------- words of the workflow


async def test_status_and_assignee_are_set_as_store_would(world: World) -> None:
    anna = await world.enter("anna")
    _, uid = await appended(anna, "INBOX", mail("a@x"), "$Status-Done", "$assignee-ben", "\\Seen")
    assert await flags(world, "anna", "INBOX", uid) == {
        "\\Seen", "$status-done", "$assignee-ben"
    }  # fmt: skip
    assert [e.record.detail for e in await world.log(action="status")] == [
        {"from": "open", "to": "done"}
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("$status-nonsense",), ("$assignee-nobody",), ("$assignee-rita",),
        ("$status-done", "$status-hold"), ("$assignee-anna", "$assignee-ben"),
    ],
)  # fmt: skip
async def test_what_store_refuses_is_refused_before_anything_is_stored(
    world: World, words: tuple[str, ...]
) -> None:
    anna = await world.enter("anna")
    new = [NewMessage(f, None, BytesBlob(mail(f"{n}@x"))) for n, f in enumerate(((), words))]
    with pytest.raises((UnknownStatus, CannotDo)):
        await anna.append("INBOX", new)
    assert there(world, "INBOX") == []
    assert [e.record.outcome for e in await world.log(action="append")] == ["refused"]


async def test_somebody_else_s_conversation_stays_theirs(world: World) -> None:
    ben, _ = await inbox(world, login="ben")
    await ben.store([1], FlagMode.ADD, ["$assignee-ben"])
    anna = await world.enter("anna")
    with pytest.raises(AlreadyTaken):
        await appended(anna, "INBOX", mail("a@x", answers="m1@x"), "$assignee-anna")
    assert there(world, "INBOX") == ["m1@x"]


async def test_who_was_faster_meanwhile_wins_and_the_mail_is_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben, _ = await inbox(world, login="ben")
    append = world.upstream.append

    async def slow(*args: object, **options: object) -> object:
        await ben.store([1], FlagMode.ADD, ["$assignee-ben"])
        return await append(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(world.upstream, "append", slow)
    anna = await world.enter("anna")
    new = NewMessage(("$assignee-anna",), None, BytesBlob(mail("a@x", answers="m1@x")))
    result = await anna.append("INBOX", [new])
    assert isinstance(result.refused, AlreadyTaken)
    assert await flags(world, "anna", "INBOX", result.uids[0]) == {"$status-open", "$assignee-ben"}
