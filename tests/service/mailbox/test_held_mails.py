"""What waits before it leaves, as colleagues see it, and what is left of it when it came back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.guard import Answer
from proxyd.domain.held import DRAFTS, LEAVING, TO_APPROVE, HeldMail
from proxyd.domain.outbox import Sending, SendState
from proxyd.domain.policy import Policy
from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import BytesBlob, Right
from proxyd.service.api.appending import NewMessage
from proxyd.service.api.changing import FlagMode
from proxyd.service.mailbox.held_mails import approval_notices, held_mails
from tests.service.conftest import World, mail

SUPPORT, CUSTOMER = "support@example.test", "c@example.com"


def copy_of(message_id: str, answers: str = "", to: str = CUSTOMER, login: str = "anna") -> bytes:
    raw = mail(message_id, answers=answers, sender=SUPPORT).replace(CUSTOMER.encode(), to.encode())
    return b"X-Proxyd-Sent-By: " + login.encode() + b"\r\n" + raw.replace(b"\n", b"\r\n")


async def held(
    world: World,
    message_id: str,
    answers: str = "",
    *,
    to: str = CUSTOMER,
    login: str = "anna",
    asks: bool = False,
    **facts: object,
) -> int:
    account = world.team.by_login(login)
    assert account is not None
    octets = copy_of(message_id, answers, to, login)
    sending = Sending(
        world.mailbox.id, account.id, login, None, message_id, "d", SUPPORT, (to,), world.clock(),
        SendState.HELD, message=octets,
    )  # fmt: skip

    def work(tx: Transaction) -> int:
        number = tx.outbox.begin(sending)
        leaves_us = None if asks else world.clock() + 60_000_000
        waits = HeldMail(number, world.clock(), leaves_us, **facts)  # type: ignore[arg-type]
        tx.held.hold(waits, len(octets))
        return number

    number = await world.database.write(work)
    await world.conversations.show_held(number)
    return number


async def asked(world: World, message_id: str = "q@x") -> None:
    world.upstream.deliver(mail(message_id))
    await world.synced()


async def names(world: World, login: str) -> set[str]:
    return {entry.name for entry in (await world.enter(login)).tree()}


async def flags(world: World, login: str, view: str = "INBOX") -> tuple[str, ...]:
    opened, _ = await world.open(login, view)
    facts = opened.facts(opened.uids()[0])
    assert facts is not None
    return facts.flags


async def test_it_is_in_its_folder_alone_and_shows_as_replying(world: World) -> None:
    await asked(world)
    await held(world, "a@x", "q@x")
    for _ in range(2):
        assert [m.folder.name for m in held_mails(world.room)] == [LEAVING]
        (waits,) = held_mails(world.room)
        assert [view.kind for view in waits.views] == ["folder"]
        assert "$replying" in await flags(world, "ben")
        assert "$replying" not in await flags(world, "anna")
        assert "$status-open" in await flags(world, "ben")
        world.clock.advance(seconds=86_400)  # a draft's sign is over by then
        await world.restart()


async def test_a_forward_holds_nobody_off(world: World) -> None:
    await asked(world)
    await held(world, "a@x", "q@x", to="other@example.org")
    assert "$replying" not in await flags(world, "ben")
    facts = world.conversations.find(["q@x"], [CUSTOMER])
    assert facts is not None and facts.waiting == ()


@pytest.mark.parametrize("asks", [True, False])
async def test_a_colleague_is_told_whose_it_is(world: World, *, asks: bool) -> None:
    await asked(world)
    await held(world, "a@x", "q@x", asks=asks)
    facts = world.conversations.find(["q@x"], [CUSTOMER])
    assert facts is not None
    (waits,) = facts.waiting
    assert (waits.name, waits.asks) == ("Anna Sato", asks)


async def test_the_folders_show_while_something_waits(world: World) -> None:
    assert not {"Status/Leaving", "Status/To approve"} & await names(world, "ben")
    number = await held(world, "a@x")
    assert "Status/Leaving" in await names(world, "ben")
    assert "Status/Leaving" not in await names(world, "rita")
    await held(world, "b@x", asks=True)
    assert {"Status/To approve", "Status/Approve"} <= await names(world, "ben")

    def stop(tx: Transaction) -> bool:
        tx.held.come_back(number, DRAFTS, "anna", {})
        return tx.outbox.withdraw(number)

    assert await world.database.write(stop)
    await world.conversations.come_back(number)
    assert [m.folder.name for m in held_mails(world.room)] == [TO_APPROVE]
    assert "Status/Leaving" not in await names(world, "ben")
    world.room.mailbox = replace(world.mailbox, policy=Policy(send_delay_s=5))
    world.room.version += 1
    assert "Status/Leaving" in await names(world, "ben")


@pytest.mark.parametrize("answered", [True, False])
async def test_answered_is_taken_back(world: World, *, answered: bool) -> None:
    """But where it was answered since."""
    await asked(world)
    number = await held(world, "a@x", "q@x", mark="\\Answered", unmarked=("q@x",))
    opened, _ = await world.open("anna")
    await opened.store(opened.uids(), FlagMode.ADD, ["\\Answered"])
    world.clock.advance(seconds=1)
    if answered:
        (question,) = world.room.state.by_message_id["q@x"]
        given = Answer(None, "", world.clock(), "webmail@x")
        await world.room.change(lambda change: change.answer(question.conversation, given))

    def stop(tx: Transaction) -> bool:
        tx.held.come_back(number, DRAFTS, "", {"why": "answered", "name": "Ben"})
        return tx.outbox.withdraw(number)

    await world.database.write(stop)
    await world.conversations.come_back(number)
    await world.conversations.come_back(number)  # once more is as good as once
    assert ("\\Answered" in await flags(world, "ben")) is answered
    await world.delivered()
    drafts, _ = await world.open("anna", "Drafts")
    assert len(drafts.uids()) == 1
    mentions, _ = await world.open("anna", "Status/Mentions")
    assert len(mentions.uids()) == 1
    assert [*held_mails(world.room)] == []


async def test_the_copy_of_a_client_that_gives_no_message_id(world: World) -> None:
    """It is told by its words."""
    await asked(world)
    await held(world, "made-here@x", "q@x")
    bare = mail("made-here@x", answers="q@x", sender=SUPPORT)
    bare = bare.replace(b"Message-ID: <made-here@x>\n", b"")
    anna = await world.enter("anna")
    done = await anna.append("Sent", [NewMessage(("\\Seen",), None, BytesBlob(bare))])
    assert done.uids == ()
    sent, _ = await world.open("anna", "Sent")
    assert len(sent.uids()) == 0
    ben = await world.enter("ben")  # who has written none
    assert (await ben.append("Sent", [NewMessage((), None, BytesBlob(bare))])).uids != ()


async def test_nobody_can_approve(world: World) -> None:
    assert approval_notices(world.room) == []
    taro = await world.hire("taro", "Taro", Right.RESPOND_WITH_APPROVAL)
    assert approval_notices(world.room) == []  # Mara can
    world.team.members = [p for p in world.team.members if p.login != "mara"]
    (told,) = approval_notices(world.room)
    assert taro.login in told and "proxyd user grant LOGIN support:manage" in told
