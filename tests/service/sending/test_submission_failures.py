"""Nothing is lost and nothing is sent twice, whoever dies in the middle (promises 1 and 2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from proxyd.domain.errors import (
    RelayRefused,
    RelayUnavailable,
    StoreUnavailable,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxyd.domain.guard import Answer
from proxyd.service.api.submission import Guarded, Submitted
from proxyd.service.sending.guarding import UNHEARD_US
from proxyd.store.database import Database
from tests.conftest import FakeClock
from tests.service.sending.sending_bench import Bench, FakeRelay, answer_mail, make_bench, until


@pytest.fixture
async def bench(database: Database, clock: FakeClock) -> AsyncIterator[Bench]:
    bench = await make_bench(database, clock)
    yield bench
    await bench.submission.close()


async def refused(bench: Bench, mail: bytes, account=None) -> Guarded:
    with pytest.raises(Guarded) as caught:
        await bench.send(account or bench.anna, mail)
    return caught.value


class TestRepeated:
    async def test_the_same_mail_again_is_not_sent_again(self, bench):
        await bench.send(bench.anna, answer_mail())
        assert await bench.send(bench.anna, answer_mail()) == Submitted("r1@pc", repeated=True)
        assert len(bench.relay.sent) == 1
        assert (await bench.log())[-1].record.detail["repeated"] is True

    async def test_also_after_a_restart_and_after_filing(self, bench):
        await bench.submission.resume()
        await bench.send(bench.anna, answer_mail())
        await until(lambda: len(bench.conversations.filed) == 1)
        await bench.submission.close()
        bench.submission = bench.begin()
        assert (await bench.send(bench.anna, answer_mail())).repeated

    async def test_tried_again_while_it_is_on_its_way(self, bench):
        """A client that lost patience and connected anew."""
        bench.relay.hold = asyncio.Event()
        first = asyncio.create_task(bench.send(bench.anna, answer_mail()))
        await until(lambda: bench.relay.entered == 1)
        second = asyncio.create_task(bench.send(bench.anna, answer_mail("new-id@pc")))
        await asyncio.sleep(0.05)
        bench.relay.hold.set()
        assert await first == Submitted("r1@pc")
        assert await second == Submitted("r1@pc", repeated=True)
        assert len(bench.relay.sent) == 1

    async def test_the_same_text_under_another_id_is_another_mail(self, bench):
        await bench.send(bench.anna, answer_mail())
        assert not (await bench.send(bench.anna, answer_mail("r2@pc"))).repeated
        assert len(bench.relay.sent) == 2


class TestRelayFails:
    async def test_refused(self, bench):
        bench.relay.trouble = RelayRefused(554, "spam")
        with pytest.raises(RelayRefused):
            await bench.send(bench.anna, answer_mail())
        assert bench.conversations.completed == []
        assert await bench.states() == []
        assert await bench.log_words() == [("send", "refused", "anna")]
        assert bench.outcomes == ["failed"]
        bench.relay.trouble = None
        assert not (await bench.send(bench.anna, answer_mail())).repeated

    async def test_out_of_reach(self, bench):
        bench.relay.trouble = RelayUnavailable("no route", uncertain=False)
        with pytest.raises(RelayUnavailable):
            await bench.send(bench.anna, answer_mail())
        bench.relay.trouble = None
        assert not (await bench.send(bench.anna, answer_mail())).repeated

    async def test_uncertain_is_not_tried_again_without_consent(self, bench):
        bench.relay.trouble = RelayUnavailable("cut", uncertain=True)
        with pytest.raises(RelayUnavailable):
            await bench.send(bench.anna, answer_mail())
        assert await bench.states() == ["uncertain"]
        bench.relay.trouble = None
        bench.clock.advance(seconds=10)
        assert (await refused(bench, answer_mail())).guard == "uncertain"
        bench.clock.advance(seconds=10)
        assert (await refused(bench, answer_mail("renamed@pc"))).guard == "uncertain"
        assert bench.relay.sent == []
        bench.clock.advance(seconds=20)
        # What came inside the pause was perhaps a program: only the mark says that it was not.
        assert (await refused(bench, answer_mail("renamed@pc"))).facts["how"] == "mark-instead"
        marked = answer_mail("renamed@pc", subject="!send! Re: order")
        assert await bench.send(bench.anna, marked) == Submitted("renamed@pc")
        assert await bench.states() == ["relayed"]
        assert ("override", "ok", "anna") in await bench.log_words()
        assert (await bench.send(bench.anna, answer_mail("renamed@pc"))).repeated

    async def doubtful(self, bench, *message_ids: str) -> None:
        """Each may have gone out, each but the first with consent."""
        for message_id in message_ids:
            bench.relay.trouble = RelayUnavailable("cut", uncertain=True)
            with pytest.raises(RelayUnavailable):
                await bench.send(bench.anna, answer_mail(message_id))
            bench.clock.advance(seconds=25)
        bench.relay.trouble = None

    async def test_a_repeat_that_went_settles_the_doubtful_one(self, bench):
        await bench.submission.resume()
        await self.doubtful(bench, "r1@pc", "r2@pc")
        await bench.send(bench.anna, answer_mail("r3@pc"))
        for message_id in ("r1@pc", "r2@pc", "r3@pc"):
            again = await bench.send(bench.anna, answer_mail(message_id))
            assert again == Submitted(message_id, repeated=True)
        bench.clock.advance(seconds=60)
        assert (await bench.send(bench.anna, answer_mail())).repeated
        assert len(bench.relay.sent) == 1
        await until(lambda: len(bench.conversations.filed) == 1)
        assert bench.conversations.filed[0][1] == "r3@pc"

    async def test_a_repeat_that_is_recorded_late_settles_it_too(self, bench):
        await self.doubtful(bench, "r1@pc")
        bench.conversations.store_down = True
        with pytest.raises(StoreUnavailable):
            await bench.send(bench.anna, answer_mail("r2@pc"))
        bench.conversations.store_down = False
        await until(lambda: len(bench.conversations.completed) == 1)
        assert (await bench.send(bench.anna, answer_mail())).repeated
        assert len(bench.relay.sent) == 1

    @pytest.mark.parametrize(
        "trouble", [RelayRefused(554, "spam"), RelayUnavailable("no route", uncertain=False)]
    )
    async def test_a_repeat_that_fails_leaves_the_doubt(self, bench, trouble):
        await self.doubtful(bench, "r1@pc")
        bench.relay.trouble = trouble
        with pytest.raises(type(trouble)):
            await bench.send(bench.anna, answer_mail("r2@pc"))
        bench.relay.trouble = None
        assert await bench.states() == ["uncertain"]
        bench.clock.advance(seconds=1000)
        for message_id in ("r1@pc", "r2@pc"):
            assert (await refused(bench, answer_mail(message_id))).guard == "uncertain"
        assert bench.relay.sent == []

    async def test_what_a_dead_process_left_is_settled_by_a_repeat(self, bench):
        """Without ``resume`` the row is still called *relaying*."""
        bench.relay.trouble = ZeroDivisionError()
        with pytest.raises(ZeroDivisionError):
            await bench.send(bench.anna, answer_mail())
        bench.relay.trouble = None
        await refused(bench, answer_mail("r2@pc"))
        bench.clock.advance(seconds=25)
        await bench.send(bench.anna, answer_mail("r3@pc"))
        assert (await bench.send(bench.anna, answer_mail())).repeated

    async def test_uncertain_without_a_conversation(self, bench):
        bench.relay.trouble = RelayUnavailable("cut", uncertain=True)
        mail = answer_mail(answers="")
        with pytest.raises(RelayUnavailable):
            await bench.send(bench.anna, mail)
        bench.relay.trouble = None
        bench.clock.advance(seconds=20)
        await bench.send(bench.anna, answer_mail("r2@pc", answers=""))

    async def test_uncertain_and_answered_meanwhile(self, bench):
        await self.doubtful(bench, "r1@pc")
        marked = answer_mail("b1@pc", "mine", subject="!send! Re: order")
        await bench.send(bench.bob, marked)
        assert (await refused(bench, answer_mail("r2@pc"))).guard == "answered"
        bench.clock.advance(seconds=20)
        await bench.send(bench.anna, answer_mail("r3@pc"))

    async def test_a_fault_of_ours_while_relaying_is_uncertain(self, bench):
        bench.relay.trouble = ZeroDivisionError()
        with pytest.raises(ZeroDivisionError):
            await bench.send(bench.anna, answer_mail())
        bench.relay.trouble = None
        assert (await refused(bench, answer_mail())).guard == "uncertain"


class TestPerhapsAnswered:
    """Who answers what may be answered already hears of it: the customer has one answer."""

    async def doubt(self, bench, mail: bytes | None = None) -> None:
        bench.relay.trouble = RelayUnavailable("cut", uncertain=True)
        with pytest.raises(RelayUnavailable):
            await bench.send(bench.anna, mail or answer_mail())
        bench.relay.trouble = None
        bench.clock.advance(seconds=5)

    async def test_a_colleague_is_stopped_and_sends_all_the_same(self, bench):
        at_us = bench.clock()
        await self.doubt(bench)
        told = await refused(bench, answer_mail("b1@pc", "mine"), bench.bob)
        assert (told.guard, told.facts["name"]) == ("perhaps-answered", "Anna")
        assert (int(told.facts["when"]), "own" in told.facts) == (at_us, False)
        bench.clock.advance(seconds=25)
        await bench.send(bench.bob, answer_mail("b2@pc", "mine"))
        (entry,) = [s.record for s in await bench.log() if s.record.action == "override"]
        assert entry.detail["guard"] == "perhaps-answered"
        # From now on that answer is what others are told of, and Bob may go on.
        assert (await refused(bench, answer_mail("r2@pc", "again"))).guard == "answered"
        await bench.send(bench.bob, answer_mail("b3@pc", "and one more thing"))

    async def test_other_words_of_ones_own_go_after_the_pause_as_was_said(self, bench):
        await self.doubt(bench)
        told = await refused(bench, answer_mail("r2@pc", "in other words"))
        assert (told.guard, told.facts["own"]) == ("perhaps-answered", "yes")
        bench.clock.advance(seconds=25)
        await bench.send(bench.anna, answer_mail("r3@pc", "in other words"))

    async def test_who_has_kept_the_pause_is_not_told_twice(self, bench):
        await self.doubt(bench)
        bench.clock.advance(seconds=20)
        await bench.send(bench.anna, answer_mail("r2@pc", "in other words"))

    async def test_to_know_of_ones_own_is_not_to_know_of_a_colleagues(self, bench):
        await self.doubt(bench)
        bench.conversations.correspondents = {"kunde@customer.example"}
        bench.relay.trouble = RelayUnavailable("cut", uncertain=True)
        with pytest.raises(RelayUnavailable):
            await bench.send(bench.bob, answer_mail("f1@pc"), recipients=("parts@shop.example",))
        bench.relay.trouble = None
        bench.clock.advance(seconds=25)
        told = await refused(bench, answer_mail("b1@pc", "mine"), bench.bob)
        assert (told.guard, told.facts["name"]) == ("perhaps-answered", "Anna")

    async def test_the_very_same_mail_is_the_other_guards(self, bench):
        await self.doubt(bench)
        assert (await refused(bench, answer_mail("r2@pc"))).guard == "uncertain"
        assert (await refused(bench, answer_mail("b1@pc"), bench.bob)).guard == "uncertain"
        bench.clock.advance(seconds=1000)
        assert (await refused(bench, answer_mail("r3@pc"))).guard == "uncertain"
        bench.clock.advance(seconds=25)
        await bench.send(bench.anna, answer_mail("r4@pc"))
        assert bench.outcomes[-2:] == ["override-uncertain", "sent"]

    async def test_once_it_is_known_to_have_gone_out_it_is_an_answer(self, bench):
        """As where the provider files what it takes: the copy in Sent tells."""
        await self.doubt(bench)
        bench.conversations.answers.append(Answer(1, "Anna", bench.clock(), "r1@pc"))
        told = await refused(bench, answer_mail("b1@pc", "mine"), bench.bob)
        assert told.guard == "answered"
        await bench.send(bench.anna, answer_mail("r2@pc", "and one more thing"))

    async def test_a_repeat_that_went_settles_it_for_all(self, bench):
        await self.doubt(bench)
        bench.clock.advance(seconds=20)
        await bench.send(bench.anna, answer_mail("r2@pc"))
        assert (await refused(bench, answer_mail("b1@pc", "mine"), bench.bob)).guard == "answered"

    async def test_the_customers_newer_mail_may_be_answered(self, bench):
        await self.doubt(bench)
        bench.conversations.arrived["m2@customer"] = bench.clock()
        await bench.send(bench.bob, answer_mail("b1@pc", "mine", answers="m2@customer"))

    async def test_a_mail_that_answers_nothing_is_not_asked(self, bench):
        await self.doubt(bench)
        await bench.send(bench.bob, answer_mail("b1@pc", "mine", answers=""))

    async def test_a_forward_that_may_have_gone_is_no_answer(self, bench):
        bench.conversations.correspondents = {"kunde@customer.example"}
        bench.relay.trouble = RelayUnavailable("cut", uncertain=True)
        with pytest.raises(RelayUnavailable):
            await bench.send(bench.anna, answer_mail(), recipients=("parts@shop.example",))
        bench.relay.trouble = None
        await bench.send(bench.bob, answer_mail("b1@pc", "mine"))

    @pytest.mark.parametrize("resumed", [False, True])
    async def test_what_a_dead_process_left_is_told_too(self, bench, resumed):
        """Without ``resume`` the row is still called *relaying*."""
        bench.relay.trouble = ZeroDivisionError()
        with pytest.raises(ZeroDivisionError):
            await bench.send(bench.anna, answer_mail())
        await bench.submission.close()
        bench.relay.trouble, bench.submission = None, bench.begin()
        if resumed:
            await bench.submission.resume()
        told = await refused(bench, answer_mail("b1@pc", "mine"), bench.bob)
        assert (told.guard, told.facts["name"]) == ("perhaps-answered", "Anna")

    async def test_what_is_on_its_way_is_in_no_doubt(self, bench):
        """A second mail of one's own, and a colleague's, while the first is going out."""
        bench.relay.hold = asyncio.Event()
        first = asyncio.create_task(bench.send(bench.anna, answer_mail()))
        await until(lambda: bench.relay.entered == 1)
        assert (await refused(bench, answer_mail("b1@pc", "mine"), bench.bob)).guard == "sending"
        second = asyncio.create_task(bench.send(bench.anna, answer_mail("r2@pc", "and more")))
        await until(lambda: bench.relay.entered == 2)
        bench.relay.hold.set()
        assert not (await first).repeated and not (await second).repeated

    async def test_who_has_left_is_told_by_the_login(self, bench):
        await self.doubt(bench)
        await bench.database.write(lambda tx: tx.accounts.remove(bench.anna.id))
        told = await refused(bench, answer_mail("b1@pc", "mine"), bench.bob)
        assert (told.guard, told.facts["name"]) == ("perhaps-answered", "anna")


class TestWeDie:
    async def test_in_the_middle_of_relaying(self, bench):
        bench.relay.hold = asyncio.Event()
        sending = asyncio.create_task(bench.send(bench.anna, answer_mail()))
        await until(lambda: bench.relay.entered == 1)
        dead, bench.submission = bench.submission, bench.begin(FakeRelay())
        await bench.submission.resume()
        assert await bench.states() == ["uncertain"]
        assert (await bench.log())[-1].record.detail == {"reason": "interrupted", "uncertain": True}
        assert (await refused(bench, answer_mail())).guard == "uncertain"
        sending.cancel()
        bench.relay.hold.set()
        await dead.close()

    async def test_without_resume_the_row_is_uncertain_too(self, bench):
        bench.relay.hold = asyncio.Event()
        sending = asyncio.create_task(bench.send(bench.anna, answer_mail()))
        await until(lambda: bench.relay.entered == 1)
        dead, bench.submission = bench.submission, bench.begin(FakeRelay())
        assert (await refused(bench, answer_mail())).guard == "uncertain"
        sending.cancel()
        bench.relay.hold.set()
        await dead.close()

    async def test_between_relay_and_sent_folder(self, bench):
        await bench.send(bench.anna, answer_mail())  # no filer runs before resume()
        await bench.submission.close()
        bench.submission = bench.begin()
        await bench.submission.resume()
        await until(lambda: len(bench.conversations.filed) == 1)

        async def settled() -> bool:
            return await bench.states() == []

        await until(settled)
        assert ("file-sent", "ok", "anna") in await bench.log_words()


class TestStoreFails:
    async def test_before_the_first_octet_nothing_goes_out(self, bench, monkeypatch):
        async def broken(work):
            raise StoreUnavailable("disk full")

        monkeypatch.setattr(bench.database, "write", broken)
        with pytest.raises(StoreUnavailable):
            await bench.send(bench.anna, answer_mail())
        assert bench.relay.entered == 0

    async def test_after_250_it_is_recorded_later_and_not_sent_again(self, bench):
        bench.conversations.store_down = True
        with pytest.raises(StoreUnavailable):
            await bench.send(bench.anna, answer_mail())
        assert len(bench.relay.sent) == 1
        guarded = await refused(bench, answer_mail("b1@pc", "mine"), bench.bob)
        assert guarded.guard == "sending"  # the conversation stays held until it is recorded
        retry = asyncio.create_task(bench.send(bench.anna, answer_mail("another-id@pc")))
        await until(lambda: len(bench.slept) > 3)
        assert not retry.done()
        bench.conversations.store_down = False
        assert (await retry).repeated
        assert bench.conversations.completed == [(7, "r1@pc", ("m@customer",))]
        assert len(bench.relay.sent) == 1
        assert (await refused(bench, answer_mail("b1@pc", "mine"), bench.bob)).guard == "answered"

    async def test_who_was_told_that_it_failed_sends_no_second_one_under_another_id(self, bench):
        """Thunderbird gives a new Message-ID with each Send."""
        bench.conversations.store_down = True
        with pytest.raises(StoreUnavailable):
            await bench.send(bench.anna, answer_mail())
        bench.conversations.store_down = False
        await until(lambda: bool(bench.conversations.completed))
        assert (await bench.send(bench.anna, answer_mail("another-id@pc"))).repeated
        assert len(bench.relay.sent) == 1
        # Now she has heard it: the same text once more is another mail.
        assert not (await bench.send(bench.anna, answer_mail("a-third-id@pc"))).repeated

    async def test_who_sends_it_on_another_day_sends_another_mail(self, bench):
        bench.conversations.store_down = True
        with pytest.raises(StoreUnavailable):
            await bench.send(bench.anna, answer_mail())
        bench.conversations.store_down = False
        await until(lambda: bool(bench.conversations.completed))
        bench.clock.advance(us=UNHEARD_US + 1)
        assert not (await bench.send(bench.anna, answer_mail("another-id@pc"))).repeated

    async def test_who_was_gone_before_it_went_out_sends_no_second_one(self, bench):
        bench.relay.hold = asyncio.Event()
        first = asyncio.create_task(bench.send(bench.anna, answer_mail()))
        await until(lambda: bench.relay.entered == 1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        bench.relay.hold.set()
        await until(lambda: bool(bench.conversations.completed))
        assert (await bench.send(bench.anna, answer_mail("another-id@pc"))).repeated
        assert len(bench.relay.sent) == 1

    async def test_who_joined_after_its_sender_was_gone_has_heard(self, bench):
        """A third sending of the same text is another mail, on purpose."""
        bench.relay.hold = asyncio.Event()
        first = asyncio.create_task(bench.send(bench.anna, answer_mail()))
        await until(lambda: bench.relay.entered == 1)
        second = asyncio.create_task(bench.send(bench.anna, answer_mail("second@pc")))
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await asyncio.sleep(0)
        bench.relay.hold.set()
        assert (await second).repeated
        assert not (await bench.send(bench.anna, answer_mail("third@pc"))).repeated
        assert len(bench.relay.sent) == 2

    async def test_the_waits_grow(self, bench):
        bench.conversations.store_down = True
        with pytest.raises(StoreUnavailable):
            await bench.send(bench.anna, answer_mail())
        await until(lambda: len(bench.slept) >= 9)
        assert bench.slept[:9] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
        bench.conversations.store_down = False


class TestFiling:
    async def test_an_outage_is_waited_for(self, bench):
        bench.conversations.filing_trouble = [UpstreamUnavailable("down")] * 4
        await bench.submission.resume()
        await bench.send(bench.anna, answer_mail())
        await until(lambda: len(bench.conversations.filed) == 1)
        assert bench.slept == [1, 2, 4, 8]

    async def test_one_refused_copy_does_not_hold_up_the_next(self, bench):
        await bench.send(bench.anna, answer_mail())
        await bench.send(bench.anna, answer_mail("r2@pc", "second"))
        # Both together, then the first one alone.
        bench.conversations.filing_trouble = [UpstreamRefused("over quota")] * 2
        await bench.submission.resume()
        await until(lambda: len(bench.conversations.filed) == 2)
        assert [message_id for _, message_id in bench.conversations.filed] == ["r2@pc", "r1@pc"]

    async def test_filing_outlives_its_own_faults(self, bench, caplog):
        bench.conversations.filing_trouble = [ZeroDivisionError()]
        await bench.submission.resume()
        await bench.send(bench.anna, answer_mail())
        await until(lambda: len(bench.conversations.filed) == 1)
        assert "filing sent mail of support failed" in caplog.text

    async def test_each_mail_is_filed_once(self, bench):
        await bench.submission.resume()
        await bench.submission.resume()
        for n in range(5):
            await bench.send(bench.anna, answer_mail(f"{n}@pc", f"text {n}"))

        async def settled() -> bool:
            return await bench.states() == []

        await until(settled)
        assert sorted(message_id for _, message_id in bench.conversations.filed) == [
            f"{n}@pc" for n in range(5)
        ]
