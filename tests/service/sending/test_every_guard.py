"""Each row of the table at work: it stops when it is on, is silent when it is off, and whoever
has been told may send all the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from proxyd.domain.guard import Answer
from proxyd.domain.guards import CHOICES, GUARDS, Guard
from proxyd.service.api.submission import Guarded
from proxyd.store.database import Database
from tests.conftest import FakeClock
from tests.service.sending.sending_bench import Bench, answer_mail, make_bench

Case = Callable[[Bench], Awaitable[dict[str, str]]]  # → what is particular to the mail


async def _answered(bench: Bench) -> dict[str, str]:
    bench.conversations.answers.append(Answer(1, "Anna", bench.clock(), "a1@pc"))
    return {}


async def _hold(bench: Bench) -> dict[str, str]:
    bench.conversations.status = "hold"
    return {}


async def _done(bench: Bench) -> dict[str, str]:
    bench.conversations.status = "done"
    return {}


async def _claimed(bench: Bench) -> dict[str, str]:
    bench.conversations.assignee = (bench.anna.id, "Anna")
    return {}


async def _new_recipient(bench: Bench) -> dict[str, str]:
    bench.conversations.strangers = ("kunde@customer.example",)
    return {}


async def _attachment(bench: Bench) -> dict[str, str]:
    return {"text": "You find the offer attached"}


CASES: dict[str, Case] = {
    "answered": _answered,
    "hold": _hold,
    "done": _done,
    "claimed": _claimed,
    "new-recipient": _new_recipient,
    "attachment": _attachment,
}
every_choice = pytest.mark.parametrize("guard", CHOICES, ids=lambda guard: guard.key)


@pytest.fixture
async def bench(database: Database, clock: FakeClock) -> AsyncIterator[Bench]:
    bench = await make_bench(database, clock)
    yield bench
    await bench.submission.close()


def choose(bench: Bench, *keys: str) -> None:
    mailbox = bench.conversations.mailbox
    policy = replace(mailbox.policy, guards=frozenset(keys))
    bench.conversations.mailbox = replace(mailbox, policy=policy)


async def refused(bench: Bench, mail: bytes) -> Guarded:
    with pytest.raises(Guarded) as caught:
        await bench.send(bench.bob, mail)
    return caught.value


@every_choice
async def test_it_stops_and_is_overridden_by_sending_again(bench: Bench, guard: Guard) -> None:
    particular = await CASES[guard.key](bench)
    choose(bench, guard.key)
    assert (await refused(bench, answer_mail("b1@pc", **particular))).guard == guard.key
    bench.clock.advance(seconds=25)
    again = answer_mail("b1@pc", **particular, date="Mon, 1 Jan 2024 10:00:25 +0900")
    await bench.send(bench.bob, again)
    assert len(bench.relay.sent) == 1
    (entry,) = [s.record for s in await bench.log() if s.record.action == "override"]
    assert (entry.detail["guard"], entry.detail["how"]) == (guard.key, "repeat")
    assert bench.outcomes == [guard.key, f"override-{guard.key}", "sent"]


@every_choice
async def test_a_program_that_repeats_does_not_get_through(bench: Bench, guard: Guard) -> None:
    particular = await CASES[guard.key](bench)
    choose(bench, guard.key)
    for seconds in (5, 30, 60):
        assert (await refused(bench, answer_mail("b1@pc", **particular))).guard == guard.key
        bench.clock.advance(seconds=seconds)
    assert not bench.relay.sent


@every_choice
async def test_the_mark_lets_it_through_at_once(bench: Bench, guard: Guard) -> None:
    particular = await CASES[guard.key](bench)
    choose(bench, guard.key)
    marked = answer_mail("b1@pc", **particular, subject="!send! Re: order")
    await bench.send(bench.bob, marked)
    (entry,) = [s.record for s in await bench.log() if s.record.action == "override"]
    assert (entry.detail["guard"], entry.detail["how"]) == (guard.key, "mark")


@every_choice
async def test_it_is_silent_where_it_is_off(bench: Bench, guard: Guard) -> None:
    particular = await CASES[guard.key](bench)
    choose(bench)
    await bench.send(bench.bob, answer_mail("b1@pc", **particular))
    assert len(bench.relay.sent) == 1


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.key)
def test_only_choices_can_be_off(guard: Guard) -> None:
    assert guard.is_choice == (guard.key in CASES)


async def test_a_slip_is_told_also_where_somebody_was_faster(bench: Bench) -> None:
    """Whose turn it is is one matter, a slip another: consent is to what was told."""
    await _answered(bench)
    choose(bench, "answered", "done", "attachment")
    bench.conversations.status = "done"
    text = "You find the offer attached"
    assert (await refused(bench, answer_mail("b1@pc", text))).guard == "answered"
    bench.clock.advance(seconds=25)
    second = answer_mail("b1@pc", text, date="Mon, 1 Jan 2024 10:00:25 +0900")
    told = await refused(bench, second)
    assert (told.guard, told.facts["word"]) == ("attachment", "attached")
    bench.clock.advance(seconds=25)
    third = answer_mail("b1@pc", text, date="Mon, 1 Jan 2024 10:00:50 +0900")
    await bench.send(bench.bob, third)
    assert len(bench.relay.sent) == 1


async def test_consent_to_one_new_recipient_is_none_to_another(bench: Bench) -> None:
    choose(bench, "new-recipient")
    bench.conversations.strangers = ("a@else.example",)
    told = await refused(bench, answer_mail("b1@pc", "one"))
    assert told.facts["addresses"] == "a@else.example"
    bench.clock.advance(seconds=25)
    bench.conversations.strangers = ("a@else.example", "b@else.example")
    named = (await refused(bench, answer_mail("b2@pc", "two"))).facts["addresses"]
    assert named == "a@else.example, b@else.example"


async def test_a_new_mail_may_forget_its_attachment_too_and_is_not_asked_for_recipients(
    bench: Bench,
) -> None:
    choose(bench, "new-recipient", "attachment")
    mail = answer_mail("n1@pc", "attached", answers="", subject="Offer")
    assert (await refused(bench, mail)).guard == "attachment"
    bench.clock.advance(seconds=25)
    later = "Mon, 1 Jan 2024 10:00:25 +0900"
    await bench.send(
        bench.bob, answer_mail("n1@pc", "attached", answers="", subject="Offer", date=later)
    )
