"""What waits before it leaves: not lost, not sent twice, not sent after it was taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from itertools import combinations, permutations

import pytest

from proxyd.domain.errors import RelayRefused, RelayUnavailable
from proxyd.domain.guard import Answer
from proxyd.domain.guards import ON_BY_DEFAULT
from proxyd.domain.held import DRAFTS
from proxyd.domain.outbox import Sending, SendState
from proxyd.domain.policy import Policy
from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import Account, LogRecord, Right
from proxyd.service.api.submission import Guarded, Submitted
from proxyd.service.sending.desk import Waiting
from proxyd.service.sending.leaving import GIVE_UP_US
from proxyd.store.database import Database
from proxyd.store.schema import held as held_table
from tests.conftest import FakeClock
from tests.patience import turns
from tests.service.sending.sending_bench import Bench, answer_mail, make_bench, until

DELAY_S = 60
Thing = Callable[[Bench], Awaitable[None]]


@pytest.fixture
async def bench(database: Database, clock: FakeClock) -> AsyncIterator[Bench]:
    bench = await make_bench(database, clock)
    await bench.database.write(lambda tx: tx.accounts.grant(1, 1, Right.RESPOND))
    conversations = bench.conversations
    policy = Policy(send_delay_s=DELAY_S)
    conversations.mailbox = replace(conversations.mailbox, policy=policy)
    bench.submission.attach(conversations, bench.relay)
    await bench.submission.resume()
    yield bench
    await bench.submission.close()


def later(bench: Bench, seconds: float = DELAY_S) -> None:
    bench.clock.advance(seconds=seconds)
    bench.conversations.held_news.set()


async def state(bench: Bench, number: int = 1) -> str:
    found = await bench.database.read(lambda tx: tx.held.find(number))
    return found[1].state if found else ""


async def test_it_waits_and_leaves_once(bench: Bench) -> None:
    assert await bench.send(bench.anna, answer_mail()) == Submitted("r1@pc", waits=True)
    assert bench.conversations.shown == [1]
    assert await state(bench) == SendState.HELD
    later(bench, DELAY_S - 1)
    await turns()
    assert bench.relay.sent == []
    later(bench, 1)
    await until(lambda: len(bench.conversations.completed) == 1)
    (sent,) = bench.relay.sent
    assert b"Bcc" not in sent[2] and b"X-Proxyd" not in sent[2]
    assert await state(bench) == ""
    later(bench, 3600)
    await turns()
    assert len(bench.relay.sent) == 1
    assert [word for word, _, _ in await bench.log_words()][:2] == ["leaving", "send"]
    assert bench.outcomes == ["held", "sent"]


@pytest.mark.parametrize("delay_s", [0, 10])
async def test_a_shorter_delay_counts_for_what_waits(bench: Bench, delay_s: int) -> None:
    """From when it was handed in."""
    conversations = bench.conversations
    await bench.send(bench.anna, answer_mail())

    def choose(delay_s: int) -> None:
        policy = replace(conversations.mailbox.policy, send_delay_s=delay_s)
        conversations.mailbox = replace(conversations.mailbox, policy=policy)

    later(bench, 5)
    if delay_s:
        choose(delay_s)
        later(bench, delay_s - 6)
        await turns()
        assert bench.relay.sent == []
        later(bench, 1)
    else:
        choose(0)
        later(bench, 0)
    await until(lambda: len(bench.relay.sent) == 1)


async def test_a_longer_delay_does_not(bench: Bench) -> None:
    conversations = bench.conversations
    await bench.send(bench.anna, answer_mail())
    policy = replace(conversations.mailbox.policy, send_delay_s=3600)
    conversations.mailbox = replace(conversations.mailbox, policy=policy)
    later(bench)
    await until(lambda: len(bench.relay.sent) == 1)


async def test_handed_in_again_while_it_waits(bench: Bench) -> None:
    await bench.send(bench.anna, answer_mail())
    again = await bench.send(bench.anna, answer_mail())
    assert again == Submitted("r1@pc", repeated=True, waits=True)
    detail = (await bench.log())[-1].record.detail
    assert detail["repeated"] and detail["waits"]
    later(bench)
    await until(lambda: len(bench.relay.sent) == 1)
    await until(lambda: len(bench.conversations.completed) == 1)
    assert (await bench.send(bench.anna, answer_mail())).repeated


@pytest.mark.parametrize("before", [True, False])
async def test_consent_counts_for_what_there_was(bench: Bench, before: bool) -> None:
    """Bob answers before Anna hands hers in, or while it waits."""

    def bob() -> None:
        bench.conversations.answers.append(Answer(2, "Bob", bench.clock(), "b@us"))

    if before:
        bob()
        with pytest.raises(Guarded):
            await bench.send(bench.anna, answer_mail())
        bench.clock.advance(seconds=25)
    await bench.send(bench.anna, answer_mail(date="Tue, 2 Dec 2025 10:00:00 +0900"))
    bench.clock.advance(seconds=1)
    if not before:
        bob()
    later(bench)
    if before:
        await until(lambda: len(bench.relay.sent) == 1)
    else:
        await until(lambda: len(bench.conversations.came_back) == 1)
        assert bench.conversations.came_back[0] == {
            "why": "answered",
            "guard": "answered",
            "name": "Bob",
        }
        assert bench.relay.sent == []
        assert "answered" in bench.outcomes


async def test_hold_that_came_behind_a_consent_stops_it(bench: Bench) -> None:
    """Of one kind only the first is told at DATA; here each counts by itself."""
    bench.conversations.answers.append(Answer(2, "Bob", bench.clock(), "b@us"))
    with pytest.raises(Guarded):
        await bench.send(bench.anna, answer_mail())
    bench.clock.advance(seconds=25)
    await bench.send(bench.anna, answer_mail(date="Tue, 2 Dec 2025 10:00:00 +0900"))
    put_on_hold = LogRecord(
        "status", actor="bob", mailbox="support", conversation=7, detail={"to": "hold"}
    )
    bench.clock.advance(seconds=1)
    await bench.database.write(lambda tx: tx.log.append([put_on_hold]))
    bench.conversations.status = "hold"
    later(bench)
    await until(lambda: len(bench.conversations.came_back) == 1)
    assert bench.conversations.came_back[0]["why"] == "hold"
    assert bench.relay.sent == []


async def _answered(bench: Bench) -> None:
    bench.conversations.answers.append(Answer(2, "Bob", bench.clock(), "b@us"))


async def _webmail(bench: Bench) -> None:
    bench.conversations.answers.append(Answer(None, "", bench.clock(), "w@us"))


async def _perhaps(bench: Bench) -> None:
    lost = Sending(
        mailbox_id=1, account_id=2, login="bob", conversation_id=7, message_id="p@us",
        digest="another", sender="support@example.test", recipients=("kunde@customer.example",),
        created_us=bench.clock(), state=SendState.UNCERTAIN,
    )  # fmt: skip
    await bench.database.write(lambda tx: tx.outbox.begin(lost))


async def _status(bench: Bench, word: str) -> None:
    record = LogRecord(
        "status", actor="bob", mailbox="support", conversation=7, detail={"to": word}
    )
    await bench.database.write(lambda tx: tx.log.append([record]))
    bench.conversations.status = word


async def _done(bench: Bench) -> None:
    await _status(bench, "done")


async def _hold(bench: Bench) -> None:
    await _status(bench, "hold")


async def _claimed(bench: Bench) -> None:
    bench.conversations.assignee = (2, "Bob")


THINGS = (_answered, _webmail, _done, _hold, _claimed, _perhaps)
PAIRS = [pair for pair in combinations(THINGS, 2) if pair != (_done, _hold)]


async def _insist(bench: Bench, person: Account, *, mark: bool) -> None:
    """Until it is taken: by the mark, or as often as another reason is told."""
    subject = "!send! Re: order" if mark else "Re: order"
    for attempt in range(1, 4):
        date = f"Tue, {attempt} Dec 2025 10:00:00 +0900"
        try:
            assert (await bench.send(person, answer_mail(subject=subject, date=date))).waits
        except Guarded:
            assert not mark
            bench.clock.advance(seconds=25)
        else:
            return
    raise AssertionError("it is never taken")


@pytest.mark.parametrize("asks", [False, True], ids=["delay", "approval"])
@pytest.mark.parametrize("mark", [False, True], ids=["repeat", "mark"])
@pytest.mark.parametrize("things", PAIRS, ids=lambda pair: "".join(f.__name__ for f in pair))
async def test_what_it_was_sent_in_spite_of_stops_it_no_more(
    bench: Bench, things: tuple[Thing, Thing], *, mark: bool, asks: bool
) -> None:
    """Of whose turn it is one reason is told, and the consent is to all that held then."""
    conversations = bench.conversations
    policy = replace(conversations.mailbox.policy, guards=ON_BY_DEFAULT | {"claimed"})
    conversations.mailbox = replace(conversations.mailbox, policy=policy)
    for thing in things:
        await thing(bench)
    bench.clock.advance(seconds=1)
    right = Right.RESPOND_WITH_APPROVAL if asks else Right.RESPOND
    await _insist(bench, replace(bench.anna, grants={1: right}), mark=mark)
    (mail,) = await bench.database.read(lambda tx: tx.held.every(1))
    later(bench)
    if asks:
        now = bench.clock()
        await bench.database.write(lambda tx: tx.held.approve(mail.sending_id, now, "bob"))
        later(bench, 0)
    await until(lambda: bool(bench.relay.sent or bench.conversations.came_back))
    assert bench.conversations.came_back == []


@pytest.mark.parametrize(
    ("first", "then"), list(permutations(THINGS, 2)), ids=lambda thing: thing.__name__
)
async def test_what_came_since_stops_it(bench: Bench, first: Thing, then: Thing) -> None:
    conversations = bench.conversations
    policy = replace(conversations.mailbox.policy, guards=ON_BY_DEFAULT | {"claimed"})
    conversations.mailbox = replace(conversations.mailbox, policy=policy)
    await first(bench)
    bench.clock.advance(seconds=1)
    await _insist(bench, bench.anna, mark=False)
    bench.clock.advance(seconds=1)
    await then(bench)
    later(bench)
    await until(lambda: bool(bench.conversations.came_back))
    assert bench.relay.sent == []


async def test_the_provider_refuses_it_for_good(bench: Bench) -> None:
    bench.relay.trouble = RelayRefused(554, "5.7.1 spam", "c@example.com")
    await bench.send(bench.anna, answer_mail())
    later(bench)
    await until(lambda: len(bench.conversations.came_back) == 1)
    assert bench.conversations.came_back[0] == {
        "why": "provider",
        "text": "c@example.com: 554 5.7.1 spam",
    }
    bench.relay.trouble = None
    with pytest.raises(Guarded) as caught:  # a program's repetition
        await bench.send(bench.anna, answer_mail())
    assert caught.value.guard == "came-back"
    again = answer_mail(date="Tue, 2 Dec 2025 10:00:00 +0900")
    assert (await bench.send(bench.anna, again)).waits  # finished, and sent again


@pytest.mark.parametrize(
    "trouble", [RelayRefused(451, "later"), RelayUnavailable("no route", uncertain=False)]
)
async def test_what_is_not_taken_now_is_tried_again(bench: Bench, trouble: Exception) -> None:
    bench.relay.trouble = trouble
    await bench.send(bench.anna, answer_mail())
    later(bench)
    await until(lambda: bool(bench.conversations.trouble))
    assert await state(bench) == SendState.HELD
    bench.relay.trouble = None
    later(bench, 3600)
    await until(lambda: len(bench.conversations.completed) == 1)
    await until(lambda: not bench.conversations.trouble)
    assert len(bench.relay.sent) == 1


async def test_after_days_it_comes_back(bench: Bench) -> None:
    bench.relay.trouble = RelayUnavailable("no route", uncertain=False)
    await bench.send(bench.anna, answer_mail())
    later(bench, DELAY_S + GIVE_UP_US / 1_000_000 + 1)
    await until(lambda: len(bench.conversations.came_back) == 1)
    assert bench.conversations.came_back[0] == {"why": "given-up", "text": "no route"}


async def test_of_which_nobody_knows_it_is_not_sent_again(bench: Bench) -> None:
    bench.relay.trouble = RelayUnavailable("cut", uncertain=True)
    await bench.send(bench.anna, answer_mail())
    later(bench)
    await until(lambda: len(bench.conversations.came_back) == 1)
    assert bench.conversations.came_back[0] == {"why": "uncertain"}
    bench.relay.trouble = None
    later(bench, 3600)
    await turns()
    assert bench.relay.sent == []
    assert await bench.states() == ["uncertain"]
    with pytest.raises(Guarded) as caught:
        await bench.send(bench.anna, answer_mail())
    assert caught.value.guard == "uncertain"


async def test_taken_back_it_does_not_leave(bench: Bench) -> None:
    await bench.send(bench.anna, answer_mail())

    def take_back(tx) -> bool:  # type: ignore[no-untyped-def]
        tx.held.come_back(1, DRAFTS, "anna", {})
        return tx.outbox.withdraw(1)

    assert await bench.database.write(take_back)
    later(bench)
    await until(lambda: len(bench.conversations.came_back) == 1)
    assert bench.relay.sent == []
    assert not await bench.database.write(lambda tx: tx.outbox.withdraw(1))
    assert not await bench.database.write(lambda tx: tx.outbox.leave(1))


@pytest.mark.parametrize("login", ["anna", "bob"])
async def test_marked_as_deleted_it_does_not_leave(bench: Bench, login: str) -> None:
    """Some clients say EXPUNGE only when they are left, and that is after its time."""
    await bench.send(bench.anna, answer_mail())
    who = {"anna": bench.anna, "bob": bench.bob}[login]
    bench.conversations.marked[1] = who
    later(bench)
    await until(lambda: len(bench.conversations.came_back) == 1)
    told = {"anna": {}, "bob": {"why": "taken-back", "name": who.name}}
    assert bench.conversations.came_back == [told[login]]
    assert bench.relay.sent == []
    records = [each.record for each in await bench.log()]
    (record,) = (each for each in records if each.detail.get("step") == "taken-back")
    assert (record.actor, record.message_id) == (login, "r1@pc")


async def test_what_a_dead_process_was_sending_comes_back(bench: Bench) -> None:
    await bench.send(bench.anna, answer_mail())
    await bench.submission.close()
    assert await bench.database.write(lambda tx: tx.outbox.leave(1))
    bench.submission = bench.begin()
    await bench.submission.resume()
    await until(lambda: len(bench.conversations.came_back) == 1)
    assert bench.conversations.came_back == [{"why": "uncertain"}]
    assert bench.relay.sent == []


async def test_a_colleague_waits(bench: Bench) -> None:
    found = bench.conversations.find

    def with_one_that_waits(ids, recipients):  # type: ignore[no-untyped-def]
        facts = found(ids, recipients)
        return facts and replace(facts, waiting=(Waiting(1, "Anna", asks=True),))

    bench.conversations.find = with_one_that_waits  # type: ignore[method-assign]
    with pytest.raises(Guarded) as caught:
        await bench.send(bench.bob, answer_mail())
    assert (caught.value.guard, caught.value.facts["name"]) == ("sending", "Anna")
    assert caught.value.facts["asks"] == "yes" and caught.value.facts["how"] == ""
    assert (await bench.send(bench.anna, answer_mail())).waits


@pytest.mark.parametrize("right", [Right.RESPOND, Right.RESPOND_WITH_APPROVAL])
async def test_another_answer_of_ones_own_waits(bench: Bench, right: Right) -> None:
    """The customer would have both texts."""
    taro = replace(bench.anna, grants={1: right})
    await bench.send(taro, answer_mail())
    bench.clock.advance(seconds=5)
    other = answer_mail("r2@pc", "Corrected")
    with pytest.raises(Guarded) as caught:
        await bench.send(taro, other)
    facts = caught.value.facts
    assert (caught.value.guard, facts["own"], facts["waits"]) == ("sending", "yes", "yes")
    assert facts["how"] == "pause"
    bench.clock.advance(seconds=25)
    again = answer_mail("r2@pc", "Corrected", date="Tue, 2 Dec 2025 10:00:00 +0900")
    assert (await bench.send(taro, again)).waits
    now = bench.clock()
    if right is Right.RESPOND_WITH_APPROVAL:
        for number in (1, 2):
            await bench.database.write(lambda tx, n=number: tx.held.approve(n, now, "bob"))
    later(bench)
    await until(lambda: len(bench.relay.sent) == 2)  # on purpose
    assert bench.conversations.came_back == []


@pytest.mark.parametrize("right", [Right.RESPOND, Right.RESPOND_WITH_APPROVAL])
async def test_two_answers_of_ones_own_in_the_same_instant(bench: Bench, right: Right) -> None:
    """One waits, whichever; the other is told of it, as if it had come later."""
    taro = replace(bench.anna, grants={1: right})
    texts = [answer_mail(f"r{number}@pc", f"Text {number}") for number in range(4)]
    came = await asyncio.gather(*(bench.send(taro, text) for text in texts), return_exceptions=True)
    waiting = [each for each in came if isinstance(each, Submitted)]
    stopped = [each for each in came if isinstance(each, Guarded)]
    assert (len(waiting), len(stopped)) == (1, 3)
    assert {(each.guard, each.facts["own"]) for each in stopped} == {("sending", "yes")}


async def test_what_was_taken_back_is_no_other_answer(bench: Bench) -> None:
    await bench.send(bench.anna, answer_mail())
    assert await bench.database.write(lambda tx: tx.outbox.withdraw(1))
    assert (await bench.send(bench.anna, answer_mail("r2@pc", "Corrected"))).waits


async def test_an_answer_to_what_came_since_is_another_matter(bench: Bench) -> None:
    await bench.send(bench.anna, answer_mail())
    bench.clock.advance(seconds=1)
    bench.conversations.arrived["n@customer"] = bench.clock()
    assert (await bench.send(bench.anna, answer_mail("r2@pc", "Yes", answers="n@customer"))).waits
    later(bench)
    await until(lambda: len(bench.relay.sent) == 2)


async def test_what_needs_approval_leaves_with_it(bench: Bench) -> None:
    taro = replace(bench.anna, grants={1: Right.RESPOND_WITH_APPROVAL})
    assert (await bench.send(taro, answer_mail())).asks
    again = await bench.send(taro, answer_mail())
    assert again == Submitted("r1@pc", repeated=True, waits=True, asks=True)
    later(bench, 10 * 86_400)
    await turns()
    assert bench.relay.sent == []
    now = bench.clock()
    assert await bench.database.write(lambda tx: tx.held.approve(1, now, "bob"))
    assert not await bench.database.write(lambda tx: tx.held.approve(1, now, "bob"))
    later(bench, 0)
    await until(lambda: len(bench.conversations.completed) == 1)
    assert len(bench.relay.sent) == 1


@pytest.mark.parametrize(("asks", "since"), [(True, True), (True, False), (False, True)])
async def test_the_customer_has_written_again(bench: Bench, *, asks: bool, since: bool) -> None:
    """What waited for approval comes back; what waits for its time crosses that, as without."""
    right = Right.RESPOND_WITH_APPROVAL if asks else Right.RESPOND
    bench.conversations.wrote_us = bench.clock()
    await bench.send(replace(bench.anna, grants={1: right}), answer_mail())
    if since:
        bench.clock.advance(seconds=1)
        bench.conversations.wrote_us = bench.clock()
    if asks:
        now = bench.clock()
        await bench.database.write(lambda tx: tx.held.approve(1, now, "bob"))
    later(bench)
    await until(lambda: bool(bench.relay.sent or bench.conversations.came_back))
    stopped = [{"why": "wrote-again"}] if asks and since else []
    assert bench.conversations.came_back == stopped
    assert len(bench.relay.sent) == (0 if stopped else 1)


@pytest.mark.parametrize("right", [Right.RESPOND, Right.RESPOND_WITH_APPROVAL])
async def test_a_removed_writer(bench: Bench, right: Right) -> None:
    """It comes back at once, also what nobody would ever approve."""
    await bench.send(replace(bench.anna, grants={1: right}), answer_mail())
    await bench.database.write(lambda tx: tx.accounts.remove(1))
    later(bench, 0)
    await until(lambda: len(bench.conversations.came_back) == 1)
    assert bench.conversations.came_back == [{"why": "writer-gone"}]


async def test_of_who_has_left_it_leaves(bench: Bench) -> None:
    """It was accepted: docs/decisions/056-who-leaves.md."""

    def leaves(tx: Transaction) -> None:
        tx.accounts.set_disabled(1, True)
        tx.accounts.set_left(1, 5)

    await bench.send(bench.anna, answer_mail())
    await bench.database.write(leaves)
    later(bench)
    await until(lambda: len(bench.conversations.completed) == 1)
    assert len(bench.relay.sent) == 1 and bench.conversations.came_back == []


async def test_a_backup_that_is_put_back(bench: Bench) -> None:
    """It may have left since."""
    await bench.send(bench.anna, answer_mail())
    dropped = await bench.database.write(lambda tx: tx.restored.forget_wishes())
    assert dropped["held"] == 1
    later(bench)
    await until(lambda: len(bench.conversations.came_back) == 1)
    assert bench.conversations.came_back == [{"why": "restored"}]
    assert bench.relay.sent == []


async def test_nothing_of_it_is_in_clear(bench: Bench) -> None:
    await bench.send(bench.anna, answer_mail())
    rows = await bench.database.read(
        lambda tx: tx.connection.execute(held_table.select()).all()  # type: ignore[attr-defined]
    )
    assert "kunde" not in str(rows) and "Text" not in str(rows)


async def test_what_is_leaving_at_the_end_of_the_process_leaves(bench: Bench) -> None:
    bench.relay.hold = asyncio.Event()
    await bench.send(bench.anna, answer_mail())
    later(bench)
    await until(lambda: bench.relay.entered == 1)
    closing = asyncio.create_task(bench.submission.close())
    await turns()
    bench.relay.hold.set()
    await closing
    assert len(bench.relay.sent) == 1
    assert await bench.states() == ["relayed"]
    assert await state(bench) == ""
