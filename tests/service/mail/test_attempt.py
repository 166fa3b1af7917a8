"""Refused attempts are accesses too: who tried what on which message, and why it was not done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from proxyd.domain.errors import (
    CannotDo,
    NoSuchView,
    NotPermitted,
    ProxydError,
    StoreUnavailable,
    UpstreamUnavailable,
)
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from proxyd.service.api.reading import Reading
from tests.service.conftest import Watcher, World, mail


async def read(view: OpenView, how: Reading = Reading.COPY) -> None:
    async for _ in view.fetch([1], [b"BODY.PEEK[]"], how):
        pass


Try = Callable[[OpenView], Awaitable[object]]
NO = "not-permitted"
REFUSED: dict[str, tuple[str, Try, str, str]] = {
    "a flag": ("rita", lambda v: v.store([1], FlagMode.ADD, ["\\Flagged"]), "flag", NO),
    "a status": (
        "rita", lambda v: v.store([1], FlagMode.ADD, ["$status-done"]), "status", NO,
    ),
    "taken": (
        "ben", lambda v: v.store([1], FlagMode.ADD, ["$assignee-ben"]), "assign", "already-taken",
    ),
    "unknown": (
        "ben", lambda v: v.store([1], FlagMode.ADD, ["$status-x"]), "status", "unknown-status",
    ),
    "a copy": ("rita", lambda v: v.copy([1], "Archive"), "copy-to", NO),
    "a move": ("rita", lambda v: v.move([1], "Trash"), "move", NO),
    "nowhere": ("ben", lambda v: v.move([1], "Nowhere"), "move", "no-such-view"),
    "expunge": ("rita", lambda v: v.expunge(None), "expunge", NO),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
async def test_each_refusal_leaves_a_record(world: World, what: str) -> None:
    login, attempt, action, why = REFUSED[what]
    world.upstream.deliver(mail("m1@x", subject="Order"), flags=["\\Deleted"])
    await world.synced()
    anna, _ = await world.open("anna")
    await anna.store([1], FlagMode.ADD, ["$assignee-anna"])
    view, told = await world.open(login)
    with pytest.raises(ProxydError):
        await attempt(view)
    (entry,) = [r.record for r in await world.log(actor=login, outcome="refused")]
    assert (entry.action, entry.message_id, entry.view) == (action, "m1@x", "INBOX")
    assert (entry.mailbox, entry.subject_digest) == ("support", "d:Order")
    assert entry.detail["why"] == why
    assert told.told == []


async def test_a_view_opened_for_reading_only_refuses_and_says_so(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    person = await world.enter("anna")
    view = await person.open("INBOX", read_only=True, observer=Watcher())
    with pytest.raises(ProxydError):
        await view.store([1], FlagMode.ADD, ["$status-done"])
    (entry,) = [r.record for r in await world.log(outcome="refused")]
    assert entry.detail == {"mode": "+", "flags": ["$status-done"], "why": "read-only"}


async def test_what_upstream_could_not_give_is_recorded_as_failed(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    world.upstream.down = True
    with pytest.raises(UpstreamUnavailable):
        await read(view)
    outcomes = [r.record.outcome for r in await world.log(action="copy")]
    assert outcomes == ["ok", "failed"]
    with pytest.raises(UpstreamUnavailable):
        await view.move([1], "Trash")
    (entry,) = [r.record for r in await world.log(action="move")]
    assert (entry.outcome, entry.detail["to"]) == ("failed", "Trash")


async def test_a_record_stands_in_the_log_before_the_first_octet_is_seen(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    async for _ in view.fetch([1], [b"BODY.PEEK[]"], Reading.OPEN):
        (entry,) = [r.record for r in await world.log(action="open")]
        assert (entry.actor, entry.message_id, entry.outcome) == ("anna", "m1@x", "ok")


async def test_what_can_not_be_recorded_is_not_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    view, _ = await world.open("anna")
    person = await world.enter("anna")
    world.upstream.calls.clear()

    async def full(work: object) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(world.database, "write", full)
    for how in Reading:
        with pytest.raises(StoreUnavailable):
            await read(view, how)
    with pytest.raises(StoreUnavailable):
        await person.open("INBOX", read_only=True, observer=Watcher())
    with pytest.raises(StoreUnavailable):
        await view.copy([1], "Nowhere")


async def test_the_reason_of_what_can_not_be_done_is_its_own_word(world: World) -> None:
    person = await world.enter("mara")
    with pytest.raises(CannotDo):
        await person.delete("INBOX")
    rita = await world.enter("rita")
    with pytest.raises(NotPermitted):
        await rita.create("Mine")
    entries = [r.record for r in await world.log(action="folder", outcome="refused")]
    assert [(e.actor, e.view, e.detail["why"]) for e in entries] == [
        ("mara", "INBOX", "delete-folder"),
        ("rita", "Mine", NO),
    ]


async def test_whether_mail_can_be_put_there_is_asked_on_record(world: World) -> None:
    anna, rita = await world.enter("anna"), await world.enter("rita")
    await anna.check_append("Archive")
    for person, name, error in (
        (anna, "Nowhere", NoSuchView),
        (anna, "Status", CannotDo),
        (rita, "Archive", NotPermitted),
    ):
        with pytest.raises(error):
            await person.check_append(name)
    entries = [r.record for r in await world.log(action="append")]
    assert [(e.actor, e.view, e.outcome, e.detail["why"]) for e in entries] == [
        ("anna", "Nowhere", "refused", "no-such-view"),
        ("anna", "Status", "refused", "holds-no-mail"),
        ("rita", "Archive", "refused", NO),
    ]


async def test_a_mail_that_the_door_refuses_is_on_record(world: World) -> None:
    anna = await world.enter("anna")
    await anna.record_refused_append("Archive", "too-big")
    await anna.record_refused_append("Shared/sales/INBOX", "bad-url")
    entries = [r.record for r in await world.log(action="append")]
    assert [(e.mailbox, e.view, e.outcome, e.detail) for e in entries] == [
        ("support", "Archive", "refused", {"why": "too-big"}),
        ("", "Shared/sales/INBOX", "refused", {"why": "bad-url"}),
    ]
