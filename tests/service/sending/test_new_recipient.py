"""Who has a part in a conversation, and who is new in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.types import Right
from proxyd.service.api.submission import Envelope, Guarded
from proxyd.service.sending.submission import Submission
from tests.service.conftest import World, appended, mail
from tests.service.sending.sending_bench import ORIGIN, FakeRelay

CUSTOMER, WIFE, BOSS = "c@example.com", "wife@example.com", "boss@example.com"
ASKED = (
    f"From: {CUSTOMER}\nReply-To: {WIFE}\nTo: support@example.test, b@xn--bcher-kva.example\n"
    f"Cc: {BOSS}\nSubject: Order\nMessage-ID: <m1@x>\n\nhello\n"
).encode()


class Desk:
    def __init__(self, world: World) -> None:
        self.world = world
        self.relay = FakeRelay()
        self.submission = Submission(world.database, world.clock, subject_digest=world.shop.digest)
        self.submission.attach(world.conversations, self.relay)
        room = world.room
        policy = replace(room.mailbox.policy, guards=frozenset({"new-recipient"}))
        room.mailbox = replace(room.mailbox, policy=policy)

    async def send(self, *to: str, subject: str = "Re: Order", names: str = "m1@x") -> None:
        person = self.world.team.by_login("ben")
        assert person is not None
        self.world.clock.advance(seconds=1)
        message = (
            f"From: support@example.test\r\nTo: {', '.join(to)}\r\nSubject: {subject}\r\n"
            f"Date: Mon, 1 Jan 2024 10:00:00 +0900\r\nMessage-ID: <{self.world.clock()}@us>\r\n"
            f"In-Reply-To: <{names}>\r\n\r\nhello {to} {subject}\r\n"
        )
        envelope = Envelope("support@example.test", to, message.encode())
        await self.submission.submit(person, envelope, ORIGIN)

    async def new(self, *to: str, **mail: str) -> str:
        """The addresses that the refusal names."""
        with pytest.raises(Guarded) as caught:
            await self.send(*to, **mail)
        assert caught.value.guard == "new-recipient"
        return caught.value.facts["addresses"]


@pytest.fixture
async def desk(world: World):
    world.upstream.deliver(ASKED)
    await world.synced()
    desk = Desk(world)
    yield desk
    await desk.submission.close()


@pytest.mark.parametrize(
    "address",
    [CUSTOMER, WIFE, BOSS, "C@EXAMPLE.COM", "b@xn--bcher-kva.example", "b@bücher.example",
     "support@example.test"],
)  # fmt: skip
async def test_who_is_in_it(desk, address):
    await desk.send(address)


@pytest.mark.parametrize("address", ["c@exarnple.com", "c+x@example.com", "else@sup.example"])
async def test_who_is_not(desk, address):
    assert await desk.new(CUSTOMER, address) == address
    assert await desk.new(address) == address  # alone, too
    await desk.send(address, subject="Fwd: Order")  # passing on is for others


async def test_many_are_named_in_short(desk):
    many = [f"n{number}@sup.example" for number in range(5)]
    assert await desk.new(*many) == "n0@sup.example, n1@sup.example, n2@sup.example …"


async def test_a_mail_of_ours_makes_somebody_known_and_a_draft_does_not(desk):
    draft = mail("d1@us", sender="support@example.test", answers="m1@x", subject="Re: Order")
    draft = draft.replace(b"To: c@example.com", b"To: else@sup.example")
    ben = await desk.world.enter("ben")
    await appended(ben, "Drafts", draft, "\\Draft")
    assert await desk.new("else@sup.example") == "else@sup.example"
    desk.world.upstream.deliver(draft.replace(b"d1@us", b"s1@us"), "Sent")
    await desk.world.synced()
    await desk.send("else@sup.example")


async def test_the_person_s_other_mailboxes_are_ours(desk):
    sales = await desk.world.second()
    assert await desk.new("sales@example.test") == "sales@example.test"
    await desk.world.grant("ben", sales.mailbox, Right.RESPOND)
    desk.submission.attach(sales.conversations, FakeRelay())
    await desk.send(CUSTOMER, "sales@example.test")


async def test_what_is_not_known_of_old_mails_stops_nobody(desk):
    for message in desk.world.room.state.by_message_id["m1@x"]:
        message.correspondents = None
    await desk.send("else@sup.example")
