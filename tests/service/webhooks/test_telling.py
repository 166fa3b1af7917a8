"""Webhooks are told what happened: in order, once, and again where it was not taken."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import LogRecord
from proxyd.domain.webhook import GIVE_UP_US, NoticeKind
from proxyd.service.webhooks import telling
from proxyd.service.webhooks.pauses import UNWRITTEN_MOST_S
from proxyd.service.webhooks.telling import Telling
from proxyd.store.secrets import Keys, Sealer
from tests.service.webhooks.conftest import ROOT, claimed

ONE, TWO = "https://one.example.com/", "https://two.example.com/"


async def state(bench, number=0):
    return (await bench.admin.all())[number].webhook


async def test_each_is_told_of_its_mailbox_what_it_asked_for_from_then_on(bench):
    await bench.happens(claimed("earlier"))
    await bench.admin.add("support", ONE, [NoticeKind.ASSIGNED], by=ROOT)
    await bench.admin.add("sales", TWO, (), by=ROOT)
    read = LogRecord(Action.OPEN, actor="anna", mailbox="support")
    late = LogRecord(Action.OVERDUE, mailbox="support")
    await bench.happens(claimed("anna"), read, late, claimed("ben"), claimed("zoe", "sales"))
    await bench.looked()
    told = [(to, told["type"], told["data"]["who"]) for to, _, told in bench.receiver.taken]
    assert sorted(told) == [
        (ONE, "assigned", "anna"),
        (ONE, "assigned", "ben"),
        (TWO, "assigned", "zoe"),
    ]
    assert bench.receiver.numbers(ONE) == sorted(bench.receiver.numbers(ONE))
    for _ in range(3):
        await bench.looked()
    assert bench.receiver.tried == 3, "nothing is told twice, and nobody is asked for nothing"
    bench.fresh()
    await bench.looked()
    assert bench.receiver.tried == 3


async def test_what_is_not_taken_is_tried_again_in_order_and_holds_up_nobody_else(bench):
    for url in (ONE, TWO):
        await bench.admin.add("support", url, (), by=ROOT)
    bench.receiver.failing.add(ONE)
    await bench.happens(claimed("anna"), claimed("ben"))
    await bench.looked()
    assert len(bench.receiver.numbers(TWO)) == 2 and bench.receiver.numbers(ONE) == []
    (said,) = bench.telling.notices() or [""]
    await bench.looked()
    (said,) = bench.telling.notices()
    assert said == "support: webhook 1 fails (it answered 503 Service Unavailable)"
    tried = bench.receiver.tried
    await bench.looked()
    assert bench.receiver.tried == tried, "not before its time"
    await bench.happens(claimed("zoe"))
    bench.clock.advance(seconds=5)
    await bench.looked()
    assert bench.receiver.numbers(ONE) == []
    bench.clock.advance(seconds=9)
    await bench.looked()
    assert bench.receiver.tried == tried + 2, "the second pause is twice as long"
    bench.receiver.failing.clear()
    bench.clock.advance(seconds=1)
    await bench.looked()
    assert bench.receiver.numbers(ONE) == bench.receiver.numbers(TWO)
    await bench.looked()
    assert bench.telling.notices() == []
    assert (await state(bench)).failing_us is None


async def test_a_restart_forgets_nothing(bench):
    await bench.admin.add("support", ONE, (), by=ROOT)
    bench.receiver.failing.add(ONE)
    await bench.happens(claimed("anna"))
    await bench.looked()
    since = (await state(bench)).failing_us
    bench.fresh()
    await bench.looked()
    assert (await state(bench)).failing_us == since
    bench.receiver.failing.clear()
    bench.fresh()
    await bench.looked()
    assert [told["data"]["who"] for _, _, told in bench.receiver.taken] == ["anna"]


async def test_the_identifier_is_the_records_at_each_try(bench):
    await bench.admin.add("support", ONE, (), by=ROOT)
    await bench.happens(claimed("anna"))
    await bench.looked()
    number = bench.receiver.taken[0][2]["data"]["record"]
    # As after a death between taking and writing it down.
    webhook = await state(bench)
    await bench.database.write(lambda tx: tx.webhooks.told(webhook.id, number - 1, None))
    bench.fresh()
    await bench.looked()
    first, second = (id_ for _, id_, _ in bench.receiver.taken)
    assert first == second and first.startswith(f"record_{number}_")


async def test_after_five_days_it_is_given_up_until_somebody_says_otherwise(bench):
    await bench.admin.add("support", ONE, (), by=ROOT)
    bench.receiver.failing.add(ONE)
    await bench.happens(claimed("anna"))
    await bench.looked()
    bench.clock.advance(us=GIVE_UP_US + 1)
    await bench.looked()
    assert (await state(bench)).off
    await bench.looked()
    (said,) = bench.telling.notices()
    assert "was given up: run proxyd webhook resume 1" in said
    records = await bench.database.read(lambda tx: tx.log.search(LogQuery(outcome="failed")))
    assert [one.record.detail["did"] for one in records] == ["webhook given up"]
    tried = bench.receiver.tried
    bench.clock.advance(us=GIVE_UP_US)
    await bench.looked()
    assert bench.receiver.tried == tried
    bench.receiver.failing.clear()
    await bench.admin.resume(1, skip=False, by=ROOT)
    await bench.looked()
    assert [told["data"]["who"] for _, _, told in bench.receiver.taken] == ["anna"]


@pytest.mark.parametrize("skip", [True, False])
async def test_one_that_waits_is_tried_at_once_when_somebody_says_so(bench, skip):
    await bench.admin.add("support", ONE, (), by=ROOT)
    bench.receiver.failing.add(ONE)
    await bench.happens(claimed("anna"))
    await bench.looked()
    bench.receiver.failing.clear()
    await bench.admin.resume(1, skip=skip, by=ROOT)
    await bench.happens(claimed("ben"))
    await bench.looked()
    told = [told["data"]["who"] for _, _, told in bench.receiver.taken]
    assert told == (["ben"] if skip else ["anna", "ben"])


async def test_more_than_is_read_at_once(bench, monkeypatch):
    monkeypatch.setattr(telling, "RECORDS", 3)
    await bench.admin.add("support", ONE, [NoticeKind.ASSIGNED], by=ROOT)
    read = LogRecord(Action.LIST, actor="anna", mailbox="support")
    for number in range(5):
        await bench.happens(read, read, claimed(f"p{number}"), read, read)
    await bench.looked()
    assert [told["data"]["who"] for _, _, told in bench.receiver.taken] == [
        f"p{number}" for number in range(5)
    ]


async def test_of_another_master_key_it_is_given_up_with_a_sentence(bench):
    await bench.admin.add("support", ONE, (), by=ROOT)
    bench.sealer = Sealer(Keys.of(b"another key" + bytes(21)))
    bench.fresh()
    await bench.happens(claimed("anna"))
    await bench.looked()
    webhook = await state(bench)
    assert webhook.off and "master key" in webhook.failure
    assert bench.receiver.tried == 0


async def test_what_ends_while_it_is_looked_at_is_not_told_again(bench):
    """Between reading how far it was told and deciding who is behind, all of it is told."""
    await bench.admin.add("support", ONE, [NoticeKind.ASSIGNED], by=ROOT)
    await bench.happens(claimed("anna"))
    taking, taken = asyncio.Event(), asyncio.Event()
    post = bench.receiver.post

    async def slow(url, fields, body):
        taking.set()
        await taken.wait()
        await post(url, fields, body)

    bench.receiver.post = slow
    await bench.telling.look()
    await taking.wait()
    read = bench.database.read

    async def read_before(work):
        found = await read(work)
        taken.set()
        await bench.telling.settled()
        return found

    bench.telling._store = Reading(bench.database, read_before)
    await bench.telling.look()
    bench.telling._store = bench.database
    await bench.looked()
    assert [told["data"]["who"] for _, _, told in bench.receiver.taken] == ["anna"]


class Reading:
    """A database whose reading is another's."""

    def __init__(self, database, read):
        self._database = database
        self.read = read

    def __getattr__(self, name):
        return getattr(self._database, name)


@pytest.fixture
def faulty(monkeypatch):
    """A fault of ours: no notice can be made."""

    def notice(*_):
        raise KeyError("conversation")

    def mended():
        monkeypatch.undo()

    monkeypatch.setattr(telling, "notice_of", notice)
    return mended


async def test_a_fault_of_ours_pauses_as_any_other_and_is_logged_once(bench, faulty, caplog):
    await bench.admin.add("support", ONE, (), by=ROOT)
    await bench.happens(claimed("anna"))
    tried = []
    for second in range(80):
        await bench.telling.look()
        if bench.telling._tasks:
            tried.append(second)
        await bench.telling.settled()
        bench.clock.advance(seconds=1)
    assert tried == [0, 5, 15, 35, 75], "growing pauses"
    (said,) = [one for one in caplog.records if one.levelname == "ERROR"]
    assert "webhook 1: a fault of ours: KeyError in notice" in said.getMessage() and said.exc_info
    (told,) = bench.telling.notices()
    assert told.startswith("support: webhook 1 fails (a fault of proxyd's, which its log tells: ")
    faulty()
    await bench.admin.resume(1, skip=False, by=ROOT)
    await bench.looked()
    assert [told["data"]["who"] for _, _, told in bench.receiver.taken] == ["anna"]
    await bench.looked()
    assert bench.telling.notices() == []


async def test_another_fault_is_another_line(bench, faulty, caplog, monkeypatch):
    await bench.admin.add("support", ONE, (), by=ROOT)
    await bench.happens(claimed("anna"))
    await bench.looked()
    faulty()

    def signed(*_):
        raise ValueError("secret")

    monkeypatch.setattr(telling, "signed_fields", signed)
    for _ in range(3):
        bench.clock.advance(seconds=60)
        await bench.looked()
    said = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert len(said) == 2 and "KeyError" in said[0] and "ValueError" in said[1]


async def test_what_is_taken_and_can_not_be_written_down_is_not_told_each_second(bench, caplog):
    """A disk that is full: reading goes on."""
    await bench.admin.add("support", ONE, (), by=ROOT)
    await bench.happens(claimed("anna"))
    write = bench.database.write

    async def full(_work):
        raise StoreUnavailable("the disk is full")

    bench.database.write = full
    for _ in range(600):
        await bench.looked()
        bench.clock.advance(seconds=1)
    assert bench.receiver.tried == 7, "at 0, 5, 15, 35, 75, 155, 315 s; then each five minutes"
    said = [one.getMessage() for one in caplog.records if "disk" in one.getMessage()]
    assert said == ["webhook 1 waits: the disk is full"]
    bench.database.write = write
    bench.clock.advance(seconds=UNWRITTEN_MOST_S)
    await bench.looked()
    assert (await state(bench)).told_us is not None
    for _ in range(3):
        await bench.looked()
    assert bench.receiver.tried == 8


async def test_that_nobody_can_be_looked_for_is_said_once(bench, caplog):
    looks = 0

    async def sleep(_seconds):
        nonlocal looks
        looks += 1
        if looks == 5:
            raise asyncio.CancelledError

    async def closed(_work):
        raise StoreUnavailable("the disk is gone")

    bench.database.read = closed
    pending = Telling(bench.database, bench.sealer, bench.receiver, bench.clock, sleep)
    with pytest.raises(asyncio.CancelledError):
        await pending.run()
    assert [one.getMessage() for one in caplog.records] == ["webhooks wait: the disk is gone"]
