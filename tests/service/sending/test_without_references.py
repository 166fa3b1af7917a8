"""Answers that name no mail: known by their subject and their recipient, for the guards alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from sqlalchemy import update

from proxyd.domain.types import Right
from proxyd.service.api.submission import Envelope, Guarded
from proxyd.service.sending import recalled
from proxyd.service.sending.submission import Submission
from proxyd.store.schema import messages
from tests.service.conftest import World, mail
from tests.service.sending.sending_bench import ORIGIN, FakeRelay, until

CUSTOMER = "c@example.com"


@dataclass
class Office:
    world: World
    submission: Submission
    relay: FakeRelay = field(default_factory=FakeRelay)

    async def send(
        self, login: str, subject: str, *, to: str = CUSTOMER, names: str = "", at: str = "support"
    ) -> str:
        """Returns the Message-ID; each has words of its own."""
        person = self.world.team.by_login(login)
        assert person is not None
        now = datetime.fromtimestamp(self.world.clock() / 1e6, UTC)
        message_id = f"{login}-{now.timestamp():.0f}@us"
        named = f"In-Reply-To: <{names}>\r\nReferences: <{names}>\r\n" if names else ""
        message = (
            f"From: {at}@example.test\r\nTo: {to}\r\nSubject: {subject}\r\n"
            f"Date: {format_datetime(now)}\r\nMessage-ID: <{message_id}>\r\n{named}\r\n"
            f"from {login}\r\n"
        )
        envelope = Envelope(f"{at}@example.test", (to,), message.encode())
        await self.submission.submit(person, envelope, ORIGIN)
        return message_id

    async def refused(self, login: str, subject: str, **mail: str) -> Guarded:
        with pytest.raises(Guarded) as caught:
            await self.send(login, subject, **mail)
        return caught.value

    async def comes(self, message_id: str, subject: str = "Order", **more: str) -> None:
        self.world.upstream.deliver(mail(message_id, subject=subject, **more))
        await self.world.synced()
        self.world.clock.advance(seconds=60)

    async def answered(self) -> None:
        """The customer has written m1@x about an order, and Anna has answered."""
        await self.comes("m1@x")
        await self.send("anna", "Re: Order", names="m1@x")
        self.world.clock.advance(seconds=60)

    def choose(self, **choices: object) -> None:
        room = self.world.room
        policy = replace(room.mailbox.policy, **choices)  # type: ignore[arg-type]
        room.mailbox = replace(room.mailbox, policy=policy)


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    submission = Submission(world.database, world.clock, subject_digest=world.shop.digest)
    office = Office(world, submission)
    submission.attach(world.conversations, office.relay)
    yield office
    await submission.close()


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Order",
        "AW: Order",
        "返信：Order",
        "RE:2 order",
        "Re[2]: [list] Re: ORDER",
        "Re: Fwd: Order",
    ],
)
async def test_a_second_answer_is_refused_whatever_its_prefix(office, subject):
    await office.answered()
    refusal = await office.refused("ben", subject)
    assert (refusal.guard, refusal.facts["name"]) == ("answered", "Anna Sato")
    assert len(office.relay.sent) == 1


async def test_ids_that_nobody_knows_are_none(office):
    await office.answered()
    refusal = await office.refused("ben", "Re: Order", names="rewritten-by-a-gateway@gw")
    assert refusal.guard == "answered"


async def test_nor_are_those_that_only_mails_of_ours_name(office):
    """The copy in Sent of the first such answer names the same id of the gateway."""
    await office.comes("m1@x")
    await office.send("ben", "Re: Order", names="rewritten@gw")
    await office.submission.resume()  # its copy is filed
    await until(lambda: len(office.world.upstream.folders["Sent"].mails) == 1)
    await office.world.synced()
    office.submission._desks[office.world.mailbox.id].guessed.clear()
    conversations = office.world.conversations
    assert conversations.find(["rewritten@gw"], [CUSTOMER]) is not None
    office.world.clock.advance(seconds=60)
    refusal = await office.refused("anna", "Re: Order", names="rewritten@gw")
    assert (refusal.guard, refusal.facts["name"]) == ("answered", "Ben Mori")
    assert office.world.room.state.threads["m1@x"].status == "open"


async def test_a_restart_forgets_no_answer_that_is_not_in_sent_yet(office):
    world = office.world
    await office.comes("m1@x")
    await office.send("ben", "Re: Order")
    await office.submission.close()
    world.clock.advance(seconds=60)
    world.upstream.down = True  # nothing can be filed
    office.submission = Submission(world.database, world.clock, subject_digest=world.shop.digest)
    office.submission.attach(world.conversations, office.relay)
    await office.submission.resume()
    try:
        refusal = await office.refused("anna", "Re: Order")
        assert (refusal.guard, refusal.facts["name"]) == ("answered", "Ben Mori")
    finally:
        world.upstream.down = False
        await office.submission.close()


async def test_after_a_restart_the_newest_are_remembered(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recalled, "GUESSED", 2)
    world = office.world
    for number in range(3):
        await office.comes(
            f"m{number}@x", subject=f"Order {number}", sender=f"c{number}@example.com"
        )
    for number in range(3):
        await office.send("ben", f"Re: Order {number}", to=f"c{number}@example.com")
        world.clock.advance(seconds=60)
    await office.submission.close()
    world.upstream.down = True  # nothing can be filed
    office.submission = Submission(world.database, world.clock, subject_digest=world.shop.digest)
    office.submission.attach(world.conversations, office.relay)
    await office.submission.resume()
    try:
        for number in (1, 2):
            await office.refused("anna", f"Re: Order {number}", to=f"c{number}@example.com")
    finally:
        world.upstream.down = False
        await office.submission.close()


async def test_the_log_says_that_it_was_guessed_and_consent_works(office):
    await office.answered()
    await office.refused("ben", "Re: Order")
    office.world.clock.advance(seconds=25)
    sent = await office.send("ben", "Re: Order")
    number = office.world.room.state.threads["m1@x"].id
    refused, override, went = (await office.world.log())[-3:]
    assert (refused.record.outcome, refused.record.detail["guessed"]) == ("refused", "subject")
    assert refused.record.conversation == override.record.conversation == number
    assert (override.record.action, override.record.detail["guessed"]) == ("override", "subject")
    assert (went.record.message_id, went.record.conversation) == (sent, None)


async def test_nothing_is_finished_taken_or_joined_by_a_guess(office):
    await office.comes("m1@x")
    sent = await office.send("ben", "Re: Order")
    state = office.world.room.state
    conversation = state.threads["m1@x"]
    assert (conversation.status, conversation.assignee, conversation.answers) == ("open", None, [])
    (message,) = state.by_message_id["m1@x"]
    assert "\\Answered" not in message.flags
    assert state.threads.get(sent) is not conversation


@pytest.mark.parametrize(
    ("subject", "to"),
    [
        ("Order", CUSTOMER),  # a new mail of ours: invoices have the same subject every month
        ("Fwd: Order", CUSTOMER),
        ("Re: Orders", CUSTOMER),
        ("Re: Order", "else@example.org"),
        ("Re:", CUSTOMER),
    ],
)
async def test_what_is_no_such_answer(office, subject, to):
    await office.answered()
    await office.send("ben", subject, to=to)
    assert len(office.relay.sent) == 2


async def test_of_several_the_one_written_last_counts(office):
    await office.answered()
    await office.comes("m2@x", "Order")  # another of the same subject, which waits
    assert office.world.room.state.threads["m2@x"] is not office.world.room.state.threads["m1@x"]
    await office.send("ben", "Re: Order")
    assert (await office.refused("anna", "Re: Order", names="m2@x")).facts["name"] == "Ben Mori"


async def test_the_customer_s_newer_mail_may_be_answered_and_a_robot_s_is_none(office):
    await office.answered()
    own = next(iter(office.world.room.state.threads["m1@x"].answers)).message_id
    robot = mail("r1@x", subject="Re: Order", answers=own)
    office.world.upstream.deliver(b"Auto-Submitted: auto-replied\n" + robot)
    await office.world.synced()
    office.world.clock.advance(seconds=60)
    assert (await office.refused("ben", "Re: Order")).guard == "answered"
    await office.comes("m3@x", "Re: Order", answers=own)
    await office.send("ben", "Re: Order")


async def test_the_window(office):
    await office.answered()
    office.choose(guards=frozenset({"answered", "done"}), lookback_days=1)
    office.world.clock.advance(seconds=86_000)
    await office.refused("ben", "Re: Order")
    office.world.clock.advance(seconds=700)
    await office.send("ben", "Re: Order")


async def test_no_look_at_all(office):
    await office.answered()
    office.choose(lookback_days=0)
    await office.send("ben", "Re: Order")


async def test_two_who_both_name_nothing(office):
    """Both clients leave the ids out: the first answer is known before and after it is in Sent."""
    await office.comes("m1@x")
    await office.send("anna", "Re: Order")
    office.world.clock.advance(seconds=5)
    assert (await office.refused("ben", "AW: Order")).facts["name"] == "Anna Sato"
    await office.submission.resume()  # its copy is filed
    await until(lambda: len(office.world.upstream.folders["Sent"].mails) == 1)
    await office.world.synced()
    office.submission._desks[office.world.mailbox.id].guessed.clear()
    office.world.clock.advance(seconds=700)
    assert (await office.refused("ben", "AW: Order")).facts["name"] == "Anna Sato"
    named = await office.refused("ben", "AW: Order", names="m1@x")
    assert named.facts["name"] == "Anna Sato"
    await office.send("anna", "Re: Order", names="m1@x")  # one's own is in nobody's way


async def test_a_colleague_in_the_same_instant_is_told_and_may_go_on(office):
    await office.comes("m1@x")
    office.relay.hold = asyncio.Event()
    first = asyncio.create_task(office.send("anna", "Re: Order", names="m1@x"))
    await until(lambda: office.relay.entered == 1)
    refusal = await office.refused("ben", "Re: Order")
    assert refusal.guard == "sending" and refusal.facts["how"] == "pause"
    office.relay.hold.set()
    await first


async def test_a_guess_stops_nobody_for_good(office):
    await office.comes("m1@x")
    office.relay.hold = asyncio.Event()
    first = asyncio.create_task(office.send("anna", "Re: Order"))
    await until(lambda: office.relay.entered == 1)
    refusal = await office.refused("ben", "Re: Order", names="m1@x")
    assert refusal.guard == "sending" and refusal.facts["how"] == "pause"
    office.relay.hold.set()
    await first


async def test_in_every_mailbox_of_the_person(office):
    sales = await office.world.second()
    for login in ("anna", "ben"):
        await office.world.grant(login, sales.mailbox, Right.RESPOND)
    office.submission.attach(sales.conversations, office.relay)
    await office.answered()
    assert (await office.refused("ben", "Re: Order", at="sales")).guard == "answered"


async def test_mails_from_before_the_topics_were_kept(office):
    """Of them only a digest of the whole subject is known."""
    await office.answered()
    old = update(messages).values(topic=None)
    await office.world.database.write(lambda tx: tx.connection.execute(old))
    assert (await office.refused("ben", "AW: Order")).guard == "answered"
    await office.send("ben", "AW: Other")


async def test_it_answers_what_its_recipient_has_written_not_what_a_supplier_has(office):
    """Anna has thanked the supplier. That is no answer to the customer, whom Ben writes to."""
    await office.comes("m1@x")
    sent = await office.send("anna", "Fwd: Order", to="parts@shop.example", names="m1@x")
    await office.submission.resume()  # its copy is filed
    await until(lambda: len(office.world.upstream.folders["Sent"].mails) == 1)
    await office.world.synced()
    office.world.clock.advance(seconds=60)
    await office.comes("r1@shop", "Re: Order", answers=sent, sender="parts@shop.example")
    threads = office.world.room.state.threads
    assert threads["r1@shop"] is threads["m1@x"]
    await office.send("anna", "Re: Order", to="parts@shop.example", names="r1@shop")
    office.world.clock.advance(seconds=60)
    await office.send("ben", "AW: Order")
    assert (await office.refused("mara", "AW: Order")).facts["name"] == "Ben Mori"


async def test_two_who_answer_what_never_came_here(office):
    """The customer wrote to Anna and Ben themselves, and both answer from the shared mailbox."""
    await office.send("anna", "Re: Order", names="elsewhere@x")
    await office.submission.resume()  # its copy is filed
    await until(lambda: len(office.world.upstream.folders["Sent"].mails) == 1)
    await office.world.synced()
    office.world.clock.advance(seconds=60)
    refusal = await office.refused("ben", "Re: Order", names="elsewhere@x")
    assert (refusal.guard, refusal.facts["name"]) == ("answered", "Anna Sato")
    await office.send("ben", "Re: Order", names="elsewhere@x", to="somebody@else.example")
    await office.send("anna", "Re: Order", names="elsewhere@x")  # her own is in nobody's way


async def test_who_goes_on_from_a_mail_of_ours_whose_copy_is_gone_answers_nobody(office):
    first = await office.send("anna", "Offer")
    second = await office.send("ben", "Re: Offer", names=first)
    await office.submission.resume()
    sent = office.world.upstream.folders["Sent"].mails
    await until(lambda: len(sent) == 2)
    gone = next(uid for uid, each in sent.items() if f"<{second}>".encode() not in each.raw)
    del sent[gone]
    await office.world.synced()
    office.world.clock.advance(seconds=60)
    await office.send("mara", "Re: Offer", names=first)
