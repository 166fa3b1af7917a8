"""The health port among silent, slow and foreign peers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from admin.health import Checks, serve_http
from tests.patience import PATIENCE_S

Serve = Callable[..., Awaitable[int]]


async def well() -> list[str]:
    return []


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    closers: list[Callable[[], Awaitable[None]]] = []

    async def start(**options: float) -> int:
        checks = Checks(well, well, lambda: b"up 1\n")
        port, close = await serve_http(
            "127.0.0.1", 0, checks, names=["mail.example.test"], **options
        )  # type: ignore[arg-type]
        closers.append(close)
        return port

    yield start
    for close in closers:
        await close()


async def asked(port: int, request: bytes) -> bytes:
    """Everything the server says."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(PATIENCE_S):
        said = await reader.read()
    writer.close()
    return said


def get(host: str, path: str = "/healthz", verb: str = "GET", more: str = "") -> bytes:
    return f"{verb} {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode()


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nHost: loc"])
async def test_silent_connections_keep_nobody_out(serve: Serve, sent: bytes) -> None:
    port = await serve()
    held = []
    for _ in range(60):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        held.append((reader, writer))
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await asked(port, get("localhost", path))).startswith(b"HTTP/1.1 200 ")
    for _, writer in held:
        writer.close()


async def test_nobody_stays_for_ever(serve: Serve) -> None:
    """One octet now and then is no request."""
    port = await serve(life_s=0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def dribble() -> None:
        while True:
            writer.write(b"G")
            await asyncio.sleep(0.02)

    dribbling = asyncio.create_task(dribble())
    async with asyncio.timeout(PATIENCE_S):
        with contextlib.suppress(ConnectionError):
            await reader.read()
    dribbling.cancel()
    writer.close()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get("localhost"), 200),
        (get("localhost:9180"), 200),
        (get("127.0.0.1:9180"), 200),
        (get("[::1]:9180"), 200),
        (get("[::1]"), 200),
        (get("MAIL.example.test."), 200),
        (b"GET /healthz HTTP/1.0\r\n\r\n", 200),
        (get("localhost", verb="HEAD"), 200),
        (get("evil.example"), 421),
        (get("evil.example:9180"), 421),
        (get("localhost.evil.example"), 421),
        (get("localhost", verb="POST", more="Content-Length: 0\r\n"), 405),
        (get("localhost", verb="DELETE"), 405),
        (get("localhost", verb="OPTIONS"), 405),
        (get("localhost", more="Content-Length: 5\r\n") + b"hello", 413),
        (get("localhost", more="Transfer-Encoding: chunked\r\n"), 413),
        (get("localhost", path="/secrets"), 404),
        (get("localhost", more="X: " + "x" * 20_000 + "\r\n"), 431),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400),
    ],
)
async def test_who_may_ask_what(serve: Serve, request_: bytes, status: int) -> None:
    said = await asked(await serve(), request_)
    assert said.startswith(b"HTTP/1.1 %d " % status), said[:200]
