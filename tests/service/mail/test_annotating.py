"""Annotations: whose they are, how many, and what is recorded (RFC 5464)."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import CannotDo, NoSuchView, NotPermitted
from proxyd.domain.types import Right
from proxyd.service.mail import annotating
from tests.service.conftest import World


@pytest.mark.parametrize("name", ["INBOX", "Archive", "Status/Open", ""])
async def test_a_person_s_own(world: World, name: str) -> None:
    anna, ben = await world.enter("anna"), await world.enter("ben")
    await anna.annotate(name, {"/private/comment": b"mine\0"})
    assert await anna.annotations(name) == {"/private/comment": b"mine\0"}
    assert await ben.annotations(name) == {}
    await anna.annotate(name, {"/private/comment": None, "/private/other": b""})
    assert await anna.annotations(name) == {"/private/other": b""}


async def test_everybody_s_is_written_by_who_manages(world: World) -> None:
    mara, rita = await world.enter("mara"), await world.enter("rita")
    await mara.annotate("INBOX", {"/shared/comment": b"ours", "/private/comment": b"mine"})
    assert await rita.annotations("INBOX") == {"/shared/comment": b"ours"}
    for login in ("anna", "rita"):
        person = await world.enter(login)
        with pytest.raises(NotPermitted):
            await person.annotate("INBOX", {"/shared/comment": b"x", "/private/a": b"y"})
    assert await rita.annotations("INBOX") == {"/shared/comment": b"ours"}, "all or none"


async def test_about_the_server_nothing_is_shared(world: World) -> None:
    mara = await world.enter("mara")
    with pytest.raises(CannotDo, match="server-annotation"):
        await mara.annotate("", {"/shared/comment": b"x"})


async def test_they_survive_a_rename_and_go_with_the_folder(world: World) -> None:
    mara = await world.enter("mara")
    await mara.create("Orders")
    await mara.annotate("Orders", {"/private/comment": b"x", "/shared/comment": b"y"})
    await mara.rename("Orders", "Old orders")
    assert len(await mara.annotations("Old orders")) == 2
    await world.restart()
    mara = await world.enter("mara")
    assert len(await mara.annotations("Old orders")) == 2
    await mara.delete("Old orders")
    assert await world.database.read(lambda tx: tx.annotations.count_of_account(3)) == 0
    await mara.create("Old orders")
    assert await mara.annotations("Old orders") == {}


async def test_they_go_with_the_account(world: World) -> None:
    anna, mara = await world.enter("anna"), await world.enter("mara")
    await anna.annotate("INBOX", {"/private/comment": b"x"})
    await mara.annotate("INBOX", {"/shared/comment": b"y"})
    anna_id = anna.account.id
    await world.database.write(lambda tx: tx.accounts.remove(anna_id))
    assert await world.database.read(lambda tx: tx.annotations.count_of_account(anna_id)) == 0
    assert await mara.annotations("INBOX") == {"/shared/comment": b"y"}


async def test_bounds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotating, "PRIVATE_MOST", 3)
    monkeypatch.setattr(annotating, "SHARED_MOST", 2)
    mara = await world.enter("mara")
    await mara.annotate("INBOX", {f"/private/{n}": b"x" for n in range(3)})
    with pytest.raises(CannotDo, match="too-many-annotations"):
        await mara.annotate("Archive", {"/private/one more": b"x"})
    await mara.annotate("INBOX", {"/private/1": None, "/private/4": b"x"})
    with pytest.raises(CannotDo, match="too-many-annotations"):
        await mara.annotate("INBOX", {f"/shared/{n}": b"x" for n in range(3)})
    assert len(await mara.annotations("INBOX")) == 3
    for changes, reason in (
        ({"/private/1": b"x" * (annotating.VALUE_MOST + 1)}, "annotation-too-long"),
        ({"/private/" + "x" * 250: b"x"}, "annotation-entry"),
    ):
        with pytest.raises(CannotDo, match=reason):
            await mara.annotate("INBOX", changes)
    await mara.annotate("INBOX", {"/private/1": b"x" * annotating.VALUE_MOST, "/private/2": None})


async def test_names_without_mail_and_without_grant(world: World) -> None:
    sales = await world.second("sales")
    await world.grant("mara", sales.mailbox, Right.READ)
    anna, mara = await world.enter("anna"), await world.enter("mara")
    for name in ("Status", "Shared"):
        assert await mara.annotations(name) == {}
        with pytest.raises(CannotDo, match="holds-no-mail"):
            await mara.annotate(name, {"/private/comment": b"x"})
    for name in ("Nowhere", "Shared/sales/INBOX"):
        with pytest.raises(NoSuchView):
            await anna.annotations(name)
        with pytest.raises(NoSuchView):
            await anna.annotate(name, {"/private/comment": b"x"})


async def test_what_the_log_says(world: World) -> None:
    anna = await world.enter("anna")
    await anna.annotate("INBOX", {"/private/comment": b"a secret"})
    await anna.annotations("INBOX")
    with pytest.raises(NotPermitted):
        await anna.annotate("INBOX", {"/shared/comment": b"a secret"})
    refused, read, changed = (await world.log(actor="anna", newest_first=True))[:3]
    assert (changed.record.action, changed.record.view) == ("folder", "INBOX")
    assert changed.record.detail == {"what": "annotate", "entries": ["/private/comment"]}
    assert (read.record.action, read.record.detail) == ("select", {"what": "annotations"})
    assert (refused.record.action, refused.record.outcome) == ("folder", "refused")
    assert not any(b"a secret" in repr(one).encode() for one in (refused, read, changed))
