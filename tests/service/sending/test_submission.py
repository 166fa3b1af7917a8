"""Sending through the whole service: a real store, a provider and a workflow that can fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from proxyd.domain.errors import Busy, CannotDo
from proxyd.domain.types import Account, Role
from proxyd.service.api.submission import SenderNotAllowed, Submitted
from proxyd.service.sending import filing
from proxyd.service.sending import submission as module
from proxyd.store.database import Database
from tests.conftest import FakeClock
from tests.service.sending.sending_bench import ORIGIN, Bench, answer_mail, make_bench, until


@pytest.fixture
async def bench(database: Database, clock: FakeClock) -> AsyncIterator[Bench]:
    bench = await make_bench(database, clock)
    yield bench
    await bench.submission.close()


class TestSending:
    async def test_an_answer(self, bench):
        submitted = await bench.send(bench.anna, answer_mail())
        assert submitted == Submitted("r1@pc")
        [(sender, recipients, message)] = bench.relay.sent
        assert (sender, recipients) == ("support@example.test", ("kunde@customer.example",))
        assert message == answer_mail()
        assert bench.conversations.completed == [(7, "r1@pc", ("m@customer",))]
        assert await bench.states() == ["relayed"]
        assert bench.outcomes == ["sent"]

    async def test_the_record_names_everything_but_the_text(self, bench):
        await bench.send(bench.anna, answer_mail(), recipients=("a@b.example", "c@d.example"))
        [stored] = await bench.log()
        record = stored.record
        assert (record.action, record.outcome, record.actor) == ("send", "ok", "anna")
        assert (record.mailbox, record.conversation) == ("support", 7)
        assert record.message_id == "r1@pc"
        assert record.subject_digest == "digest of 9"
        assert record.origin.address == "192.0.2.7"
        assert record.detail == {"recipients": 2, "to": ["a@b.example", "c@d.example"]}

    async def test_a_mail_that_answers_none(self, bench):
        await bench.send(bench.anna, answer_mail(answers=""))
        assert bench.conversations.completed == [(None, "r1@pc", ())]

    async def test_a_mail_to_be_completed_gets_an_id(self, bench):
        submitted = await bench.send(bench.anna, b"From: help@example.test\r\n\r\nhello\r\n")
        assert submitted.message_id == "t0k3n@example.test"
        assert b"Date: " in bench.relay.sent[0][2]

    async def test_a_read_receipt_answers_nothing(self, bench):
        await bench.send(bench.anna, answer_mail(), sender="")
        mail = answer_mail("auto@pc").replace(b"Date:", b"Auto-Submitted: auto-replied\r\nDate:", 1)
        await bench.send(bench.anna, mail)
        assert [completed[0] for completed in bench.conversations.completed] == [None, None]

    async def test_bcc_reaches_the_sent_copy_only(self, bench):
        await bench.submission.resume()
        mail = answer_mail().replace(b"To:", b"Bcc: boss@example.test\r\nTo:", 1)
        await bench.send(bench.anna, mail)
        await until(lambda: len(bench.conversations.filed) == 1)
        assert b"boss@" not in bench.relay.sent[0][2]
        copy, message_id = bench.conversations.filed[0]
        assert copy == b"X-Proxyd-Sent-By: anna\r\n" + mail
        assert message_id == "r1@pc"

    async def test_a_big_mail_is_read_beside_the_loop(self, bench):
        mail = answer_mail(text="x" * 70 + "\r\n" + "line of text\r\n" * 40_000)
        await bench.send(bench.anna, mail)
        assert bench.relay.sent[0][2] == mail

    async def test_the_caller_may_go_away(self, bench):
        bench.relay.hold = asyncio.Event()
        caller = asyncio.create_task(bench.send(bench.anna, answer_mail()))
        await until(lambda: bench.relay.entered == 1)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        bench.relay.hold.set()
        await until(lambda: len(bench.conversations.completed) == 1)

    async def test_close_waits_for_what_is_under_way(self, bench):
        bench.relay.hold = asyncio.Event()
        sending = asyncio.create_task(bench.send(bench.anna, answer_mail()))
        await until(lambda: bench.relay.entered == 1)
        closing = asyncio.create_task(bench.submission.close())
        await asyncio.sleep(0.05)
        assert not closing.done()
        bench.relay.hold.set()
        await closing
        assert await sending == Submitted("r1@pc")

    async def test_close_does_not_wait_forever(self, bench, monkeypatch):
        monkeypatch.setattr(module, "CLOSE_WAIT_S", 0.05)
        bench.relay.hold = asyncio.Event()
        sending = asyncio.create_task(bench.send(bench.anna, answer_mail()))
        await until(lambda: bench.relay.entered == 1)
        await bench.submission.close()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert await bench.states() == ["relaying"]  # which the next process calls uncertain

    async def test_too_many_at_once_are_told_so(self, bench, monkeypatch):
        monkeypatch.setattr(module, "DELIVERIES", 1)
        bench.relay.hold = asyncio.Event()
        first = asyncio.create_task(bench.send(bench.anna, answer_mail()))
        await until(lambda: bench.relay.entered == 1)
        with pytest.raises(Busy):
            await bench.send(bench.bob, answer_mail("r2@pc", "another", answers=""))
        bench.relay.hold.set()
        await first

    async def test_malformed(self, bench):
        with pytest.raises(CannotDo):
            await bench.send(bench.anna, b"no header at all")
        assert bench.relay.entered == 0


class TestSenders:
    def test_who_may_write_from_where(self, bench):
        both = ["support@example.test", "help@example.test"]
        assert bench.submission.allowed_senders(bench.anna) == both
        assert bench.submission.allowed_senders(bench.reader) == []
        nobody = Account(9, "x", "X", Role.ADMIN, False, {})
        assert bench.submission.allowed_senders(nobody) == []
        assert bench.submission.language(nobody) == "en"
        bench.submission.check_sender(bench.anna, "HELP@Example.Test")
        bench.submission.check_sender(bench.anna, "")
        with pytest.raises(SenderNotAllowed) as caught:
            bench.submission.check_sender(bench.anna, "boss@example.test")
        assert caught.value.allowed == tuple(both)

    @pytest.mark.parametrize(
        "line",
        [
            b"From: boss@example.test",
            b"From: support@example.test, boss@example.test\r\nSender: support@example.test",
            b"From: Support <support@example.test>\r\nResent-From: boss@example.test",
            b'From: "boss@example.test" <support@example.test>',
            b"From: support@example.test (=?utf-8?q?boss=40example.test?=)",
            b'From: "support@example.test" <boss@example.test>',
            b"From: support@example.test\r\nSender: boss@example.test",
        ],
    )
    async def test_a_foreign_from_does_not_go_out(self, bench, line):
        mail = answer_mail().replace(b"From: Support <support@example.test>", line)
        with pytest.raises(SenderNotAllowed) as caught:
            await bench.send(bench.anna, mail)
        assert caught.value.sender == "boss@example.test"
        assert bench.relay.entered == 0
        assert await bench.log_words() == [("send", "refused", "anna")]

    async def test_what_is_not_read_alike_by_all_is_recorded(self, bench):
        line = b"From: (x (y) support@example.test ) boss@example.test"
        mail = answer_mail().replace(b"From: Support <support@example.test>", line)
        with pytest.raises(CannotDo):
            await bench.send(bench.anna, mail)
        [stored] = await bench.log()
        assert stored.record.detail == {"guard": "sender", "field": "From"}
        assert (stored.record.outcome, stored.record.message_id) == ("refused", "r1@pc")

    async def test_the_envelope_counts_too(self, bench):
        with pytest.raises(SenderNotAllowed):
            await bench.send(bench.anna, answer_mail(), sender="boss@example.test")

    @pytest.mark.parametrize(
        "sender",
        ['"support"@example.test', "\u212aen@example.test", "support@ｅｘａｍｐｌｅ.test", "boss"],
    )
    async def test_a_look_alike_is_another_sender(self, bench, sender):
        with pytest.raises(SenderNotAllowed):
            bench.submission.check_sender(bench.anna, sender)

    async def test_what_mail_from_stopped_is_recorded(self, bench):
        with pytest.raises(SenderNotAllowed) as caught:
            bench.submission.check_sender(bench.anna, "boss@example.test")
        await bench.submission.record_refused_sender(bench.anna, caught.value, ORIGIN)
        [stored] = await bench.log()
        assert stored.record.detail == {"guard": "sender", "sender": "boss@example.test"}

    async def test_reading_is_no_right_to_write(self, bench):
        with pytest.raises(SenderNotAllowed) as caught:
            await bench.send(bench.reader, answer_mail())
        assert caught.value.allowed == ()

    async def test_a_removed_mailbox_sends_nothing(self, bench):
        await bench.submission.resume()
        await bench.submission.detach(1)
        with pytest.raises(SenderNotAllowed):
            await bench.send(bench.anna, answer_mail())


class TestFilingTogether:
    async def test_a_burst_is_filed_at_once(self, bench, monkeypatch):
        # However slowly this machine sends them.
        monkeypatch.setattr("proxyd.service.sending.filing.GATHER_S", 2.0)
        await bench.submission.resume()
        for number in range(20):
            await bench.send(bench.anna, answer_mail(f"r{number}@pc", answers=""))
        await until(lambda: len(bench.conversations.filed) == 20)
        assert len(bench.conversations.batches) <= 2

    async def test_who_waits_for_a_copy_does_not_wait_for_the_burst(self, bench, monkeypatch):
        monkeypatch.setattr(filing, "GATHER_S", 60.0)
        await bench.submission.resume()
        await bench.send(bench.anna, answer_mail())
        bench.conversations.wanted.set()
        await until(lambda: len(bench.conversations.filed) == 1)
