"""A session's life: patience, order, ends, and what it costs others when its client is slow."""

from __future__ import annotations

import asyncio
import logging

import imap_fakes
import pytest

from imap_frontend.options import Meter, Options
from imap_frontend.session import BAD_IN_A_ROW
from imap_frontend.wire import FLUSH_AT
from proxyd.domain import errors
from proxyd.domain.types import BytesBlob
from tests.patience import PATIENCE_S


async def ended(client):
    """The other side has closed."""
    async with asyncio.timeout(PATIENCE_S):
        while not client.line.closed:
            await asyncio.sleep(0.01)


# So long that a test is certainly at its point before, on a machine that stands still for moments.
SOON_S = 0.4


async def test_nobody_signs_in(connect):
    client = connect(options=Options(login_s=0.03))
    await ended(client)
    assert client.said().endswith(b"* BYE nobody signed in in time\r\n")


async def test_octets_do_not_prolong_the_time_for_signing_in(connect):
    client = connect(options=Options(login_s=0.06))
    for _ in range(10):
        await asyncio.sleep(0.01)
        client.wire.received(b"a NOOP\r\n")
    await asyncio.sleep(0)
    assert b"* BYE" in client.said()


async def test_nobody_answers_a_challenge(connect):
    client = connect(options=Options(login_s=SOON_S))
    await client.send(b"a AUTHENTICATE PLAIN\r\n")
    await ended(client)
    assert client.said().endswith(b"a BAD No answer in time\r\n* BYE nobody signed in in time\r\n")


async def test_silence_after_sign_in(connect):
    client = connect(options=Options(idle_s=SOON_S))
    await client.login()
    await ended(client)
    assert client.said() == b"* BYE nothing was heard for too long\r\n"


async def test_idle_is_kept_alive(connect):
    client = connect(options=Options(keepalive_s=0.02, idle_s=SOON_S))
    await client.login()
    client.said()
    await client.send(b"a IDLE\r\n")
    await asyncio.sleep(2 * SOON_S)
    assert b"* OK still here\r\n" in client.said()
    assert not client.line.closed


async def test_lost_view_ends_a_session_that_does_not_idle(connect, world):
    client = connect()
    await client.login()
    await client.select()
    for view in world.folders["INBOX"].open_views:
        view.observer.lost()
    await client.settle()
    assert client.said() == b"* BYE the open folder was removed; connect again\r\n"


async def test_who_leaves_is_signed_out_and_forgotten(connect, world):
    client = connect()
    await client.login()
    await client.select()
    assert world.sessions["anna"] and world.folders["INBOX"].open_views
    await client.leave()
    assert not world.sessions["anna"] and not world.folders["INBOX"].open_views
    assert world.calls[-1] == ("bye", "anna")


async def test_sign_out_that_can_not_be_recorded(connect, world, caplog):
    client = connect()
    await client.login()
    world.failures["close"] = errors.StoreUnavailable()
    await client.leave()
    assert "could not be recorded" in caplog.text


async def test_wrong_mailbox_is_unregistered_too(connect, world):
    client = connect()
    await client.settle()
    said = await client.send(b'a LOGIN "anna*sales" secret\r\n')
    assert b"a NO [AUTHENTICATIONFAILED]" in said
    await client.leave()
    assert not world.sessions["anna"]


async def test_id_before_and_after_sign_in_reaches_the_records(connect, world):
    client = connect()
    await client.settle()
    await client.send(b'a ID ("name" "Mail\x1b[2J" "version" "1.2")\r\n')
    await client.login()
    assert ("enter", "anna", "Mail [2J 1.2") in world.calls
    await client.send(b'b ID ("version" "7" "NAME" NIL)\r\n')
    assert ("identify", "7") in world.calls


async def test_starttls_forgets_what_was_said_in_clear(connect, world):
    """RFC 9051 §6.2.1."""
    client = connect(secure=False)
    await client.settle()
    await client.send(b'a ID ("name" "Forged")\r\nb STARTTLS\r\n')
    assert client.line.tls
    await client.login()
    assert ("enter", "anna", "") in world.calls


async def test_a_fault_is_logged_with_its_traceback(connect, world, caplog):
    client = connect()
    await client.login()
    await client.select()
    client.said()
    world.failures["search"] = ZeroDivisionError("as the test wants it")
    with caplog.at_level(logging.ERROR):
        said = await client.send(b"a SEARCH ALL\r\nb NOOP\r\n")
    assert said.splitlines()[0].startswith(b"a NO [SERVERBUG]")
    assert said.splitlines()[1] == b"b OK done"
    assert b"ZeroDivision" not in said and b"as the test" not in said
    assert "ZeroDivisionError" in caplog.text


async def test_a_fault_of_the_door_itself_closes_the_connection(connect, monkeypatch, caplog):
    client = connect()
    await client.settle()
    monkeypatch.setattr(client.context, "next_event", lambda: 1 / 0)
    client.wire.received(b"a NOOP\r\n")
    await client.settle()
    assert client.line.aborted
    assert "ZeroDivisionError" in caplog.text


async def test_counts(connect):
    seen, sessions = [], []
    meter = Meter(command=lambda name, outcome, _: seen.append((name, outcome)))
    meter = Meter(meter.command, sessions.append)
    client = connect(meter=meter)
    await client.login()
    await client.send(b"a SELECT Nowhere\r\nb FETCH 1 FLAGS\r\nc NONSENSE\r\nd NOOP\r\n")
    assert seen == [
        ("LOGIN", "ok"),
        ("SELECT", "no"),
        ("FETCH", "bad"),
        ("?", "bad"),
        ("NOOP", "ok"),
    ]
    await client.leave()
    assert sum(sessions) == 0 and sessions[0] == 1


async def test_bads_must_be_in_a_row(connect):
    client = connect()
    await client.login()
    for _ in range(3):
        said = await client.send(b"x WRONG\r\n" * (BAD_IN_A_ROW - 1) + b"y NOOP\r\n")
        assert said.endswith(b"y OK done\r\n")


async def test_ended_twice_and_in_the_middle_of_a_command(connect, world):
    client = connect()
    await client.login()
    await client.select()
    client.said()

    def end() -> None:
        client.session.end("disabled")
        client.session.end("shutdown")

    world.before_batch = end
    said = await client.send(b"a FETCH 1:* BODY.PEEK[]\r\n")
    assert said == b"* BYE this login was switched off; ask your admin\r\n"
    assert client.line.closed
    await asyncio.wait_for(client.task, PATIENCE_S)


async def test_a_change_under_way_comes_to_its_end_when_the_line_breaks(
    connect, world, monkeypatch
):
    """Commit first, publish second: neither is torn off by a client that goes."""
    began, go_on, done = asyncio.Event(), asyncio.Event(), []
    store = imap_fakes.FakeView.store

    async def slow_store(self, uids, mode, flags, **condition):
        began.set()
        await go_on.wait()
        done.append(await store(self, uids, mode, flags, **condition))
        return done[-1]

    monkeypatch.setattr(imap_fakes.FakeView, "store", slow_store)
    client = connect()
    await client.login()
    await client.select()
    client.wire.received(b"a STORE 2 +FLAGS (\\Seen)\r\n")
    await began.wait()
    client.wire.lost()
    go_on.set()
    await asyncio.wait_for(client.task, PATIENCE_S)
    assert [stored.changed for stored in done] == [(12,)]
    assert "\\Seen" in world.folders["INBOX"].rows[12].flags


# ---------------------------------------------------------------- slow readers


async def test_a_client_that_stops_reading_costs_little_and_is_closed(connect, world):
    """100 MB asked for, nothing taken: some tens of KB wait, others are served, then it is over."""
    world.blob = BytesBlob(b"m" * 20_000_000)
    slow = connect(options=Options(stall_s=0.2))
    await slow.login()
    await slow.select()
    other = connect()
    await other.login()
    slow.said()
    slow.line.slow = True
    slow.wire.received(b"a FETCH 1:5 BODY.PEEK[]\r\n")
    await slow.settle()
    said = await other.send(b"b NOOP\r\n")
    assert b"b OK" in said
    assert len(slow.line.sent) < 4 * FLUSH_AT
    await asyncio.wait_for(slow.task, PATIENCE_S)
    assert slow.line.aborted


async def test_an_idle_client_that_stops_reading_collects_no_lines(connect, world):
    slow = connect(options=Options(stall_s=0.2))
    await slow.login()
    await slow.select()
    await slow.send(b"a IDLE\r\n")
    slow.line.slow = True
    for number in range(2000):
        world.change("INBOX", 12, "+" if number % 2 else "-", ["\\Flagged"])
        if number % 100 == 0:
            await asyncio.sleep(0)
    await slow.settle()
    assert len(slow.line.sent) < 1000
    await asyncio.wait_for(slow.task, PATIENCE_S)
    assert slow.line.aborted


async def test_a_batch_of_many_rows_waits_row_by_row(connect, world, monkeypatch):
    """Whatever the size of a batch, a client that reads nothing holds back the next row of it."""

    async def one_batch(self, uids, attributes, reading):
        value = b"{100000}\r\n" + b"m" * 100_000
        yield [imap_fakes.FetchedRow(uid, {b"BODY[]": value}) for uid in uids]

    monkeypatch.setattr(imap_fakes.FakeView, "fetch", one_batch)
    client = connect(options=Options(stall_s=0.05))
    await client.login()
    await client.select()
    client.said()
    client.line.slow = True
    client.wire.received(b"a FETCH 1:5 BODY.PEEK[]\r\n")
    await asyncio.wait_for(client.task, PATIENCE_S)
    assert client.line.aborted
    assert len(client.line.sent) < 110_000


async def test_a_reader_that_is_merely_slow_gets_everything(connect, world):
    world.blob = BytesBlob(b"m" * 1_000_000)
    client = connect()
    await client.login()
    await client.select()
    client.said()
    client.line.slow = True
    client.wire.received(b"a FETCH 1 BODY.PEEK[]\r\n")
    got = bytearray()
    for _ in range(200):
        await asyncio.sleep(0)
        got += client.said()
        client.wire.writable(now=True)
    assert got == b"* 1 FETCH (BODY[] {1000000}\r\n" + b"m" * 1_000_000 + b")\r\na OK done\r\n"
    assert client.line.most < 4 * FLUSH_AT


async def test_pipelined_commands_wait_unread(connect):
    """While one command runs the rest stays in the kernel (bounded memory)."""
    client = connect(options=Options(read_ahead=1000, failure_delay_s=0.05))
    await client.settle()
    client.wire.received(b"a LOGIN anna wrong\r\n")
    await client.settle()
    client.wire.received(b"b NOOP\r\n" * 200)
    assert client.line.reading_paused
    said = b""
    async with asyncio.timeout(PATIENCE_S):
        while said.count(b"b OK") < 200:
            await asyncio.sleep(0.01)
            said += client.said()
    assert said.count(b"b OK") == 200
    assert not client.line.reading_paused


async def test_disk_full_while_a_message_comes(connect, world):
    class Full:
        size = 5
        error = OSError("disk full")

        def chunks(self):
            raise self.error

    class Spool:
        def write(self, data: bytes) -> None: ...

        def finish(self) -> Full:
            return Full()

    client = connect(options=Options(spool=lambda _size: Spool()))
    await client.login()
    message = b"x" * 300_000
    said = await client.send(b"a APPEND INBOX {%d+}\r\n%b\r\nb NOOP\r\n" % (len(message), message))
    assert b"a NO [UNAVAILABLE] there is no room" in said
    assert b"b OK" in said


async def test_big_messages_go_through_the_spool(connect, world):
    class Spool:
        def __init__(self, _size: int) -> None:
            self.data = b""

        def write(self, data: bytes) -> None:
            self.data += data

        def finish(self) -> BytesBlob:
            return BytesBlob(self.data)

    client = connect(options=Options(spool=Spool))
    await client.login()
    message = b"x" * 300_000
    said = await client.send(b"a APPEND Sent {%d+}\r\n%b\r\n" % (len(message), message))
    assert b"a OK [APPENDUID 777 1]" in said
    assert ("append", "Sent", (), None, 300_000) in world.calls


@pytest.mark.parametrize(
    ("attributes", "reading"),
    [
        (b"BODY[]", "open"),
        (b"RFC822", "open"),
        (b"BODY[1.2]<0.65536>", "open"),
        (b"BODY.PEEK[]", "copy"),
        (b"BODY.PEEK[TEXT]", "copy"),
        (b"BODY.PEEK[1]", "copy"),
        (b"(BODY.PEEK[HEADER] BODY.PEEK[1.MIME] RFC822.HEADER)", "list"),
        (b"BODY.PEEK[HEADER.FIELDS (FROM TEXT)]", "list"),
        (b"BODY.PEEK[2.HEADER.FIELDS.NOT (X)]", "list"),
        (b"FULL", "list"),
        (b"(ENVELOPE BODYSTRUCTURE)", "list"),
    ],
)
async def test_how_a_reading_is_recorded(connect, world, attributes, reading):
    """docs/design.md §3 "Access log": opened, copied by a sync, or only listed."""
    client = connect()
    await client.login()
    await client.select()
    await client.send(b"a FETCH 2 " + attributes + b"\r\n")
    fetched = [call for call in world.calls if call[0] == "fetch"]
    assert [call[3] for call in fetched] == [reading]
    assert all(b"BODY[" not in ask for ask in fetched[0][2]), "PEEK only, whatever was asked"


async def test_flags_alone_ask_nobody(connect, world):
    client = connect()
    await client.login()
    await client.select()
    await client.send(b"a FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)\r\n")
    assert not [call for call in world.calls if call[0] == "fetch"]


async def test_literals_in_pieces_are_the_same_octets(connect, world):
    plain, spooled = [], []
    for answers, as_blobs in ((plain, False), (spooled, True)):
        world.as_blobs = as_blobs
        client = connect()
        await client.login()
        await client.select()
        client.said()
        answers.append(
            await client.send(b"a FETCH 1:* (FLAGS BODY.PEEK[]<3.20> BODY.PEEK[TEXT])\r\n")
        )
    assert plain == spooled


async def test_ten_thousand_rows(connect, world):
    inbox = world.folders["INBOX"]
    for _ in range(9_995):
        inbox.add(imap_fakes.Message(b"x", ["$status-open"]))
    client = connect()
    await client.login()
    await client.select()
    client.said()
    client.wire.received(b"a UID FETCH 1:* (FLAGS)\r\n")
    while b"a OK" not in client.line.sent[-100:]:
        await asyncio.sleep(0)
    lines = client.said().splitlines()
    assert len(lines) == 10_001
    assert lines[9_999] == b"* 10000 FETCH (UID %d FLAGS ($status-open \\Recent))" % (
        inbox.uidnext - 1
    )


async def test_a_heap_of_commands_does_not_hold_up_others(connect):
    client = connect()
    await client.login()
    turns = 0

    def turn() -> None:
        nonlocal turns, upcoming
        turns += 1
        upcoming = asyncio.get_running_loop().call_soon(turn)

    upcoming = asyncio.get_running_loop().call_soon(turn)
    client.said()
    client.wire.received(b"a NOOP\r\n" * 500)
    client.wire.received(b"last NOOP\r\n")
    while b"last OK" not in client.said():
        await asyncio.sleep(0)
    upcoming.cancel()
    assert turns >= 500
