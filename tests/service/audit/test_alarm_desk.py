"""Alarms, one for each cause (service/audit/alarm_making.py, alarm_desk.py)."""

from __future__ import annotations

import pytest

from proxyd.domain.alarms import DAY_US, SHOWN_US
from proxyd.domain.errors import BadInput, NotFound
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import LogRecord, Origin, Role, Trouble
from proxyd.service.actor import Actor
from proxyd.service.audit.alarm_desk import AlarmDesk

ADA = Actor("ada", Origin("web"))


def trouble(what="provider-trouble", mailbox="support", kind="provider"):
    return LogRecord("alarm", mailbox=mailbox, detail={"what": what, "kind": kind})


def copied(actor="anna", what="copied-much"):
    facts = {"what": what, "mails": 2300, "usual": 40}
    return LogRecord("alarm", actor=actor, mailbox="support", detail=facts)


PASSKEY = LogRecord("alarm", actor="ben", detail={"what": "passkey-counter-back"})


@pytest.fixture
def desk(database, clock):
    return AlarmDesk(database, clock)


async def put(database, *records):
    await database.write(lambda tx: tx.log.append(records))


def told(alarms):
    return [(one.what, one.mailbox, one.person, one.times) for one in alarms]


async def test_one_line_for_each_cause(database, clock, desk):
    begun = clock()
    for _ in range(41):
        await put(database, trouble())
        await put(database, trouble("provider-well"))
        clock.advance(seconds=600)
    await put(database, trouble(), trouble(mailbox="info"), copied(), copied("ben"))
    board = await desk.board(Role.ADMIN)
    assert told(board.now) == [
        ("copied-much", "support", "ben", 1),
        ("copied-much", "support", "anna", 1),
        ("provider-trouble", "info", "", 1),
        ("provider-trouble", "support", "", 42),
    ]
    assert board.now[-1].since_us == begun
    assert board.seen == board.over == ()


async def test_a_provider_s_trouble_is_over_when_it_is_over(database, clock, desk):
    await put(database, trouble(), trouble("provider-well", mailbox="info"))
    clock.advance(seconds=60)
    await put(database, trouble("provider-well"))
    board = await desk.board(Role.ADMIN)
    assert board.now == () and [one.over_us for one in board.over] == [clock()]
    clock.advance(us=SHOWN_US)
    board = await desk.board(Role.ADMIN)
    assert board.over == () and board.last_us == clock.now - SHOWN_US


async def test_what_ended_while_nobody_looked_is_over(database, clock):
    """The server was stopped meanwhile, so that the log has no end of it."""
    going_on = []
    desk = AlarmDesk(database, clock, lambda: going_on)
    await put(database, trouble())
    going_on.append(Trouble("support", "provider", "", (), clock(), True, "x"))
    assert len((await desk.board(Role.ADMIN)).now) == 1
    going_on.clear()
    board = await desk.board(Role.ADMIN)
    assert (len(board.now), len(board.over)) == (0, 1)


async def test_what_has_happened_stays_until_somebody_has_seen_it(database, clock, desk):
    await put(database, copied())
    clock.advance(us=5 * DAY_US)
    (alarm,) = (await desk.board(Role.ADMIN)).now
    await desk.seen(alarm.number, by=ADA, role=Role.ADMIN)
    board = await desk.board(Role.ADMIN)
    assert board.now == () and len(board.over) == 1


async def test_seen_is_who_and_when_and_what_comes_later_is_news(database, clock, desk):
    await put(database, copied())
    (alarm,) = (await desk.board(Role.ADMIN)).now
    await desk.seen(alarm.number, by=ADA, role=Role.ADMIN)
    (seen,) = (await desk.board(Role.ADMIN)).seen
    assert (seen.mark.seen_by, seen.mark.seen_us) == ("ada", clock())
    clock.advance(seconds=3600)
    await put(database, copied())
    (again,) = (await desk.board(Role.ADMIN)).now
    assert (again.number, again.times, again.mark) == (alarm.number, 2, None)
    (acted,) = await database.read(lambda tx: tx.log.search(LogQuery(action="admin")))
    assert acted.record.actor == "ada" and acted.record.mailbox == "support"
    assert acted.record.detail == {
        "did": "alarm seen",
        "alarm": alarm.number,
        "what": "copied-much",
        "login": "anna",
    }


async def test_silence_has_an_end_and_a_name(database, clock, desk):
    await put(database, trouble())
    (alarm,) = (await desk.board(Role.ADMIN)).now
    await desk.silence(alarm.number, 1, by=ADA, role=Role.ADMIN)
    await put(database, trouble())
    (silent,) = (await desk.board(Role.ADMIN)).seen
    assert silent.mark.silenced_by == "ada"
    assert silent.mark.silenced_until_us == clock() + DAY_US
    clock.advance(us=DAY_US - 1)
    await put(database, trouble())
    assert (await desk.board(Role.ADMIN)).now == ()
    clock.advance(us=1)
    assert len((await desk.board(Role.ADMIN)).now) == 1
    for days in (0, 2, 365, -1):
        with pytest.raises(BadInput):
            await desk.silence(alarm.number, days, by=ADA, role=Role.ADMIN)


async def test_an_auditor_s_are_those_about_reading_and_signing_in(database, desk):
    await put(database, trouble(), copied(), PASSKEY, copied("cleo", "first-synchronisation"))
    assert len((await desk.board(Role.ADMIN)).now) == 3
    board = await desk.board(Role.AUDITOR)
    assert [one.what for one in board.now] == ["passkey-counter-back", "copied-much"]
    for work in (
        desk.alarm(1, Role.AUDITOR),
        desk.seen(1, by=ADA, role=Role.AUDITOR),
        desk.silence(1, 1, by=ADA, role=Role.AUDITOR),
        desk.alarm(4, Role.ADMIN),
        desk.alarm(4711, Role.ADMIN),
        desk.board(Role.STAFF),
        desk.seen(2, by=ADA, role=Role.STAFF),
    ):
        with pytest.raises(NotFound):
            await work
    assert await database.read(lambda tx: tx.log.search(LogQuery(action="admin"))) == []


async def test_all_well(desk):
    board = await desk.board(Role.ADMIN)
    assert (board.now, board.seen, board.over, board.last_us) == ((), (), (), None)
