"""A mail in support@ that is answered as sales@: guards and completion follow the conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from proxyd.domain.errors import RelayRefused, RelayUnavailable
from proxyd.domain.types import Right
from proxyd.service.api.submission import Envelope, Guarded
from proxyd.service.sending.submission import Submission
from tests.service.conftest import World, mail
from tests.service.sending.sending_bench import ORIGIN, FakeRelay

CUSTOMER = "c@example.com"


@dataclass
class Office:
    support: World
    sales: World
    submission: Submission
    relays: dict[str, FakeRelay]

    async def send(
        self, login: str, sender: str, message_id: str, *to: str, answers: str = "m1@x"
    ) -> None:
        """Ben and Anna answer, each with words of their own."""
        person = self.support.team.by_login(login)
        assert person is not None
        to = to or (CUSTOMER,)
        date = format_datetime(datetime.fromtimestamp(self.support.clock() / 1e6, UTC))
        message = (
            f"From: {sender}@example.test\r\nTo: {', '.join(to)}\r\nSubject: Re: Order\r\n"
            f"Date: {date}\r\nMessage-ID: <{message_id}>\r\n"
            f"In-Reply-To: <{answers}>\r\n\r\nfrom {login}\r\n"
        )
        envelope = Envelope(f"{sender}@example.test", to, message.encode())
        await self.submission.submit(person, envelope, ORIGIN)

    def status(self, world: World) -> str:
        return world.room.state.threads["m1@x"].status


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    """Anna and Ben have both mailboxes, Mara only support."""
    sales = await world.second()
    for login in ("anna", "ben"):
        await world.grant(login, sales.mailbox, Right.RESPOND)
    submission = Submission(world.database, world.clock, subject_digest=world.shop.digest)
    relays = {"support": FakeRelay(), "sales": FakeRelay()}
    for each, name in ((world, "support"), (sales, "sales")):
        submission.attach(each.conversations, relays[name])
    world.upstream.deliver(mail("m1@x", sender=CUSTOMER))
    await world.synced()
    world.clock.advance(seconds=60)
    yield Office(world, sales, submission, relays)
    await submission.close()


async def test_the_conversation_is_done_whatever_the_sender(office: Office) -> None:
    await office.send("anna", "sales", "a1@us")
    assert len(office.relays["sales"].sent) == 1 and not office.relays["support"].sent
    assert office.status(office.support) == "done"
    conversation = office.support.room.state.threads["m1@x"]
    assert conversation.assignee == office.support.team.by_login("anna").id  # type: ignore[union-attr]
    (message,) = office.support.room.state.by_message_id["m1@x"]
    assert "\\Answered" in message.flags
    (record,) = await office.support.log(action="status")
    assert record.record.actor == "anna" and record.record.origin == ORIGIN
    (sent,) = await office.support.log(action="send")
    assert sent.record.conversation == conversation.id and sent.record.mailbox == "sales"


@pytest.mark.parametrize("sender", ["support", "sales"])
async def test_a_second_answer_is_refused_from_wherever(office: Office, sender: str) -> None:
    await office.send("anna", "sales", "a1@us")
    office.support.clock.advance(seconds=60)
    with pytest.raises(Guarded) as refused:
        await office.send("ben", sender, "b1@us")
    assert refused.value.guard == "answered" and refused.value.facts["name"] == "Anna Sato"
    office.support.clock.advance(seconds=25)
    await office.send("ben", sender, "b2@us")
    assert len(office.relays[sender].sent) == (2 if sender == "sales" else 1)


async def test_a_mail_to_both_is_answered_in_both(office: Office) -> None:
    office.sales.upstream.deliver(mail("m1@x", sender=CUSTOMER))
    await office.sales.synced()
    office.support.clock.advance(seconds=60)
    await office.send("anna", "support", "a1@us")
    assert office.status(office.support) == office.status(office.sales) == "done"
    with pytest.raises(Guarded):
        await office.send("ben", "sales", "b1@us")


async def test_a_forward_from_the_other_mailbox_finishes_nothing(office: Office) -> None:
    await office.send("anna", "sales", "f1@us", "supplier@sup.example")
    assert office.status(office.support) == "open"
    (message,) = office.support.room.state.by_message_id["m1@x"]
    assert "$Forwarded" in {*message.flags, *message.local_keywords}


async def test_what_a_person_may_not_answer_is_not_followed(office: Office) -> None:
    """Mara learns nothing of sales, and changes nothing there."""
    office.sales.upstream.deliver(mail("m1@x", sender=CUSTOMER))
    await office.sales.synced()
    await office.send("mara", "support", "a1@us")
    assert office.status(office.support) == "done"
    assert office.status(office.sales) == "open"


async def test_what_went_nowhere_holds_nobody_off(office: Office) -> None:
    relay = office.relays["sales"]
    relay.trouble = RelayUnavailable("no route", uncertain=False)
    with pytest.raises(RelayUnavailable):
        await office.send("anna", "sales", "a1@us")
    assert office.status(office.support) == "open"
    await office.send("ben", "support", "b1@us")
    assert office.status(office.support) == "done"


@pytest.mark.parametrize(
    ("folder", "sender", "elsewhere"),
    [("INBOX", CUSTOMER, "yes"), ("Drafts", "support@example.test", None)],
)
async def test_an_answer_is_called_one_to_this_mail_only_where_no_other_waited(
    office: Office, folder: str, sender: str, elsewhere: str | None
) -> None:
    office.support.upstream.deliver(mail("m2@x", sender=sender, answers="m1@x"), folder)
    await office.support.synced()
    office.support.clock.advance(seconds=60)
    await office.send("anna", "support", "a1@us")
    with pytest.raises(Guarded) as refused:
        await office.send("ben", "support", "b1@us", answers="m2@x" if elsewhere else "m1@x")
    assert refused.value.guard == "answered"
    assert refused.value.facts.get("elsewhere") == elsewhere


async def test_what_may_have_gone_out_from_another_mailbox_is_told(office: Office) -> None:
    relay = office.relays["sales"]
    relay.trouble = OSError("kill")
    with pytest.raises(OSError, match="kill"):
        await office.send("anna", "sales", "a1@us")
    with pytest.raises(Guarded) as refused:
        await office.send("ben", "support", "b1@us")
    assert refused.value.guard == "perhaps-answered"
    assert refused.value.facts["name"] == office.support.team.by_login("anna").name  # type: ignore[union-attr]


async def test_to_thank_a_supplier_in_doubt_holds_nobody_off(office: Office) -> None:
    office.support.upstream.deliver(mail("s1@x", sender="sup@sup.example", answers="m1@x"))
    await office.support.synced()
    office.relays["support"].trouble = OSError("kill")
    with pytest.raises(OSError, match="kill"):
        await office.send("anna", "support", "a1@us", "sup@sup.example", answers="s1@x")
    office.relays["support"].trouble = None
    await office.send("ben", "support", "b1@us")
    assert len(office.relays["support"].sent) == 1


async def test_where_only_mails_of_ours_lie_nobody_has_answered(office: Office) -> None:
    """Three pass the mail on to the supplier; the first did it from another mailbox."""
    await office.send("anna", "sales", "f1@us", "supplier@sup.example")
    office.sales.upstream.deliver(office.relays["sales"].sent[0][2], "Sent")
    await office.sales.synced()
    for login, message_id in (("ben", "f2@us"), ("anna", "f3@us")):
        office.support.clock.advance(seconds=60)
        await office.send(login, "support", message_id, "supplier@sup.example")
    assert len(office.relays["support"].sent) == 2
    assert office.status(office.support) == "open"


# ---------------------------------------------------------------- a mail that never came here


async def test_what_came_to_a_colleague_alone_is_answered_once(office: Office) -> None:
    """Its conversation begins with the copy of the answer, which takes a while to Sent."""
    await office.send("anna", "sales", "a1@us", answers="private@x")
    for sender in ("sales", "support"):
        with pytest.raises(Guarded) as refused:
            await office.send("ben", sender, f"b-{sender}@us", answers="private@x")
        assert refused.value.guard == "answered" and refused.value.facts["name"] == "Anna Sato"
    office.sales.upstream.deliver(office.relays["sales"].sent[0][2], "Sent")
    await office.sales.synced()
    with pytest.raises(Guarded) as refused:
        await office.send("ben", "sales", "b3@us", answers="private@x")
    assert refused.value.guard == "answered"
    await office.send("ben", "sales", "b4@us", "somebody@else.example", answers="private@x")


async def test_of_two_in_the_same_instant_one_is_stopped(office: Office) -> None:
    done = await asyncio.gather(
        office.send("anna", "sales", "a1@us", answers="private@x"),
        office.send("ben", "sales", "b1@us", answers="private@x"),
        return_exceptions=True,
    )
    assert [type(each) for each in done].count(Guarded) == 1
    assert len(office.relays["sales"].sent) == 1


async def test_what_did_not_go_out_answers_nobody(office: Office) -> None:
    office.relays["sales"].trouble = RelayRefused(550, b"no such user")
    with pytest.raises(RelayRefused):
        await office.send("anna", "sales", "a1@us", answers="private@x")
    office.relays["sales"].trouble = None
    await office.send("ben", "sales", "b1@us", answers="private@x")
    assert len(office.relays["sales"].sent) == 1


async def test_who_goes_on_from_a_mail_of_ours_answers_nobody(office: Office) -> None:
    friend = "friend@else.example"
    await office.send("anna", "sales", "a1@us", friend, answers="private@x")
    await office.send("anna", "sales", "a2@us", friend, answers="a1@us")
    await office.send("ben", "sales", "b1@us", friend, answers="a1@us")
    assert len(office.relays["sales"].sent) == 3
