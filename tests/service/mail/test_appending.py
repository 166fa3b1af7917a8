"""APPEND of one, of several, of octets of any kind; all or none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from proxyd.domain.errors import CannotDo, NotPermitted, UnknownEncoding, UpstreamRefused
from proxyd.domain.types import BytesBlob
from proxyd.service.api.appending import AppendResult, NewMessage
from proxyd.service.mailbox.half_done import LATE_US
from tests.service.conftest import World, mail
from tests.service.fake_upstream import FakeFolder


def new(message_id: str, *flags: str, raw: bytes = b"", binary: bool = False) -> NewMessage:
    return NewMessage(flags, None, BytesBlob(raw or mail(message_id)), binary)


def refuse_after(world: World, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """The provider takes so many, and then says that there is no room."""
    append = world.upstream.append

    async def filling(*args: object, **options: object) -> object:
        if world.upstream.calls["append"] >= count:
            raise UpstreamRefused("no room", "OVERQUOTA")
        return await append(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(world.upstream, "append", filling)


async def test_several_are_stored_in_their_order(world: World) -> None:
    anna = await world.enter("anna")
    result = await anna.append("Archive", [new("a@x", "\\Seen"), new("b@x"), new("c@x", "$Kept")])
    assert result.uids == (1, 2, 3)
    view, _ = await world.open("anna", "Archive")
    assert "$Kept" in view.facts(3).flags  # type: ignore[union-attr]
    records = [entry.record for entry in await world.log(action="append")]
    assert [record.message_id for record in records] == ["a@x", "b@x", "c@x"]


async def test_keywords_are_kept_in_a_folder_that_waits_for_its_first_reading(
    world: World,
) -> None:
    world.upstream.folders["Old"] = FakeFolder(60)
    await world.sync.list_anew()
    anna = await world.enter("anna")
    for count in (1, 2):
        await anna.append("Old", [new(f"{count}.{n}@x", "$Kept") for n in range(count)])
    view, _ = await world.open("anna", "Old")
    assert ["$Kept" in view.facts(n).flags for n in view.uids()] == [True] * 3  # type: ignore[union-attr]
    assert [one.flags for one in world.upstream.folders["Old"].mails.values()] == [{"$Kept"}] * 3


@pytest.mark.parametrize("taken", [0, 1, 2])
async def test_all_or_none(world: World, monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    refuse_after(world, monkeypatch, taken)
    anna = await world.enter("anna")
    with pytest.raises(UpstreamRefused):
        await anna.append("Archive", [new("a@x"), new("b@x"), new("c@x")])
    assert not world.upstream.folders["Archive"].mails
    await world.synced()
    assert (await anna.counts("Archive")).messages == 0
    details = [entry.record.detail for entry in await world.log(action="append")]
    assert all(entry.record.outcome == "failed" for entry in await world.log(action="append"))
    assert ({"stored": taken, "taken_back": True} in details) == (taken > 0)


async def test_what_can_not_be_taken_back_is_told_in_the_log(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_after(world, monkeypatch, 1)

    async def stuck(*args: object) -> None:
        raise UpstreamRefused("no")

    monkeypatch.setattr(world.upstream, "expunge", stuck)
    anna = await world.enter("anna")
    with pytest.raises(UpstreamRefused) as refused:
        await anna.append("Archive", [new("a@x"), new("b@x")])
    assert refused.value.code == "OVERQUOTA"
    world.clock.advance(us=LATE_US)  # as long as "no" may mean "not now"
    await world.room.half_done.settle()
    details = [entry.record.detail for entry in await world.log(action="append")]
    assert {"stored": 1, "taken_back": False} in details


async def test_only_what_came_with_it_is_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.upstream.deliver(mail("there@x"), "Archive")
    await world.synced()
    refuse_after(world, monkeypatch, 1)
    anna = await world.enter("anna")
    with pytest.raises(UpstreamRefused):
        await anna.append("Archive", [new("a@x"), new("b@x")])
    assert list(world.upstream.folders["Archive"].mails) == [1]


async def test_without_uidplus_they_are_found_by_what_they_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    append: Callable[..., object] = world.upstream.append

    async def silent(*args: object, **options: object) -> None:
        await append(*args, **options)  # type: ignore[misc]

    monkeypatch.setattr(world.upstream, "append", silent)
    anna = await world.enter("anna")
    assert (await anna.append("Archive", [new("a@x"), new("b@x")])).uids == (1, 2)
    refuse_after(world, monkeypatch, 4)
    with pytest.raises(UpstreamRefused):
        await anna.append("Archive", [new("c@x"), new("d@x"), new("e@x")])
    assert sorted(world.upstream.folders["Archive"].mails) == [1, 2]


async def test_what_is_wrong_with_one_is_found_before_any_is_stored(world: World) -> None:
    anna = await world.enter("anna")
    with pytest.raises(CannotDo):
        await anna.append("Archive", [new("a@x"), new("b@x", *(f"k{n}" for n in range(999)))])
    with pytest.raises(UnknownEncoding):
        await anna.append("Archive", [new("a@x"), new("b@x", raw=b"A: b\r\n\r\n\0", binary=True)])
    assert not world.upstream.calls["append"]
    rita = await world.enter("rita")
    with pytest.raises(NotPermitted):
        await rita.append("Archive", [new("a@x"), new("b@x")])
    with pytest.raises(CannotDo):
        await anna.append("Status", [new("a@x"), new("b@x")])


async def test_zero_octets_only_where_the_provider_takes_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await world.enter("anna")
    raw = b"Message-ID: <n@x>\r\n\r\n\0"
    # a literal8 without NUL is a mail like any other
    assert (await anna.append("Archive", [new("a@x", binary=True)])).uids == (1,)

    async def capabilities() -> frozenset[str]:
        return frozenset({"IMAP4REV1", "BINARY"})

    asked: list[object] = []
    append = world.upstream.append

    async def noted(*args: object, **options: object) -> object:
        asked.append(options["binary"])
        return await append(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(world.upstream, "capabilities", capabilities)
    monkeypatch.setattr(world.upstream, "append", noted)
    await anna.append("Archive", [new("b@x"), new("n@x", raw=raw, binary=True)])
    assert asked == [False, True]


async def test_flags_are_as_given_whatever_became_of_the_same_mail(world: World) -> None:
    """RFC 9051 §6.3.12. What moves in webmail keeps a person's \\Seen; what is appended is new."""
    mara = await world.enter("mara")
    await mara.create("Work")
    await mara.append("Work", [new("a@x", "\\Seen")])
    await mara.delete("Work")
    await mara.create("Work")
    await mara.append("Work", [new("a@x"), new("b@x", "\\Seen")])
    view, _ = await world.open("mara", "Work")
    assert ["\\Seen" in view.facts(uid).flags for uid in view.uids()] == [False, True]  # type: ignore[union-attr]


async def test_a_copy_of_what_went_out_is_folded_among_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one in Sent is the proxy's own: it is neither stored again nor taken back."""
    world.upstream.deliver(mail("out@x"), "Sent")
    await world.synced()
    sent, _ = await world.open("anna", "Sent")

    async def fold(message_id: str, folder: object, same: object) -> AppendResult | None:
        return AppendResult(sent.uidvalidity, (1,)) if message_id == "out@x" else None

    monkeypatch.setattr(world.counter.sent, "fold", fold)
    anna = await world.enter("anna")
    result = await anna.append("Sent", [new("other@x"), new("out@x"), new("third@x")])
    assert result.uids == (2, 1, 3)
    assert sorted(world.upstream.folders["Sent"].mails) == [1, 2, 3]
    details = {e.record.message_id: e.record.detail for e in await world.log(action="append")}
    assert details["out@x"] == {"folded": "out@x"}
    refuse_after(world, monkeypatch, 3)
    with pytest.raises(UpstreamRefused):
        await anna.append("Sent", [new("out@x"), new("fourth@x"), new("fifth@x")])
    assert sorted(world.upstream.folders["Sent"].mails) == [1, 2, 3]
