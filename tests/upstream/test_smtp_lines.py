"""Kept connections: few round trips for a mail, and never a mail twice or not at all for it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from proxyd.domain.errors import RelayRefused, RelayUnavailable
from proxyd.domain.types import Server
from proxyd.upstream.smtp_lines import LINES, MAILS
from proxyd.upstream.smtp_relay import SmtpRelay
from proxyd.upstream.timings import Timings
from tests.patience import PATIENCE_S
from tests.servers.certificates import Certificates
from tests.servers.smtp_sink import SmtpSink
from tests.upstream.conftest import QUICK
from tests.upstream.scripted import Scripted, Wire

USER, PASSWORD = "support@example.test", "hunter2"
TO = "a@example.test"
MAIL = b"Subject: hello\r\n\r\none\r\n"
Make = Callable[..., Awaitable[SmtpSink]]


@pytest_asyncio.fixture
async def make_sink(certificates: Certificates) -> AsyncIterator[Make]:
    made: list[SmtpSink] = []

    async def make_one(**options: Any) -> SmtpSink:
        one = SmtpSink(certificates, "plain", USER, PASSWORD, **options)
        await one.start()
        made.append(one)
        return one

    yield make_one
    for one in made:
        await one.stop()


def relay_to(sink: SmtpSink, timings: Timings = QUICK, **options: Any) -> SmtpRelay:
    server = Server("127.0.0.1", sink.port, "plain", USER)
    password = options.pop("password", lambda: PASSWORD)
    return SmtpRelay(server, password, timings=timings, **options)


async def sends(relay: SmtpRelay, mails: int = 1) -> None:
    for _ in range(mails):
        await relay.send(USER, [TO], MAIL)


async def test_a_mail_on_a_kept_line_is_two_round_trips(make_sink: Make) -> None:
    sink = await make_sink()
    relay = relay_to(sink)
    await sends(relay)
    before = len(sink.bytes_read)
    await sends(relay, 5)
    assert (sink.connections, sink.sign_ins, len(sink.received)) == (1, 1, 6)
    heard = sink.bytes_read[before:]
    assert sum(each.startswith(b"MAIL ") and each.endswith(b"DATA\r\n") for each in heard) == 5
    assert b"".join(heard).count(b"RSET") == b"".join(heard).count(b"NOOP") == 0


async def test_without_pipelining_each_command_waits(make_sink: Make) -> None:
    sink = await make_sink(pipelining=False)
    relay = relay_to(sink)
    await sends(relay, 2)
    assert sink.connections == 1
    assert [each[:4] for each in sink.bytes_read].count(b"RCPT") == 2


async def test_a_line_the_server_has_closed_is_replaced(make_sink: Make) -> None:
    sink = await make_sink()
    relay = relay_to(sink)
    await sends(relay)
    await sink.stop()
    await sink.start()
    await sends(relay)
    assert (sink.connections, len(sink.received)) == (2, 2)


@pytest.mark.parametrize("answer", [b"", b"421 4.7.0 enough\r\n", b"451 4.7.1 enough\r\n"])
async def test_an_old_line_that_takes_no_more_is_replaced(answer: bytes) -> None:
    texts: list[bytes] = []

    async def envelope(wire: Wire) -> None:
        for reply in (b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            await wire.line()
            await wire.say(reply)
        while (line := await wire.line()) != b".":
            texts.append(line)
        await wire.say(b"250 taken\r\n")

    async def server(wire: Wire) -> None:
        await wire.say(b"220 hello\r\n")
        await wire.line()
        await wire.say(b"250-x\r\n250 AUTH PLAIN\r\n")
        await wire.line()
        await wire.say(b"235 welcome\r\n")
        await envelope(wire)
        await wire.line()  # MAIL, or QUIT
        if answer:
            await wire.say(answer)
        else:
            wire.close()

    async with Scripted(server) as fake:
        relay = SmtpRelay(fake.server, lambda: PASSWORD, timings=QUICK)
        await sends(relay, 2)
        assert fake.connections == 2
        assert texts.count(b"one") == 2
        relay.leave()


async def test_a_dead_line_costs_seconds_and_no_mail(make_sink: Make) -> None:
    stalled = asyncio.Event()

    async def server(wire: Wire) -> None:
        await wire.say(b"220 hello\r\n")
        await wire.line()
        await wire.say(b"250-x\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n")
        await wire.line()
        await wire.say(b"235 welcome\r\n")
        for reply in (b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            await wire.line()
            await wire.say(reply)
        await wire.text()
        await wire.say(b"250 taken\r\n")
        await stalled.wait()

    timings = dataclasses.replace(QUICK, smtp_kept_reply=0.1)
    async with Scripted(server) as fake:
        await sends(SmtpRelay(fake.server, lambda: PASSWORD, timings=timings), 2)
        assert fake.connections == 2
        stalled.set()


async def test_a_line_that_breaks_after_the_dot_is_never_tried_again(make_sink: Make) -> None:
    sink = await make_sink()
    relay = relay_to(sink)
    await sends(relay)
    sink.drop_after_accepting = True
    with pytest.raises(RelayUnavailable) as caught:
        await sends(relay)
    assert caught.value.uncertain
    assert (sink.connections, len(sink.received)) == (1, 2)


async def test_a_refused_recipient_gets_nobody_an_empty_mail(make_sink: Make) -> None:
    sink = await make_sink()
    sink.refuse_recipients.add("b@example.test")
    relay = relay_to(sink)
    await sends(relay)
    for recipients in ([TO, "b@example.test"], ["b@example.test"]):
        with pytest.raises(RelayRefused) as caught:
            await relay.send(USER, recipients, MAIL)
        assert caught.value.recipient == "b@example.test"
    await sends(relay)
    assert [each.recipients for each in sink.received] == [(TO,), (TO,)]
    assert all(each.message == MAIL for each in sink.received)


async def test_a_refused_text_leaves_the_line_for_the_next_mail(make_sink: Make) -> None:
    sink = await make_sink()
    relay = relay_to(sink)
    sink.answer_data = "554 5.7.1 spam"
    with pytest.raises(RelayRefused):
        await sends(relay)
    sink.answer_data = ""
    await sends(relay)
    assert sink.connections == 1


async def test_the_servers_limit_of_mails_is_obeyed(make_sink: Make) -> None:
    sink = await make_sink(mails_per_connection=3)
    await sends(relay_to(sink), 10)
    assert (len(sink.received), sink.connections) == (10, 4)


async def test_a_line_is_renewed_after_many_mails(make_sink: Make) -> None:
    sink = await make_sink()
    await sends(relay_to(sink), MAILS + 1)
    assert (len(sink.received), sink.connections) == (MAILS + 1, 2)


async def test_who_may_have_one_connection_sends_all_on_it(make_sink: Make) -> None:
    sink = await make_sink(connections_at_once=1)
    relay = relay_to(sink)
    await asyncio.gather(*(sends(relay, 3) for _ in range(6)))
    assert len(sink.received) == 18
    assert sink.sign_ins == 1
    assert sink.connections <= LINES


async def test_nobody_waits_for_a_line_where_there_is_none(make_sink: Make) -> None:
    sink = await make_sink(connections_at_once=1)
    other, relay = relay_to(sink), relay_to(sink)
    await sends(other)
    with pytest.raises(RelayUnavailable, match="too many") as caught:
        await sends(relay)
    assert not caught.value.uncertain


async def test_lines_are_left_when_unused_and_at_the_end(make_sink: Make) -> None:
    sink = await make_sink()
    brief = relay_to(sink, dataclasses.replace(QUICK, smtp_keep=0.05))
    long = relay_to(sink)
    await asyncio.gather(sends(brief), sends(long))
    assert sink.open_now == 2
    async with asyncio.timeout(PATIENCE_S):
        while sink.open_now > 1:
            await asyncio.sleep(0.01)
        long.leave()
        while sink.open_now:
            await asyncio.sleep(0.01)
    await sends(brief)
    assert sink.connections == 3


async def test_another_password_wants_another_sign_in(make_sink: Make) -> None:
    sink = await make_sink()
    words = [PASSWORD]
    relay = relay_to(sink, password=lambda: words[0])
    await sends(relay)
    words[0] = sink.password = "another"
    await sends(relay)
    assert (sink.connections, sink.sign_ins) == (2, 2)


async def test_who_gives_up_in_the_middle_spoils_no_mail_of_others(make_sink: Make) -> None:
    sink = await make_sink(stall_s=0.2)
    relay = relay_to(sink)
    task = asyncio.ensure_future(sends(relay))
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task])
    sink.stall_s = 0
    await sends(relay, 2)
    assert sink.connections == 2
