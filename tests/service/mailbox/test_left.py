"""A Message-ID may come again when no mail of it is here: the same mail, or another one."""

from __future__ import annotations

import pytest

from proxyd.service.mailbox.model import Message
from tests.service.conftest import World, mail
from tests.service.mailbox.test_who_belongs_together import IDA, UWE, deliver, send, told

MONDAY, TUESDAY = "Mon, 23 Nov 2026 10:00:00 +0900", "Tue, 24 Nov 2026 10:00:00 +0900"
ASKED = told(mail("form@web", sender=IDA, subject="parcel"), f"Date: {MONDAY}")

# Under the same id: what another mail differs in.
OTHERS = {
    "sender": told(mail("form@web", sender=UWE, subject="parcel"), f"Date: {MONDAY}"),
    "date": told(mail("form@web", sender=IDA, subject="parcel"), f"Date: {TUESDAY}"),
    "subject": told(mail("form@web", sender=IDA, subject="fire"), f"Date: {MONDAY}"),
}


async def clear(world: World) -> None:
    """All of INBOX, at the provider."""
    world.upstream.folders["INBOX"].mails.clear()
    world.upstream.tell("INBOX")
    await world.synced()
    assert "form@web" not in world.room.state.by_message_id


async def answered_and_gone(world: World) -> int:
    """The number of the conversation."""
    await deliver(world, ASKED)
    await send(world, "a1@us", "form@web", IDA)
    number = the_one(world).conversation.id
    await clear(world)
    return number


def the_one(world: World) -> Message:
    (message,) = world.room.state.by_message_id["form@web"]
    return message


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("differs", OTHERS)
async def test_another_mail_is_work(world: World, differs: str, restarts: bool) -> None:
    number = await answered_and_gone(world)
    if restarts:
        await world.restart()
    await deliver(world, OTHERS[differs])
    assert the_one(world).conversation.status == "open"
    # Who has not been there before takes over nobody's conversation.
    assert (the_one(world).conversation.id == number) is (differs != "sender")


async def test_a_stranger_is_answered_for_himself(world: World) -> None:
    number = await answered_and_gone(world)
    await deliver(world, OTHERS["sender"])
    facts = world.conversations.find(["form@web"], [UWE])
    assert facts is not None and facts.is_answer and not facts.answers
    await send(world, "a2@us", "form@web", UWE, by="ben")
    assert the_one(world).conversation.status == "done"
    assert {a.message_id for a in world.room.state.conversations[number].answers} == {"a1@us"}


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("folder", ["INBOX", "Archive"])
async def test_the_same_mail_is_no_news(world: World, folder: str, restarts: bool) -> None:
    number = await answered_and_gone(world)
    if restarts:
        await world.restart()
    await deliver(world, ASKED, folder)
    assert the_one(world).conversation.id == number
    assert the_one(world).conversation.status == "done"


async def test_the_last_one_counts(world: World) -> None:
    await answered_and_gone(world)
    await deliver(world, OTHERS["date"])
    await send(world, "a2@us", "form@web", IDA)
    await clear(world)
    await deliver(world, OTHERS["date"])
    assert the_one(world).conversation.status == "done"
