"""Pressure both ways, and ends of all kinds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import imap_fakes
import pytest

from imap_frontend.options import Options
from imap_frontend.wire import FLUSH_AT, ConnectionGone, Wire
from proxyd.domain.types import BytesBlob
from tests.patience import turns


def make(**options: float) -> tuple[Wire, imap_fakes.FakeLine]:
    line = imap_fakes.FakeLine()
    line.wire = Wire(line, Options(**options), secure=True)  # type: ignore[arg-type]
    return line.wire, line


async def test_reading_stops_while_much_waits_and_goes_on_after() -> None:
    wire, line = make(read_ahead=10)
    wire.received(b"x" * 9)
    assert not line.reading_paused
    wire.received(b"y")
    assert line.reading_paused
    assert wire.take() == b"x" * 9 + b"y"
    assert not line.reading_paused


async def test_wait() -> None:
    wire, _ = make()
    assert await wire.wait(0.01) is False
    wire.poke()
    assert await wire.wait(1) is True
    assert await wire.wait(0.01) is False
    wire.received(b"x")
    assert await wire.wait(1) is True
    assert await wire.wait(1) is True, "octets still wait"
    wire.take()
    wire.lost()
    with pytest.raises(ConnectionGone):
        await wire.wait(1)


async def test_writes_leave_in_one_piece() -> None:
    wire, line = make()
    wire.write(b"a")
    wire.write(b"")
    wire.write(b"b")
    assert line.sent == b""
    await wire.drain()
    assert line.sent == b"ab"
    wire.write(b"c" * FLUSH_AT)
    assert len(line.sent) == 2 + FLUSH_AT


async def test_drain_waits_for_a_slow_peer_but_not_for_ever() -> None:
    wire, line = make(stall_s=0.5)
    wire.writable(now=False)
    waiting = asyncio.ensure_future(wire.drain())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    wire.writable(now=True)
    await waiting
    wire.writable(now=False)
    with pytest.raises(ConnectionGone):
        await wire.drain()
    assert line.aborted


async def test_drain_ends_when_the_peer_goes() -> None:
    wire, _ = make()
    wire.writable(now=False)
    waiting = asyncio.ensure_future(wire.drain())
    await asyncio.sleep(0)
    wire.lost()
    with pytest.raises(ConnectionGone):
        await waiting


async def test_after_the_end_nothing_is_written_or_read() -> None:
    wire, line = make()
    wire.lost()
    wire.write(b"x")
    wire.received(b"y")
    assert wire.take() == b""
    with pytest.raises(ConnectionGone):
        await wire.drain()
    assert line.sent == b""
    wire.close(b"bye")
    wire.abort()
    assert not line.closed


async def test_close_says_last_words_and_aborts_a_peer_that_does_not_go() -> None:
    wire, line = make(close_grace_s=0.02)
    wire.write(b"rest ")
    wire.close(b"bye")
    wire.close(b"again")
    assert line.sent == b"rest bye"
    assert line.closed and not line.aborted
    await asyncio.sleep(0.05)
    assert line.aborted


async def test_close_does_not_abort_a_peer_that_went() -> None:
    wire, line = make(close_grace_s=0.02)
    wire.close()
    wire.lost()
    await asyncio.sleep(0.05)
    assert not line.aborted


async def test_no_last_words_in_the_middle_of_a_literal() -> None:
    """They would become part of the mail."""
    wire, line = make()
    wire.writable(now=False)
    sending = asyncio.ensure_future(wire.send_literal(BytesBlob(b"m" * 100_000)))
    await asyncio.sleep(0)
    wire.close(b"* BYE\r\n")
    with pytest.raises(ConnectionGone):
        await sending
    assert b"BYE" not in line.sent
    assert line.sent.startswith(b"{100000}\r\nmmm")


async def test_literal_in_pieces() -> None:
    wire, line = make()
    await wire.send_literal(BytesBlob(b"m" * 200_000))
    wire.write(b")")
    await wire.drain()
    assert line.sent == b"{200000}\r\n" + b"m" * 200_000 + b")"


class Broken:
    """``size`` octets are announced, ``there`` can be read."""

    def __init__(self, size: int, there: int, error: OSError | None = None) -> None:
        self.size = size
        self._there = there
        self._error = error

    def chunks(self) -> Iterator[bytes]:
        yield from BytesBlob(b"m" * self._there).chunks()
        if self._error is not None:
            raise self._error


@pytest.mark.parametrize(
    "blob",
    [Broken(200_000, 70_000, OSError(5, "I/O error")), Broken(9, 8), Broken(9, 10)],
    ids=["unreadable", "short", "long"],
)
async def test_a_literal_that_can_not_be_kept_ends_the_connection(
    blob: Broken, caplog: pytest.LogCaptureFixture
) -> None:
    wire, line = make()
    with pytest.raises(ConnectionGone):
        await wire.send_literal(blob)
    wire.write(b"a NO told as mail\r\n")
    wire.flush()
    assert line.aborted
    assert b"NO" not in line.sent
    assert len(line.sent.partition(b"\r\n")[2]) <= blob.size
    assert "in the middle of a mail" in caplog.text


async def test_pause() -> None:
    wire, _ = make()
    await wire.pause(0)
    wire.lost()
    with pytest.raises(ConnectionGone):
        await wire.pause(0)


async def test_what_nobody_waits_for_any_more_is_given_up() -> None:
    wire, _ = make()
    given_up = []

    async def work(answer: str, *, ends: bool) -> str:
        try:
            if not ends:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            given_up.append(answer)
            raise
        return answer

    assert await wire.while_here(work("first", ends=True)) == "first"
    second = asyncio.ensure_future(wire.while_here(work("second", ends=False)))
    await turns()
    wire.lost()
    with pytest.raises(ConnectionGone):
        await second
    with pytest.raises(ConnectionGone):
        await wire.while_here(work("third", ends=True))
    assert given_up == ["second"]


async def test_a_session_that_is_cancelled_gives_it_up_too() -> None:
    wire, _ = make()
    for closed in (False, True):
        waits = asyncio.ensure_future(wire.while_here(asyncio.Event().wait()))
        await turns()
        waits.cancel()
        if closed:
            wire.lost()
        with pytest.raises(asyncio.CancelledError):
            await waits
