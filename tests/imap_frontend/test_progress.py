"""RFC 9585: a sign of life between two lines, when nothing else is said; no clock but ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import imap_fakes
import pytest

from imap_frontend.options import Options
from proxyd.domain.types import BytesBlob


class Clock:
    """``loop.call_later`` on a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        self.timers.append(Timer(self.now + seconds, call))
        return self.timers[-1]

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        due = [timer for timer in self.timers if timer.at <= self.now]
        self.timers = [timer for timer in self.timers if timer.at > self.now]
        for timer in due:
            timer.call()


class Timer:
    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at, self.call = at, call

    def cancel(self) -> None:
        self.call = lambda: None


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def client(connect, clock):
    client = connect(options=Options(progress_s=10))
    client.session._later = clock.later
    await client.login()
    await client.select()
    client.said()
    return client


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """SEARCH takes until this is set."""
    go_on, search = asyncio.Event(), imap_fakes.FakeView.search

    async def slow(self, term):
        await go_on.wait()
        return await search(self, term)

    monkeypatch.setattr(imap_fakes.FakeView, "search", slow)
    return go_on


SIGN = b'* OK [INPROGRESS ("a.1" NIL NIL)] still working\r\n'


async def test_every_ten_seconds_while_a_search_takes_long(client, clock, held):
    assert await client.send(b"a.1 SEARCH ALL\r\n") == b""
    clock.pass_by(9.9)
    assert client.said() == b""
    clock.pass_by(0.2)
    assert client.said() == SIGN
    clock.pass_by(10)
    clock.pass_by(10)
    assert client.said() == SIGN * 2
    held.set()
    await client.settle()
    assert client.said() == b"* SEARCH 1 2 3 4 5\r\na.1 OK done\r\n"
    clock.pass_by(100)
    assert client.said() == b""


async def test_never_in_a_literal_and_not_to_who_does_not_read(client, clock, world):
    world.blob = BytesBlob(b"m" * 1_000_000)
    client.line.slow = True
    client.wire.received(b"a.1 FETCH 1:2 BODY.PEEK[]\r\n")
    got = bytearray()
    for _ in range(200):
        await asyncio.sleep(0)
        clock.pass_by(11)
        got += client.said()
        client.wire.writable(now=True)
    row = b"* %d FETCH (BODY[] {1000000}\r\n" + b"m" * 1_000_000 + b")\r\n"
    assert bytes(got).replace(SIGN, b"") == row % 1 + row % 2 + b"a.1 OK done\r\n"
    assert b"m" * 1_000_000 in got, "no sign of life inside a literal"


async def test_not_where_rows_are_flowing(client, clock, world, monkeypatch):
    """What says something is alive."""
    world.before_batch = lambda: clock.pass_by(11)
    said = await client.send(b"a.1 FETCH 1:* ENVELOPE\r\n")
    assert said.count(b"ENVELOPE") == 5
    assert said.count(SIGN) <= 1


async def test_not_before_sign_in_and_not_while_idling(connect, clock):
    client = connect(options=Options(progress_s=10, failure_delay_s=0.02))
    client.session._later = clock.later
    await client.settle()
    client.said()
    client.wire.received(b"a LOGIN anna wrong\r\n")
    await client.settle()
    clock.pass_by(100)
    assert client.said() == b""
    await asyncio.sleep(0.05)
    await client.login()
    client.said()
    await client.send(b"b IDLE\r\n")
    clock.pass_by(100)
    assert b"INPROGRESS" not in client.said()


async def test_who_has_gone_hears_nothing(client, clock, held):
    await client.send(b"a.1 SEARCH ALL\r\n")
    client.wire.lost()
    clock.pass_by(30)
    assert client.said() == b""
    held.set()
