"""TLS before HTTP among those who never finish (admin/tls_first.py)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator

import pytest
from starlette.responses import PlainTextResponse

from admin.http_server import serve_application
from admin.tls_first import Handshakes
from admin.web.browser_http import browser_protocol
from proxyd.app.tls import smtp_context
from proxyd.demo.certificate import make_ca
from tests.patience import PATIENCE_S

ASK = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture
async def serve(tmp_path) -> AsyncIterator[object]:
    files, closers = make_ca(tmp_path), []
    trust = ssl.create_default_context(cafile=str(files.ca))

    async def start(**options):
        told = []
        turned_away = lambda *what: told.append(what)  # noqa: E731
        handshakes = Handshakes(smtp_context(files.certificate, files.key), turned_away, **options)
        port, close = await serve_application(
            lambda _port: PlainTextResponse("here"),
            "127.0.0.1",
            0,
            browser_protocol(turned_away),
            backlog=2048,
            handshakes=handshakes,
        )
        closers.append(close)
        return port, trust, told

    yield start
    for close in closers:
        await close()


async def asked(port, trust) -> bytes:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=trust, server_hostname="localhost"
    )
    writer.write(ASK)
    async with asyncio.timeout(PATIENCE_S):
        answer = await reader.read()
    writer.close()
    return answer


async def test_what_is_asked_with_the_end_of_the_handshake_is_answered(serve):
    port, trust, told = await serve()
    for _ in range(20):
        assert (await asked(port, trust)).endswith(b"here")
    assert told == []


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x02\x00\x01\x00"])
async def test_fifteen_hundred_half_open_ones_keep_nobody_out(serve, sent):
    port, trust, told = await serve()
    held = []
    for _ in range(1500):
        held.append(await asyncio.open_connection("127.0.0.1", port))
        held[-1][1].write(sent)
    assert (await asked(port, trust)).endswith(b"here")
    assert ("crowded", "127.0.0.1") in told
    for _, writer in held:
        writer.close()


async def test_who_does_not_finish_is_cut(serve):
    port, _, told = await serve(seconds=0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(PATIENCE_S):
        assert await reader.read() == b""
    writer.close()
    assert told == [("slow", "127.0.0.1")]


async def test_who_speaks_in_clear_is_answered_nothing_of_ours(serve):
    port, _, told = await serve()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASK)
    async with asyncio.timeout(PATIENCE_S):
        answer = await reader.read()
    writer.close()
    assert b"HTTP" not in answer and b"here" not in answer
    assert told == [("nonsense", "127.0.0.1")]


async def test_who_hangs_up_at_an_unknown_certificate_is_not_told_of(serve):
    port, trust, told = await serve()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await writer.wait_closed()
    assert (await asked(port, trust)).endswith(b"here")
    assert told == []
