"""The workflow's side of sending: what an answer does, whatever happens while it is on its way."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.domain.outbox import Sending
from proxyd.domain.thread import parse_headers
from proxyd.domain.types import Account
from proxyd.service.api.changing import FlagMode
from proxyd.service.mailbox.sent_folding import PROVIDER, RECENT_US
from proxyd.service.sending import conversations
from tests.service.conftest import World, appended, mail


def person(world: World, login: str) -> Account:
    account = world.team.by_login(login)
    assert account is not None
    return account


async def answer(world: World, number: int, *, by: str, to: str) -> None:
    await world.conversations.complete(
        number,
        person(world, by),
        f"answer-to-{to}",
        [to],
        lambda tx: None,
        [],
        answers=True,
    )


async def test_an_answer_is_done_answered_and_its_authors_for_everybody_at_once(
    world: World,
) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    ben, told = await world.open("ben")
    facts = world.conversations.find(["nothing@x", "m1@x"], ["c@example.com"])
    assert facts is not None
    await answer(world, facts.id, by="anna", to="m1@x")
    assert told.told == [("changed", [1])]
    flags = set(ben.facts(1).flags)  # type: ignore[union-attr]
    assert flags == {"\\Answered", "$status-done", "$assignee-anna"}
    await world.delivered()
    assert world.upstream.folders["INBOX"].mails[1].flags == {"\\Answered"}
    now = world.conversations.find(["m1@x"], ["c@example.com"])
    assert now is not None
    assert [(a.name, a.account_id) for a in now.answers] == [
        ("Anna Sato", person(world, "anna").id)
    ]


async def test_an_answer_is_recorded_at_the_mail_that_was_answered(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    number = world.room.state.threads["m1@x"].id
    await answer(world, number, by="anna", to="m1@x")
    records = [stored.record for stored in await world.log(actor="anna", conversation=number)]
    assert [(r.action, r.message_id, r.detail["answer"]) for r in records] == [
        ("status", "m1@x", "answer-to-m1@x"),
        ("claim", "m1@x", "answer-to-m1@x"),
    ]


async def test_an_answer_keeps_its_assignee(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    ben, _ = await world.open("ben")
    await ben.store([1], FlagMode.ADD, ["$assignee-ben"])
    await answer(world, world.room.state.threads["m1@x"].id, by="anna", to="m1@x")
    assert "$assignee-ben" in ben.facts(1).flags  # type: ignore[union-attr]


async def test_a_conversation_joined_while_its_answer_is_on_its_way(world: World) -> None:
    world.upstream.deliver(mail("a@x"))
    world.upstream.deliver(mail("b@x"))
    await world.synced()
    number = world.room.state.threads["b@x"].id
    world.clock.advance(seconds=1)
    both = mail("c@x").replace(b"Message-ID", b"References: <a@x> <b@x>\nMessage-ID")
    world.upstream.deliver(both)
    await world.synced()
    assert number not in world.room.state.conversations
    await answer(world, number, by="anna", to="b@x")
    conversation = world.room.state.threads["b@x"]
    assert conversation.status == "open", "the mail that joined them came after what is answered"
    assert [a.message_id for a in conversation.answers] == ["answer-to-b@x"]


async def test_an_answer_to_nothing_known_is_recorded_all_the_same(world: World) -> None:
    done: list[str] = []
    await world.conversations.complete(
        None,
        person(world, "anna"),
        "new@x",
        [],
        lambda tx: done.append("also"),
        [],
        answers=True,
    )
    assert done == ["also"]


async def test_the_providers_own_copy_is_not_doubled_and_no_outside_answer(world: World) -> None:
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    number = world.room.state.threads["m1@x"].id
    raw = mail("answer-to-m1@x", answers="m1@x", sender="support@example.test")
    await answer(world, number, by="anna", to="m1@x")
    world.upstream.deliver(raw, "Sent")
    await world.conversations.file_sent([("answer-to-m1@x", raw)])
    assert len(world.upstream.folders["Sent"].mails) == 1
    facts = world.conversations.find(["m1@x"], ["c@example.com"])
    assert facts is not None
    assert [a.name for a in facts.answers] == ["Anna Sato"]
    assert await world.log(action="status", actor="") == []


async def test_without_a_sent_folder_one_is_made(world: World) -> None:
    del world.upstream.folders["Sent"]
    await world.sync.list_anew()
    await asyncio.gather(
        *(
            world.conversations.file_sent([(f"s{number}@x", mail(f"s{number}@x"))])
            for number in (1, 2)
        )
    )
    assert len(world.upstream.folders["Sent"].mails) == 2


@pytest.mark.parametrize("together", [True, False])
async def test_copies_that_wait_are_stored_together_and_each_once(
    world: World, together: bool
) -> None:
    world.upstream.words -= {"MULTIAPPEND"}
    if together:
        world.upstream.words |= {"MULTIAPPEND"}
    mails = [(f"s{number}@x", mail(f"s{number}@x")) for number in (1, 2, 3, 1)]
    for _ in range(2):  # once more, as after a crash
        await world.conversations.file_sent(mails)
    folder = world.room.state.folder_named("Sent")
    assert folder is not None
    ids = [folder.by_uid[uid].message_id for uid in sorted(folder.by_uid)]
    assert ids == ["s1@x", "s2@x", "s3@x"]
    assert len(world.upstream.folders["Sent"].mails) == 3


async def test_a_mail_without_an_id_is_stored_as_it_is(world: World) -> None:
    anna = await world.enter("anna")
    raw = mail("x").replace(b"Message-ID: <x>\n", b"")
    for _ in range(2):
        await appended(anna, "Sent", raw)
    assert len(world.upstream.folders["Sent"].mails) == 2


# ------------------------------------------------------------------ one Message-ID, several mails

OUT = mail("out@x", sender="support@example.test")
OTHER = OUT.replace(b"Text of", b"Another text than")


async def went_out(world: World, by: str, raw: bytes) -> None:
    """Its Message-ID is out@x; the copy of it is filed."""
    account = person(world, by)
    world.conversations.begin(parse_headers(raw), account)
    sending = Sending(
        world.mailbox.id, account.id, by, None, "out@x", "digest", "support@example.test",
        ("c@example.com",), world.clock(), message=raw,
    )  # fmt: skip
    number = await world.database.write(lambda tx: tx.outbox.begin(sending))
    await world.database.write(lambda tx: tx.outbox.relayed(number))
    await world.conversations.file_sent([("out@x", raw)])
    await world.database.write(lambda tx: tx.outbox.filed(number))


def in_sent(world: World) -> list[bytes]:
    mails = world.upstream.folders["Sent"].mails.values()
    return [one.raw.replace(b"\r\n", b"\n") for one in mails]


async def test_ones_own_copy_is_folded_also_where_its_header_differs(world: World) -> None:
    await went_out(world, "anna", OUT)
    anna = await world.enter("anna")
    _, uid = await appended(anna, "Sent", b"Bcc: boss@example.test\n" + OUT)
    assert (uid, in_sent(world)) == (1, [OUT])


@pytest.mark.parametrize("by", ["anna", "ben"])
async def test_another_text_of_the_same_id_is_stored(world: World, by: str) -> None:
    await went_out(world, "anna", OUT)
    who = await world.enter(by)
    _, uid = await appended(who, "Sent", OTHER)
    assert (uid, in_sent(world)) == (2, [OUT, OTHER])
    # What went out is Anna's still, and her own copy is folded into its.
    sent = world.counter.sent
    assert sent.senders["out@x"] == person(world, "anna").id
    assert [place.uid for _, _, place in sent.put_by_us()] == [1]
    assert (await appended(await world.enter("anna"), "Sent", OUT))[1] == 1
    # So is the other one when it is brought again.
    assert (await appended(who, "Sent", OTHER))[1] == 2


async def test_another_text_is_stored_by_whoever_long_after(world: World) -> None:
    """And is no answer that was given without us."""
    world.upstream.deliver(mail("m1@x"))
    await world.synced()
    asked, other = (
        raw.replace(b"Subject", b"In-Reply-To: <m1@x>\nSubject") for raw in (OUT, OTHER)
    )
    await went_out(world, "anna", asked)
    world.clock.advance(us=2 * RECENT_US)
    await appended(await world.enter("ben"), "Sent", other)
    assert in_sent(world) == [asked, other]
    assert await world.log(action="status", actor="") == []


@pytest.mark.parametrize("filed_by", ["", PROVIDER])
async def test_what_went_out_is_filed_beside_another_mail_of_its_id(
    world: World, monkeypatch: pytest.MonkeyPatch, filed_by: str
) -> None:
    monkeypatch.setattr(conversations, "PROVIDER_LOOKS_S", (0,))
    anna = await world.enter("anna")
    await appended(anna, "Sent", OTHER)
    world.counter.sent.filed_by = filed_by
    await went_out(world, "anna", OUT)
    assert in_sent(world) == [OTHER, OUT]
    assert (await appended(anna, "Sent", OUT))[1] == 2


async def test_a_copy_that_was_filed_before_it_was_sent_is_the_copy(world: World) -> None:
    await appended(await world.enter("anna"), "Sent", OUT)
    await went_out(world, "anna", OUT)
    assert in_sent(world) == [OUT]


async def test_the_providers_copy_is_one_whatever_it_has_made_of_it(world: World) -> None:
    """It came after the mail began to go out."""
    raw = OUT + b"-- a footer\n"
    world.conversations.begin(parse_headers(OUT), person(world, "anna"))
    world.upstream.deliver(raw, "Sent")
    await world.conversations.file_sent([("out@x", OUT)])
    assert in_sent(world) == [raw]


THIRD = OUT.replace(b"Text of", b"A third text after")


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("restarts", [True, False])
async def test_all_that_went_out_with_one_id_are_filed(
    world: World, *, together: bool, restarts: bool
) -> None:
    """They began to go out before the first was filed."""
    mails = [OUT, OTHER, *([] if restarts else [THIRD])]
    for raw in mails:
        world.conversations.begin(parse_headers(raw), person(world, "anna"))
    for _ in range(2):  # once more, as after a crash
        if together:
            await world.conversations.file_sent([("out@x", raw) for raw in (*mails, OUT)])
        else:
            for raw in mails:
                places = await world.conversations.file_sent([("out@x", raw)])
                if restarts:
                    sent = world.counter.sent
                    sent._own.clear()
                    digest = world.shop.digest("out@x")
                    sent.recall("out@x", world.clock(), places["out@x"], digest)
        assert in_sent(world) == mails


@pytest.mark.parametrize("stored", [[OUT], [OTHER], [OUT, OTHER]])
async def test_what_a_dead_process_has_filed_is_the_copy_of_the_mail_that_it_says(
    world: World, stored: list[bytes]
) -> None:
    """It died before it could say so, and nobody has looked at Sent since."""
    for raw in stored:
        world.upstream.deliver(raw, "Sent")
    await world.conversations.file_sent([("out@x", OUT), ("out@x", OTHER)])
    assert sorted(in_sent(world)) == sorted([OUT, OTHER])
