"""An answer is what goes to who wrote, and strangers are no conversation: in doubt, open."""

from __future__ import annotations

import pytest

from tests.service.conftest import World, mail
from tests.service.fake_upstream import FakeFolder

IDA, UWE, SUPPLIER = "ida@buyer.example", "uwe@other.example", "supplier@sup.example"
US = "support@example.test"


def status(world: World, message_id: str) -> str:
    return world.room.state.threads[message_id].status


def told(raw: bytes, *lines: str, to: str = "") -> bytes:
    """The same with more header lines, to somebody else."""
    head, _, text = raw.partition(b"\n\n")
    kept = [line for line in head.split(b"\n") if not (to and line.startswith(b"To: "))]
    more = [line.encode() for line in (*lines, *([f"To: {to}"] if to else []))]
    return b"\n".join([*kept, *more]) + b"\n\n" + text


async def deliver(world: World, raw: bytes, folder: str = "INBOX") -> None:
    world.upstream.deliver(raw, folder)
    await world.synced()


async def send(world: World, message_id: str, about: str, *to: str, by: str = "anna") -> None:
    """As SMTP does it: out through us, and a copy in Sent."""
    facts = world.conversations.find([about], to)
    person = world.team.by_login(by)
    assert facts is not None and person is not None
    await world.conversations.complete(
        facts.id, person, message_id, [about], lambda tx: None, [], answers=facts.is_answer
    )
    sent = told(mail(message_id, answers=about, sender=US), to=", ".join(to))
    await deliver(world, sent, "Sent")


async def test_a_forward_to_a_supplier_finishes_nothing(world: World) -> None:
    await deliver(world, mail("m1@x", sender=IDA))
    await send(world, "f1@us", "m1@x", SUPPLIER)
    assert status(world, "m1@x") == "open"
    assert world.room.state.threads["m1@x"].assignee is None
    (message,) = world.room.state.by_message_id["m1@x"]
    flags = {*message.flags, *message.local_keywords}
    assert "$Forwarded" in flags and "\\Answered" not in flags
    facts = world.conversations.find(["m1@x"], [IDA])
    assert facts is not None and facts.is_answer and not facts.answers, "ben's answer may go out"
    await send(world, "a1@us", "m1@x", IDA, by="ben")
    assert status(world, "m1@x") == "done"


@pytest.mark.parametrize("form", ["", "form@web.example"])
async def test_two_strangers_with_one_message_id_are_two(world: World, form: str) -> None:
    """A web form that gives the same id to all it sends: each is answered for itself."""
    reply_to = [f"Reply-To: {IDA}", f"Reply-To: {UWE}"] if form else ["X-A: 1", "X-B: 2"]
    ida = told(mail("form@web", sender=form or IDA, subject="one"), reply_to[0])
    uwe = told(mail("form@web", sender=form or UWE, subject="two"), reply_to[1])
    await deliver(world, ida)
    await deliver(world, uwe)
    first, second = world.room.state.by_message_id["form@web"]
    assert first.conversation is not second.conversation
    assert (first.conversation.status, second.conversation.status) == ("open", "open")
    await send(world, "a1@us", "form@web", IDA)
    assert (first.conversation.status, second.conversation.status) == ("done", "open")
    facts = world.conversations.find(["form@web"], [UWE])
    assert facts is not None and facts.is_answer and not facts.answers, "nobody has answered him"
    stopped = world.conversations.find(["form@web"], [IDA])
    assert stopped is not None and stopped.answers
    await deliver(world, mail("again@ida", sender=IDA, answers="form@web"))
    (again,) = world.room.state.by_message_id["again@ida"]
    assert again.conversation is first.conversation, "she quotes her own mail"
    await send(world, "a2@us", "form@web", UWE, by="ben")
    assert second.conversation.status == "done"
    (copy,) = world.room.state.by_message_id["a2@us"]
    assert copy.conversation is second.conversation
    await world.restart()
    known = world.room.state.by_message_id["form@web"]
    assert [m.conversation.status for m in known] == ["open", "done"]
    # Moved at the provider, it is the same mail still.
    world.upstream.folders["INBOX"].mails.clear()
    await deliver(world, uwe, "Archive")
    (moved,) = world.room.state.by_message_id["form@web"]
    assert moved.conversation.id == known[1].conversation.id


async def test_the_answer_to_the_first_mail_does_not_finish_the_second(world: World) -> None:
    await deliver(world, mail("m1@x", sender=IDA))
    await deliver(world, mail("m2@x", sender=IDA, answers="m1@x"))
    await send(world, "a1@us", "m1@x", IDA)
    assert status(world, "m2@x") == "open"
    await send(world, "a2@us", "m2@x", IDA)
    assert status(world, "m2@x") == "done"


async def test_a_mail_moved_to_another_folder_came_when_it_came(world: World) -> None:
    await deliver(world, mail("m1@x", sender=IDA))
    await deliver(world, mail("m2@x", sender=IDA, answers="m1@x"))
    view, _ = await world.open("anna")
    await view.move([1], "Archive")
    await world.synced()
    await send(world, "a2@us", "m2@x", IDA)
    assert status(world, "m2@x") == "done"


async def test_two_customers_who_answer_one_circular_are_two_conversations(world: World) -> None:
    circular = told(mail("c@us", sender=US), to=f"{IDA}, {UWE}")
    await deliver(world, circular, "Sent")
    await deliver(world, mail("i1@x", sender=IDA, answers="c@us"))
    await deliver(world, mail("u1@x", sender=UWE, answers="c@us"))
    await send(world, "a@us", "i1@x", IDA)
    assert (status(world, "i1@x"), status(world, "u1@x")) == ("done", "open")


async def test_two_customers_who_answer_what_nobody_here_knows(world: World) -> None:
    await deliver(world, mail("i1@x", sender=IDA, answers="page@nowhere"))
    await deliver(world, mail("u1@x", sender=UWE, answers="page@nowhere"))
    await send(world, "a@us", "i1@x", IDA)
    assert (status(world, "i1@x"), status(world, "u1@x")) == ("done", "open")


async def test_a_second_stranger_who_knows_a_mail_of_ours_to_one_person(world: World) -> None:
    await deliver(world, told(mail("c@us", sender=US), to="hanako@c.example"), "Sent")
    await deliver(world, mail("i1@x", sender=IDA, answers="c@us"))
    await deliver(world, mail("u1@x", sender=UWE, answers="c@us"))
    threads = world.room.state.threads
    assert threads["i1@x"] is threads["c@us"], "she has another address"
    assert threads["u1@x"] is not threads["c@us"]


async def test_another_mail_with_a_known_message_id_is_news(world: World) -> None:
    await deliver(world, mail("m1@x", sender=IDA, subject="parcel one"))
    await send(world, "a1@us", "m1@x", IDA)
    await deliver(world, mail("m1@x", sender=IDA, subject="parcel two"))
    assert status(world, "m1@x") == "open"
    assert len(await world.log(action="arrive")) == 2


async def test_the_same_mail_delivered_twice_is_no_news(world: World) -> None:
    await deliver(world, mail("m1@x", sender=IDA))
    await send(world, "a1@us", "m1@x", IDA)
    await deliver(world, mail("m1@x", sender=IDA) + b"one more Received line")
    assert status(world, "m1@x") == "done"


@pytest.mark.parametrize("line", ["Auto-Submitted: auto-replied", "Precedence: auto_reply"])
async def test_a_receipt_in_sent_answers_nothing(world: World, line: str) -> None:
    await deliver(world, mail("m1@x", sender=IDA))
    receipt = told(mail("r@us", sender=US, answers="m1@x"), line, to=IDA)
    await deliver(world, receipt, "Sent")
    assert status(world, "m1@x") == "open"
    facts = world.conversations.find(["m1@x"], [IDA])
    assert facts is not None and not facts.answers, "and nobody is refused because of it"


@pytest.mark.parametrize(
    "lines",
    [
        ("List-Id: <support.example.test>", "Precedence: list"),
        ("Precedence: list", "List-Post: <mailto:support@example.test>"),
        ("Return-Path: <>",),
        ("X-Auto-Response-Suppress: All",),
        ("Precedence: bulk", "X-Auto-Response-Suppress: All"),
        ("Precedence: junk", "Feedback-ID: a:b:c"),
        ("Precedence: list", "List-Unsubscribe: <https://tool.example/out>"),
        ("Precedence: bulk", "Auto-Submitted: no"),
    ],
)
async def test_our_own_list_and_what_only_looks_automatic_are_people(
    world: World, lines: tuple[str, ...]
) -> None:
    await deliver(world, told(mail("m1@x", sender=IDA), *lines))
    assert status(world, "m1@x") == "open"
    await send(world, "a1@us", "m1@x", IDA)
    await deliver(world, told(mail("m2@x", sender=IDA, answers="a1@us"), *lines))
    assert status(world, "m1@x") == "open"


async def test_who_answers_us_through_a_list_of_theirs_waits(world: World) -> None:
    """A company's group address passes its people's mail on, and says that it is a list."""
    await deliver(world, mail("m1@x", sender=IDA))
    await send(world, "a1@us", "m1@x", IDA)
    theirs = "List-Id: <buying.buyer.example>"
    await deliver(world, told(mail("n1@x", sender=IDA, answers="m1@x"), theirs))
    await deliver(world, told(mail("n2@x", sender=IDA, answers="a1@us"), theirs, to=IDA))
    assert status(world, "m1@x") == "done", "what goes round on the list itself"
    await deliver(world, told(mail("m2@x", sender=IDA, answers="a1@us"), theirs))
    assert status(world, "m1@x") == "open"


@pytest.mark.parametrize("folder", ["INBOX", "Archive"])
async def test_a_form_in_our_own_name_is_work_wherever_it_lies(world: World, folder: str) -> None:
    form = told(mail("l1@web", sender=US, answers="page-7@web"), f"Reply-To: {IDA}", to=US)
    await deliver(world, form, folder)
    assert status(world, "l1@web") == "open"


async def test_what_is_older_than_our_answer_by_far_is_no_news(world: World) -> None:
    await deliver(world, mail("m1@x", sender=IDA))
    await send(world, "a1@us", "m1@x", IDA)
    old = told(mail("m0@x", sender=IDA, answers="m1@x"), "Date: Mon, 5 Jan 2015 10:00:00 +0900")
    uid = world.upstream.deliver(old)
    world.upstream.folders["INBOX"].mails[uid].date = " 5-Jan-2015 10:00:00 +0900"
    await world.synced()
    assert status(world, "m1@x") == "done"
    assert len(world.room.state.threads["m1@x"].messages) == 3


async def test_what_lay_in_a_folder_that_is_read_later_came_before(world: World) -> None:
    await deliver(world, mail("m2@x", sender=IDA, answers="m1@x"))
    orders = world.upstream.folders["Orders"] = FakeFolder(77)
    uid = world.upstream.deliver(mail("m1@x", sender=IDA), "Orders")
    orders.mails[uid].date = " 5-Jun-2025 10:00:00 +0900"  # the day before, by our clock
    await world.sync.list_anew()
    await world.synced()
    assert world.room.state.threads["m1@x"] is world.room.state.threads["m2@x"]
    await send(world, "a2@us", "m2@x", IDA)
    assert status(world, "m2@x") == "done"


async def test_the_same_mail_delivered_once_more_is_no_newer_one(world: World) -> None:
    await deliver(world, mail("m1@x", sender=IDA))
    world.clock.advance(seconds=1)
    await deliver(world, mail("m2@x", sender=IDA, answers="m1@x"))
    await deliver(world, mail("m1@x", sender=IDA) + b"by way of another server")
    await send(world, "a2@us", "m2@x", IDA)
    assert status(world, "m2@x") == "done"
