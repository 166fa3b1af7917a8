"""The console's connections among silent and slow peers (admin/web/browser_http.py): FOUND B9."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from admin.http_server import serve_application
from admin.web.browser_http import browser_protocol
from admin.web.event_stream import EventStream
from tests.patience import PATIENCE_S

ASK = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab"


async def events() -> AsyncIterator[bytes]:
    """One at once, and no end."""
    yield b"data: first\n\n"
    await asyncio.Event().wait()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/live":
        await EventStream(events(), media_type="text/event-stream")(scope, receive, send)
        return
    try:
        body = await Request(scope, receive).body()
    except ClientDisconnect:  # as the console's boundary does
        body = b"gone"
    await PlainTextResponse(body)(scope, receive, send)


@pytest.fixture
async def serve() -> AsyncIterator[object]:
    closers = []

    async def start(**options):
        told = []
        protocol = browser_protocol(lambda *what: told.append(what), **options)
        port, close = await serve_application(
            lambda _port: application, "127.0.0.1", 0, protocol, backlog=2048
        )
        closers.append(close)
        return port, told

    yield start
    for close in closers:
        await close()


async def said(port: int, octets: bytes = ASK) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(octets)
    async with asyncio.timeout(PATIENCE_S):
        try:
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()


@pytest.mark.parametrize("sent", [b"", ASK[:20], ASK[:-1]])
async def test_silent_ones_keep_nobody_out(serve, sent):
    """Neither with nothing, nor with half a header, nor with half a body."""
    port, told = await serve(pool=20, per_address=20)
    held = []
    for _ in range(60):
        held.append(await asyncio.open_connection("127.0.0.1", port))
        held[-1][1].write(sent)
    for _ in range(5):
        assert (await said(port)).startswith(b"HTTP/1.1 200 ")
    assert ("crowded", "127.0.0.1") in told
    for _, writer in held:
        writer.close()


async def test_fifteen_hundred_half_open_ones_keep_nobody_out(serve):
    port, _ = await serve()
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(1500)]
    assert (await said(port)).startswith(b"HTTP/1.1 200 ")
    for _, writer in held:
        writer.close()


async def test_a_request_that_dribbles_is_cut(serve):
    port, told = await serve(request_s=0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def dribble() -> None:
        for octet in ASK[:-1]:
            writer.write(bytes([octet]))
            await asyncio.sleep(0.05)

    dribbling = asyncio.create_task(dribble())
    async with asyncio.timeout(PATIENCE_S):
        with contextlib.suppress(ConnectionError):
            await reader.read()
    dribbling.cancel()
    writer.close()
    assert told == [("slow", "127.0.0.1")]


async def test_who_asked_is_not_put_out_by_who_comes(serve):
    """An answer may take long; those that only came make room."""
    port, _ = await serve(pool=3, per_address=3)
    waiting = [asyncio.create_task(said(port)) for _ in range(2)]
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(9)]
    for one in waiting:
        assert (await one).startswith(b"HTTP/1.1 200 ")
    for _, writer in held:
        writer.close()


async def test_nonsense_is_answered_and_told(serve):
    port, told = await serve()
    assert (await said(port, b"EHLO x\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
    assert told == [("nonsense", "127.0.0.1")]


@pytest.mark.parametrize("body", [b"zz\r\n", b"2\r\nabc", b"-1\r\n\r\n"])
async def test_a_body_that_can_not_be_read_is_no_fault_of_ours(serve, body, caplog):
    port, told = await serve()
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    for _ in range(5):
        assert (await said(port, head + body)).startswith(b"HTTP/1.1 400 ")
    assert told == [("nonsense", "127.0.0.1")] * 5
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


async def test_a_web_server_that_asks_for_everybody_has_the_whole_pool(serve):
    port, _ = await serve(pool=40, per_address=5, for_many=lambda address: address == "127.0.0.1")
    held = []
    for _ in range(20):
        held.append(await asyncio.open_connection("127.0.0.1", port))
        held[-1][1].write(ASK[:-1])
    assert (await said(port)).startswith(b"HTTP/1.1 200 ")
    for reader, writer in held:
        writer.write(ASK[-1:])
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_a_line_that_was_opened_for_later_is_closed_and_nobody_is_told(serve):
    """Browsers open some before they know what to ask; that is no attack."""
    port, told = await serve(request_s=0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(PATIENCE_S):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()
    assert told == []


LISTEN = b"GET /live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


async def listening(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Once the first event is heard."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(LISTEN)
    async with asyncio.timeout(PATIENCE_S):
        await reader.readuntil(b"data: first\n\n\r\n")
    return reader, writer


async def test_who_listens_stays_longer_than_an_answer_may_take_and_in_any_crowd(serve):
    port, told = await serve(answer_s=0.1, pool=3, per_address=3)
    reader, writer = await listening(port)
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(9)]
    for _, other in held:
        other.write(ASK[:20])
    assert (await said(port)).startswith(b"HTTP/1.1 200 ")
    assert ("crowded", "127.0.0.1") in told
    await asyncio.sleep(0.2)  # longer than an answer may take; it would be cut by then
    assert not reader.at_eof()
    for _, other in (*held, (reader, writer)):
        other.close()


async def test_of_those_who_listen_the_oldest_makes_room(serve):
    port, told = await serve(streams=2)
    first, second, third = [await listening(port) for _ in range(3)]
    async with asyncio.timeout(PATIENCE_S):
        with contextlib.suppress(ConnectionError):
            assert await first[0].read() == b""
    assert told == [("crowded", "127.0.0.1")]
    assert not second[0].at_eof() and not third[0].at_eof()
    for _, writer in (first, second, third):
        writer.close()
