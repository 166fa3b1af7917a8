"""Questions to the access log by a page (service/audit/asking.py, log_part.py, looking.py)."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.asked_often import MOST, WINDOW_US, AskedOften
from proxyd.domain.errors import NotFound, StoreUnavailable, TooOften
from proxyd.domain.events import OF_ACCOUNTS, Action
from proxyd.domain.log_question import BadQuestion, Slip, parsed
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import LogRecord, Origin, Role
from proxyd.service.actor import Actor
from proxyd.service.audit.asking import COUNTED, ROWS, Asking
from proxyd.service.audit.chain_watch import ChainWatch
from proxyd.service.audit.log_days import DAY_US
from proxyd.service.audit.looking import LOOK_US, Looking, stretches
from proxyd.store.access_log import AccessLog

OTTO = Actor("otto", Origin("web", "192.0.2.9", "Firefox"))
MAIL = "m1@customer.example"


def record(action, actor="anna", **more):
    return LogRecord(action, more.pop("outcome", "ok"), actor, **more)


@pytest.fixture
def watch(database, clock):
    return ChainWatch(database, clock)


@pytest.fixture
def asking(database, clock, watch):
    return Asking(database, clock, lambda: ZoneInfo("Asia/Tokyo"), watch, lambda s: f"<{s}>")


async def put(database, *records):
    await database.write(lambda tx: tx.log.append(records))


async def ask(asking, line="", role=Role.AUDITOR, **more):
    return await asking.ask(parsed(line), by=OTTO, role=role, **more)


def numbers(answer):
    return [one.number for one in answer.records]


def by_hand(database, statement):
    with closing(sqlite3.connect(database.file, isolation_level=None)) as connection:
        connection.execute(statement)


# ------------------------------------------------------------------ on record


async def test_each_question_is_a_record_before_its_answer_and_no_part_of_it(
    database, clock, asking
):
    await put(database, record("login"))
    clock.advance(seconds=1)
    assert numbers(await ask(asking, "person:anna")) == [1]
    (asked,) = await database.read(lambda tx: tx.log.search(LogQuery(action="audit")))
    assert (asked.record.actor, asked.record.origin.address) == ("otto", "192.0.2.9")
    assert asked.record.detail == {"did": "search", "question": "person:anna"}
    clock.advance(seconds=1)
    assert numbers(await ask(asking)) == [2, 1]


async def test_no_answer_without_a_record(database, asking, monkeypatch):
    await put(database, record("login"))

    async def broken(_work):
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(database, "write", broken)
    for question in (
        ask(asking),
        asking.record(1, by=OTTO, role=Role.AUDITOR),
        asking.proof(1, by=OTTO, role=Role.AUDITOR),
    ):
        with pytest.raises(StoreUnavailable):
            await question


async def test_a_slip_of_the_pen_is_never_nothing_found(database, asking):
    await put(database, record("login", "anna", mailbox="support"))
    for line, slip, near in (
        ("person:ana", Slip.PERSON, "anna"),
        ("mailbox:supprt", Slip.MAILBOX, ""),
    ):
        with pytest.raises(BadQuestion) as error:
            await ask(asking, line)
        assert (error.value.slip, error.value.near) == (slip, near)
    assert numbers(await ask(asking, "person:anna outcome:failed")) == []


async def test_thirty_questions_a_minute(database, clock, asking):
    for _ in range(MOST):
        await ask(asking)
    with pytest.raises(TooOften) as error:
        await ask(asking)
    assert error.value.pause_s == WINDOW_US // 1_000_000
    clock.advance(us=WINDOW_US)
    await ask(asking)


def test_others_questions_count_for_nothing():
    often = AskedOften()
    for _ in range(MOST):
        assert often.pause_us("anna", 0) == 0
    assert often.pause_us("anna", 1) == WINDOW_US - 1
    assert often.pause_us("ben", 1) == 0
    assert often.pause_us("anna", -5) == 0, "a clock that went back holds nobody up"


# ------------------------------------------------------------------ pages


async def test_older_and_newer_lead_over_all_records_once(database, clock, asking):
    await put(database, *(record("open" if n % 3 else "list") for n in range(400)))
    clock.advance(seconds=1)
    first = await ask(asking, "action:open")
    assert (first.count, first.is_all, first.newer, len(first.records)) == (266, True, None, ROWS)
    pages, page = [numbers(first)], first
    while page.older is not None:
        page = await ask(asking, "action:open", before=page.older)
        pages.append(numbers(page))
    found = [number for numbers_ in pages for number in numbers_]
    assert found == sorted((n + 1 for n in range(400) if n % 3), reverse=True)
    back = [numbers(page)]
    while page.newer is not None:
        page = await ask(asking, "action:open", after=page.newer)
        back.append(numbers(page))
    assert [n for numbers_ in reversed(back) for n in numbers_] == found


async def test_a_count_has_an_end(database, clock, asking):
    await put(database, *(record("list") for _ in range(COUNTED + 100)))
    clock.advance(seconds=1)
    answer = await ask(asking)
    assert (answer.count, answer.is_all) == (COUNTED, False)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("person:anna", [1, 2, 4, 6, 7]),
        ("action:open,copy", [2, 3, 4]),
        ("-action:open,copy,login", [5, 6, 7]),
        ("outcome:refused", [5]),
        ("mailbox:support", [2, 3, 4, 5]),
        ("mailbox:support person:ben", [3, 5]),
        ("address:192.0.2.7", [2]),
        ("address:192.0.2.0/24", [2, 3]),
        ("client:thunder", [2, 3]),
        (f"message:<{MAIL}>", [2, 3, 7]),
        ("conversation:8", [2, 7]),
        ("conversation:8 action:send", [7]),
        ("person:ben outcome:refused mailbox:support action:send", [5]),
    ],
)
async def test_what_is_asked_for_is_found_and_nothing_else(database, clock, asking, line, found):
    here = Origin("imap", "192.0.2.7", "Thunderbird 140")
    there = Origin("imap", "192.0.2.8", "Thunderbird 140")
    mail = {"mailbox": "support", "message_id": MAIL}
    await put(
        database,
        record("login"),
        record("open", origin=here, conversation=8, **mail),
        record("copy", "ben", origin=there, **mail),
        record("open", mailbox="support", message_id="other@customer.example"),
        record("send", "ben", outcome="refused", mailbox="support"),
        record("admin", detail={"did": "user add", "login": "ben"}),
        record("send", conversation=8, message_id="answer@example.test"),
    )
    clock.advance(seconds=1)
    answer = await ask(asking, line)
    assert sorted(numbers(answer)) == found
    assert (answer.count, answer.is_all) == (len(found), True)


async def test_no_record_lies_outside_the_time_that_was_asked(database, clock, asking):
    begun = clock()
    for day in range(20):
        clock.now = begun + day * DAY_US
        await put(database, record("login"))
    clock.now = begun + 3 * DAY_US + 1  # somebody set it back
    await put(database, record("login"))
    clock.now = begun + 20 * DAY_US
    assert numbers(await ask(asking)) == [*range(20, 13, -1)]
    assert 21 in numbers(await ask(asking, "since:18d"))
    for line in ("since:18d until:16d", "since:17d until:15d", "since:20d until:1d"):
        answer = await ask(asking, line)
        period = answer.period
        stored = await database.read(lambda tx: tx.log.search(LogQuery(action="login")))
        wanted = [s.number for s in stored if period.since_us <= s.at_us < period.until_us]
        assert sorted(numbers(answer)) == wanted


async def test_a_year_is_looked_at_before_anybody_asks(database, clock, asking, monkeypatch):
    await put(database, record("login"))

    class Enough(Exception):
        pass

    async def sleep(seconds):
        if seconds > 1:
            raise Enough

    with pytest.raises(Enough):
        await asking.days.run(sleep)
    clock.advance(seconds=1)
    looked = []
    within = AccessLog.within

    def noted(self, since_us, until_us):
        looked.append(until_us - since_us)
        return within(self, since_us, until_us)

    monkeypatch.setattr(AccessLog, "within", noted)
    assert numbers(await ask(asking, "person:anna since:1y")) == [1]
    assert looked == [] or max(looked) <= 7 * DAY_US


async def test_the_subject_goes_by_its_digest(database, clock, asking):
    await put(database, record("open", subject_digest="<Order 7>", message_id=MAIL), record("open"))
    clock.advance(seconds=1)
    assert numbers(await ask(asking, subject="Order 7")) == [1]
    (asked,) = await database.read(lambda tx: tx.log.search(LogQuery(action="audit")))
    assert "Order 7>" in str(asked.record.detail["subject_digest"])


async def test_opened_and_copied_are_two_things(database, clock, asking):
    pc, phone = Origin("imap", client="Thunderbird"), Origin("imap", client="iPhone")
    about = {"message_id": MAIL}
    await put(
        database,
        record("copy", "anna", origin=pc, **about),
        record("copy", "anna", origin=pc, **about),
        record("copy", "ben", origin=phone, **about),
        record("seen", "anna", detail={"seen": True}, **about),
        record("seen", "cleo", detail={"seen": False}, **about),
        record("open", "dan", **about),
        record("open", "eve", outcome="refused", **about),
        record("expunge", "ben", **about),
        record("open", "fay", message_id="other@customer.example"),
    )
    clock.advance(seconds=1)
    told = (await ask(asking, f"message:{MAIL} since:1y")).mail
    assert told.opened == ("anna", "dan")
    assert told.copied == (("anna", "Thunderbird"), ("ben", "iPhone"))
    assert told.deletions == 1
    assert (await ask(asking, "person:anna")).mail is None


# ------------------------------------------------------------------ whose part it is


async def test_an_admin_reads_of_accounts_and_settings_and_never_of_mail(database, clock, asking):
    await put(
        database,
        record("login"),
        record("open", message_id=MAIL, mailbox="support"),
        record("admin", "ada", detail={"did": "user add"}),
        record("login", message_id=MAIL),
        record("session", conversation=3),
        record("logout", view="INBOX"),
        record("alarm"),
        record("audit"),
    )
    clock.advance(seconds=1)
    assert numbers(await ask(asking, role=Role.ADMIN)) == [3, 1]
    clock.advance(seconds=1)
    assert numbers(await ask(asking)) == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    for number in (2, 4, 5, 6, 7, 8):
        for question in (asking.record, asking.proof):
            with pytest.raises(NotFound):
                await question(number, by=OTTO, role=Role.ADMIN)
    seen = await asking.record(1, by=OTTO, role=Role.ADMIN)
    assert [one.number for one in seen.after] == [3]
    for line in ("message:x", "conversation:3", "action:open", "-action:copy"):
        with pytest.raises(BadQuestion):
            await ask(asking, line, role=Role.ADMIN)
    with pytest.raises(BadQuestion):
        await ask(asking, role=Role.ADMIN, subject="Order 7")
    assert set(OF_ACCOUNTS) & {Action.OPEN, Action.COPY_OUT, Action.AUDIT, Action.SEND} == set()


async def test_staff_have_no_log(database, asking):
    await put(database, record("login"))
    for question in (
        ask(asking, role=Role.STAFF),
        asking.record(1, by=OTTO, role=Role.STAFF),
        asking.proof(1, by=OTTO, role=Role.STAFF),
    ):
        with pytest.raises(NotFound):
            await question
    assert await database.read(lambda tx: tx.log.search(LogQuery(action="audit"))) == []


# ------------------------------------------------------------------ one record


async def test_a_record_with_its_neighbours_and_its_proof(database, asking):
    await put(database, *(record("list") for _ in range(20)))
    seen = await asking.record(10, by=OTTO, role=Role.AUDITOR)
    assert seen.stored.number == 10 and seen.fault is None and not seen.is_sealed
    assert [one.number for one in seen.before] == [9, 8, 7, 6, 5]
    assert [one.number for one in seen.after] == [15, 14, 13, 12, 11]
    first = await asking.record(1, by=OTTO, role=Role.AUDITOR)
    assert first.before == () and first.fault is None
    with pytest.raises(NotFound):
        await asking.record(4711, by=OTTO, role=Role.AUDITOR)
    proof = json.loads(await asking.proof(10, by=OTTO, role=Role.AUDITOR))
    assert proof["proof"] == f"access log head: 10 {seen.stored.chain.hex()}"
    assert proof["follows_from_the_one_before"] and proof["record"]["number"] == 10


@pytest.mark.parametrize(
    ("statement", "kind", "number"),
    [
        ("UPDATE log SET actor = 'ben' WHERE number = 10", "changed", 10),
        ("DELETE FROM log WHERE number = 9", "missing", 9),
    ],
)
async def test_a_record_that_is_shown_is_checked_as_it_is_shown(
    database, clock, asking, statement, kind, number
):
    await put(database, *(record("list") for _ in range(20)))
    by_hand(database, statement)
    clock.advance(seconds=1)
    assert asking.followed.fault is None
    await ask(asking)
    assert (asking.followed.fault.kind, asking.followed.fault.number) == (kind, number)
    seen = await asking.record(10, by=OTTO, role=Role.AUDITOR)
    assert seen.fault is not None
    assert not json.loads(await asking.proof(10, by=OTTO, role=Role.AUDITOR))[
        "follows_from_the_one_before"
    ]


# ------------------------------------------------------------------ looking


@given(st.integers(1, 10**7), st.integers(0, 10**7), st.booleans())
def test_stretches_have_every_number_once(first, count, newest_first):
    last = first + count - 1
    found = list(stretches(first, last, newest_first=newest_first))
    if newest_first:
        found.reverse()
    assert [low for low, _ in found] == [first, *(high + 1 for _, high in found[:-1])][: len(found)]
    assert not found or found[-1][1] == last
    assert all(low <= high for low, high in found)


async def test_what_takes_long_is_answered_so_far_with_where_to_go_on(database, clock, monkeypatch):
    monkeypatch.setattr("proxyd.service.audit.looking.FIRST", 10)
    monkeypatch.setattr("proxyd.service.audit.looking.WIDEST", 10)
    await put(database, *(record("open" if n == 0 else "list") for n in range(100)))

    def slow_clock():
        clock.advance(us=LOOK_US // 4)
        return clock.now

    looking = Looking(database, slow_clock)
    query, last, steps = LogQuery(action="open", newest_first=True), 100, 0
    while True:
        looked = await looking.numbers(query, 1, last, shown=5, most=5)
        if looked.left is None:
            break
        assert looked.numbers == () and looked.left < last
        last, steps = looked.left, steps + 1
    assert looked.numbers == (1,) and steps > 1
