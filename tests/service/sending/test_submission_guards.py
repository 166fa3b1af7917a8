"""The guards at work: who is stopped, and what counts as consent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from proxyd.domain.errors import RelayRefused, RelayUnavailable
from proxyd.domain.guard import Answer
from proxyd.domain.types import LogRecord
from proxyd.service.api.submission import Guarded, Submitted
from proxyd.store.database import Database
from tests.conftest import FakeClock
from tests.service.sending.sending_bench import Bench, answer_mail, make_bench, until


@pytest.fixture
async def bench(database: Database, clock: FakeClock) -> AsyncIterator[Bench]:
    bench = await make_bench(database, clock)
    yield bench
    await bench.submission.close()


async def refused(bench: Bench, mail: bytes, account=None) -> Guarded:
    with pytest.raises(Guarded) as caught:
        await bench.send(account or bench.bob, mail)
    return caught.value


async def test_a_colleague_was_faster(bench):
    await bench.send(bench.anna, answer_mail())
    answered_at = bench.clock()
    bench.clock.advance(seconds=60)
    guarded = await refused(bench, answer_mail("b1@pc", "my answer"))
    assert (guarded.guard, guarded.language) == ("answered", "en")
    told = {"name": "Anna", "when": str(answered_at), "pause": "20"}
    told |= {"window": "600", "mark": "!send!"}
    assert guarded.facts == {**told, "how": "pause"}
    assert len(bench.relay.sent) == 1
    assert (await bench.log())[-1].record.detail["guard"] == "answered"
    assert bench.outcomes == ["sent", "answered"]


async def test_sending_the_same_again_after_the_pause_is_consent(bench):
    await bench.send(bench.anna, answer_mail())
    await refused(bench, answer_mail("b1@pc", "my answer"))
    bench.clock.advance(seconds=20)
    again = await bench.send(bench.bob, answer_mail("b2@pc", "my\r\nanswer"))
    assert again == Submitted("b2@pc")
    assert len(bench.relay.sent) == 2
    assert await bench.log_words() == [
        ("send", "ok", "anna"),
        ("send", "refused", "bob"),
        ("override", "ok", "bob"),
        ("send", "ok", "bob"),
    ]
    assert "override-answered" in bench.outcomes


async def test_a_consent_lets_one_mail_through(bench):
    """The customer must not get it twice because a program sends it again at once."""
    await bench.send(bench.anna, answer_mail())
    await refused(bench, answer_mail("b1@pc", "my answer"))
    bench.clock.advance(seconds=25)
    await bench.send(bench.bob, answer_mail("b2@pc", "my answer"))
    bench.clock.advance(seconds=1)
    assert (await refused(bench, answer_mail("b3@pc", "my answer"))).guard == "answered"
    assert len(bench.relay.sent) == 2
    bench.clock.advance(seconds=25)
    await bench.send(bench.bob, answer_mail("b4@pc", "my answer"))
    assert len(bench.relay.sent) == 3


async def test_of_two_at_once_one_has_the_consent(bench):
    """The same text to other recipients is another mail, under the same consent."""
    await bench.send(bench.anna, answer_mail())
    await refused(bench, answer_mail("b1@pc", "my answer"))
    bench.clock.advance(seconds=25)
    results = await asyncio.gather(
        *(
            bench.send(
                bench.bob, answer_mail(f"c{n}@pc", "my answer"), recipients=(f"{n}@b.example",)
            )
            for n in range(4)
        ),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in results) == ["Guarded"] * 3 + ["Submitted"]
    assert len(bench.relay.sent) == 2
    again = await refused(bench, answer_mail("b9@pc", "my answer"))
    assert again.guard == "answered"


@pytest.mark.parametrize(
    "trouble", [RelayRefused(451, "greylisted"), RelayUnavailable("no route", uncertain=False)]
)
async def test_what_did_not_go_gives_the_consent_back(bench, trouble):
    await bench.send(bench.anna, answer_mail())
    await refused(bench, answer_mail("b1@pc", "my answer"))
    bench.clock.advance(seconds=25)
    bench.relay.trouble = trouble
    with pytest.raises(type(trouble)):
        await bench.send(bench.bob, answer_mail("b2@pc", "my answer"))
    bench.relay.trouble = None
    assert not (await bench.send(bench.bob, answer_mail("b2@pc", "my answer"))).repeated
    await refused(bench, answer_mail("b3@pc", "my answer"))


async def test_the_consent_is_used_up_also_where_we_die_after_it(bench):
    await bench.send(bench.anna, answer_mail())
    await refused(bench, answer_mail("b1@pc", "my answer"))
    bench.clock.advance(seconds=25)
    bench.relay.trouble = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await bench.send(bench.bob, answer_mail("b2@pc", "my answer"))
    bench.relay.trouble = None
    other = ("else@b.example",)
    with pytest.raises(Guarded):
        await bench.send(bench.bob, answer_mail("b3@pc", "my answer"), recipients=other)


async def test_the_same_message_id_is_consent_too(bench):
    """Thunderbird keeps it when Send is pressed again, and writes a new Date."""
    await bench.send(bench.anna, answer_mail())
    await refused(bench, answer_mail("b1@pc", "my answer"))
    bench.clock.advance(seconds=30)
    again = answer_mail("b1@pc", "my answer", date="Mon, 1 Jan 2024 10:00:30 +0900")
    assert not (await bench.send(bench.bob, again)).repeated


@pytest.mark.parametrize("seconds", [1, 10, 25, 30, 60, 300])
async def test_a_phone_that_retries_by_itself(bench, seconds):
    await bench.send(bench.anna, answer_mail())
    for number in range(8):
        guarded = await refused(bench, answer_mail("b1@pc", "my answer"))
        assert guarded.facts["how"] == ("mark-instead" if number else "pause")
        bench.clock.advance(seconds=seconds)
    assert len(bench.relay.sent) == 1


async def test_a_program_that_makes_it_anew_with_waits_that_grow(bench):
    await bench.send(bench.anna, answer_mail())
    for number in range(8):
        await refused(bench, answer_mail(f"b{number}@pc", "my answer"))
        bench.clock.advance(seconds=5 * 2**number)
    assert len(bench.relay.sent) == 1


async def test_the_mark_lets_it_through_and_does_not_go_out(bench):
    await bench.send(bench.anna, answer_mail())
    for _ in range(3):
        await refused(bench, answer_mail("b1@pc", "my answer"))
    await bench.send(bench.bob, answer_mail("b1@pc", "my answer", subject="!send! Re: order"))
    sent = bench.relay.sent[-1][2]
    assert b"\r\nSubject: Re: order\r\n" in sent and b"!send!" not in sent
    (entry,) = [s.record for s in await bench.log() if s.record.action == "override"]
    assert (entry.detail["guard"], entry.detail["how"]) == ("answered", "mark")
    await until(lambda: len(bench.conversations.filed) == 0)
    outbox = await bench.database.read(lambda tx: tx.outbox.next_unfiled(1, 1))
    assert b"!send!" not in outbox.message


async def test_the_mark_does_not_outrun_a_colleague(bench):
    bench.relay.hold = asyncio.Event()
    first = asyncio.create_task(bench.send(bench.anna, answer_mail()))
    await until(lambda: bench.relay.entered == 1)
    marked = answer_mail("b1@pc", "my answer", subject="!send! Re: order")
    assert (await refused(bench, marked)).guard == "sending"
    bench.relay.hold.set()
    await first


def choose(bench, **choices):
    mailbox = bench.conversations.mailbox
    bench.conversations.mailbox = replace(mailbox, policy=replace(mailbox.policy, **choices))


async def test_no_way_around_where_none_is_chosen(bench):
    choose(bench, override=False, override_mark="")
    await bench.send(bench.anna, answer_mail())
    for message_id in ("b1@pc", "b2@pc"):
        again = answer_mail(message_id, "my answer", subject="!send! Re: order")
        assert (await refused(bench, again)).facts["how"] == ""
        bench.clock.advance(seconds=30)


async def turn(bench, login, status, **detail):
    """A colleague gives the conversation a status, as the log has it."""
    bench.conversations.status = status
    facts = {"from": "open", "to": status, **detail}
    record = LogRecord("status", actor=login, conversation=7, detail=facts)
    await bench.database.write(lambda tx: tx.log.append([record]))


@pytest.mark.parametrize("status", ["done", "hold"])
async def test_a_colleague_finished_it_or_put_it_on_hold(bench, status):
    at_us = bench.clock()
    await turn(bench, "anna", status)
    guarded = await refused(bench, answer_mail("b1@pc", "my answer"))
    assert (guarded.guard, guarded.facts["name"]) == (status, "Anna")
    assert guarded.facts["when"] == str(at_us)
    bench.clock.advance(seconds=25)
    await bench.send(bench.bob, answer_mail("b2@pc", "my answer"))
    choose(bench, guards=frozenset())
    await bench.send(bench.bob, answer_mail("b3@pc", "another answer"))


async def test_any_status_that_stops_answers_does_and_is_named(bench):
    bench.conversations.status = "approval"
    refusal = await refused(bench, answer_mail("b1@pc"))
    assert (refusal.guard, refusal.facts["status"]) == ("hold", "Approval")
    bench.conversations.status = "checking"
    await bench.send(bench.bob, answer_mail("b1@pc"))


async def test_what_one_has_finished_oneself_may_be_followed_up_and_hold_asks_everybody(bench):
    await turn(bench, "bob", "done")
    await bench.send(bench.bob, answer_mail("b1@pc", "my answer"))
    await turn(bench, "bob", "hold")
    assert (await refused(bench, answer_mail("b2@pc", "my second answer"))).guard == "hold"


async def test_who_answers_the_answer_knows_that_it_is_done(bench):
    await turn(bench, "anna", "done", by="answer", answer="a1@pc")
    bench.conversations.answers.append(Answer(bench.anna.id, "Anna", bench.clock(), "a1@pc"))
    await bench.send(bench.bob, answer_mail("b1@pc", "one thing more", answers="a1@pc"))


async def test_done_nobody_knows_by_whom(bench):
    bench.conversations.status = "done"
    guarded = await refused(bench, answer_mail("b1@pc", "my answer"))
    assert (guarded.guard, guarded.facts["name"], guarded.facts["when"]) == ("done", "", "0")


async def test_a_colleague_s_mail_where_that_is_guarded(bench):
    bench.conversations.assignee = (bench.anna.id, "Anna")
    await bench.send(bench.bob, answer_mail("b1@pc", "my answer"))
    bench.conversations.answers.clear()
    choose(bench, guards=frozenset({"claimed"}))
    guarded = await refused(bench, answer_mail("b2@pc", "another answer"))
    assert (guarded.guard, guarded.facts["name"]) == ("claimed", "Anna")
    await bench.send(bench.anna, answer_mail("a1@pc", "hers"))


@pytest.mark.parametrize("seconds", [0, 19, 601, 100_000])
async def test_too_soon_or_too_late(bench, seconds):
    await bench.send(bench.anna, answer_mail())
    await refused(bench, answer_mail("b1@pc", "my answer"))
    bench.clock.advance(seconds=seconds)
    await refused(bench, answer_mail("b1@pc", "my answer"))


async def test_an_edited_text_is_the_second_decision_after_the_pause(bench):
    await bench.send(bench.anna, answer_mail())
    await refused(bench, answer_mail("b1@pc", "my answer"))
    bench.clock.advance(seconds=10)
    await refused(bench, answer_mail("b1@pc", "my answer, sorry if we cross"))
    bench.clock.advance(seconds=20)
    await bench.send(bench.bob, answer_mail("b1@pc", "my answer, sorry if our mails cross"))
    bench.clock.advance(seconds=1)
    await refused(bench, answer_mail("b2@pc", "my answer"))  # the consent is used up
    bench.clock.advance(seconds=601)
    await refused(bench, answer_mail("b2@pc", "my other answer"))
    assert len(bench.relay.sent) == 2


async def test_an_edited_text_goes_also_where_a_program_repeats_the_first(bench):
    await bench.send(bench.anna, answer_mail())
    for _ in range(4):
        await refused(bench, answer_mail("b1@pc", "my answer"))
        bench.clock.advance(seconds=8)
    await bench.send(bench.bob, answer_mail("b1@pc", "my answer, edited"))
    assert len(bench.relay.sent) == 2


async def test_what_an_edited_text_was_not_told_of_stops_it(bench):
    await bench.send(bench.anna, answer_mail())
    await refused(bench, answer_mail("b1@pc", "my answer"))
    bench.clock.advance(seconds=25)
    bench.conversations.answers.append(Answer(9, "Chie", bench.clock(), "c@pc"))
    bench.clock.advance(seconds=5)
    guarded = await refused(bench, answer_mail("b2@pc", "my answer, edited"))
    assert guarded.facts["name"] == "Chie"


@pytest.mark.parametrize("missing", [("Date",), ("Message-ID",), ("Date", "Message-ID")])
async def test_a_phone_that_leaves_lines_to_us_is_told_too(bench, missing):
    """We write another Date and Message-ID each time: what the phone wrote is compared."""
    await bench.send(bench.anna, answer_mail())
    lines = answer_mail("b1@pc", "my answer").split(b"\r\n")
    phone = b"\r\n".join(line for line in lines if line.partition(b":")[0].decode() not in missing)
    for _ in range(5):
        await refused(bench, phone)
        bench.clock.advance(seconds=30)
    assert len(bench.relay.sent) == 1


async def test_consent_is_personal(bench):
    bench.conversations.answers.append(Answer(None, "", bench.clock(), "web@mail"))
    first = await refused(bench, answer_mail("b1@pc", "my answer"))
    assert first.facts["name"] == ""
    bench.clock.advance(seconds=30)
    await refused(bench, answer_mail("a1@pc", "my answer"), bench.anna)


async def test_another_answer_since_the_refusal_is_told_anew(bench):
    await bench.send(bench.anna, answer_mail())
    await refused(bench, answer_mail("b1@pc", "my answer"))
    bench.clock.advance(seconds=25)
    bench.conversations.answers.append(Answer(9, "Chie", bench.clock(), "c@pc"))
    bench.clock.advance(seconds=5)
    guarded = await refused(bench, answer_mail("b1@pc", "my answer"))
    assert guarded.facts["name"] == "Chie"


async def test_consent_survives_a_restart(bench):
    await bench.send(bench.anna, answer_mail())
    await refused(bench, answer_mail("b1@pc", "my answer"))
    await bench.submission.close()
    bench.submission = bench.begin()
    bench.clock.advance(seconds=30)
    await bench.send(bench.bob, answer_mail("b2@pc", "my answer"))


async def test_the_customers_newer_mail_may_be_answered(bench):
    await bench.send(bench.anna, answer_mail())
    bench.clock.advance(seconds=60)
    bench.conversations.arrived["m2@customer"] = bench.clock()
    bench.clock.advance(seconds=60)
    await bench.send(bench.bob, answer_mail("b1@pc", "my answer", answers="m2@customer"))


async def test_a_second_answer_of_ones_own(bench):
    await bench.send(bench.anna, answer_mail())
    bench.clock.advance(seconds=60)
    await bench.send(bench.anna, answer_mail("a2@pc", "and one more thing"))


async def test_two_in_the_same_instant(bench):
    bench.relay.hold = asyncio.Event()
    first = asyncio.create_task(bench.send(bench.anna, answer_mail()))
    await until(lambda: bench.relay.entered == 1)
    guarded = await refused(bench, answer_mail("b1@pc", "my answer"))
    assert (guarded.guard, guarded.facts["name"]) == ("sending", "Anna")
    bench.clock.advance(seconds=30)
    assert (await refused(bench, answer_mail("b1@pc", "my answer"))).guard == "sending"
    bench.relay.hold.set()
    await first
    assert (await refused(bench, answer_mail("b1@pc", "my answer"))).guard == "answered"


async def test_many_at_once_and_one_goes_out(bench):
    """First wins, whatever the order in which the loop runs them."""
    results = await asyncio.gather(
        *(
            bench.send((bench.anna, bench.bob)[n % 2], answer_mail(f"{n}@pc", f"answer {n % 2}"))
            for n in range(10)
        ),
        return_exceptions=True,
    )
    assert len({message for _, _, message in bench.relay.sent}) == 1
    assert all(isinstance(each, (Submitted, Guarded)) for each in results)


async def test_a_refused_sending_holds_nobody_off(bench):
    from proxyd.domain.errors import RelayRefused

    bench.relay.trouble = RelayRefused(550, "no")
    with pytest.raises(RelayRefused):
        await bench.send(bench.anna, answer_mail())
    bench.relay.trouble = None
    await bench.send(bench.bob, answer_mail("b1@pc", "my answer"))
