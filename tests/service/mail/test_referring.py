"""What a CATENATE URL names: only what this person can see, recorded, and no telling why not."""

from __future__ import annotations

import pytest

from proxyd.domain.errors import NoSuchReference, UpstreamUnavailable
from proxyd.domain.types import Right
from proxyd.service.api.appending import StoredPart
from tests.service.conftest import World, mail


def reference(
    view: str = "INBOX",
    uid: int = 1,
    section: bytes = b"",
    partial: tuple[int, int] | None = None,
    uidvalidity: int | None = None,
) -> StoredPart:
    return StoredPart(view, uidvalidity, uid, section, partial)


async def octets(world: World, wanted: StoredPart, login: str = "anna") -> bytes:
    person = await world.enter(login)
    return b"".join((await person.referred(wanted)).chunks())


async def filled(world: World) -> int:
    """A mail with UID 1; returns UIDVALIDITY."""
    world.upstream.deliver(mail("a@x"))
    await world.synced()
    view, _ = await world.open("anna")
    return view.uidvalidity


async def test_octets_of_a_mail(world: World) -> None:
    uidvalidity = await filled(world)
    whole = await octets(world, reference(uidvalidity=uidvalidity))
    assert whole.startswith(b"From: c@example.com\r\n")
    assert await octets(world, reference(section=b"TEXT")) == b"Text of a@x\r\n"
    assert await octets(world, reference(section=b"1", partial=(5, 2))) == b"of"
    # a virtual folder is as good as a real one, and who only reads may refer too
    assert await octets(world, reference("Status/Open")) == whole
    assert await octets(world, reference(), "rita") == whole


async def test_a_big_one_stays_spooled(world: World) -> None:
    world.upstream.spool_from = 10
    await filled(world)
    assert (await octets(world, reference())).endswith(b"Text of a@x\r\n")


async def test_it_is_recorded_as_a_copy(world: World) -> None:
    await filled(world)
    await octets(world, reference(section=b"TEXT"))
    (entry,) = await world.log(action="copy")
    record = entry.record
    assert (record.message_id, record.outcome, record.view) == ("a@x", "ok", "INBOX")
    assert record.detail == {"what": "BODY.PEEK[TEXT]"}


async def test_what_is_not_there_or_not_theirs_looks_the_same(world: World) -> None:
    uidvalidity = await filled(world)
    sales = await world.second()
    sales.upstream.deliver(mail("secret@x"))
    await sales.synced()
    for wanted in (
        reference(uid=2),
        reference("Nowhere"),
        reference("Status"),
        reference("Shared/sales/INBOX"),
        reference(uidvalidity=uidvalidity + 1),
        reference(section=b"7"),
    ):
        with pytest.raises(NoSuchReference):
            await octets(world, wanted)
    records = [entry.record for entry in await world.log(action="copy")]
    assert [record.outcome for record in records] == ["refused"] * 6
    assert [record.detail["what"] for record in records] == [
        "URL ;UID=2 ",
        *["URL ;UID=1 "] * 4,
        "URL ;UID=1 7",
    ]
    await world.grant("anna", sales.mailbox, Right.READ)
    assert b"secret@x" in await octets(world, reference("Shared/sales/INBOX"))


async def test_without_the_provider(world: World) -> None:
    await filled(world)
    world.upstream.down = True
    with pytest.raises(UpstreamUnavailable):
        await octets(world, reference())
