"""The HTTP door among silent and slow peers (admin/patient_http.py)."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging

import pytest

from admin.patient_http import REQUEST_OCTETS
from proxyd.telemetry import configure_logging
from tests.admin.asking import Serve, asked, get
from tests.patience import PATIENCE_S

NONSENSE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # who speaks TLS to it
    b"EHLO example.test\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 2 * REQUEST_OCTETS,
]


@pytest.mark.parametrize("sent", NONSENSE)
async def test_what_is_no_request_is_counted_and_not_logged(serve: Serve, sent: bytes) -> None:
    """A stranger can send it all day (app/turned_away.py tells of it in moderation)."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    told: list[tuple[str, str]] = []
    stream = io.StringIO()
    port = await serve(turned_away=lambda *what: told.append(what))
    try:
        configure_logging("info", "text", stream)
        for _ in range(20):
            assert (await asked(port, sent)).startswith(b"HTTP/1.1 400 ")
        upgrade = get("localhost", more="Connection: upgrade, close\r\nUpgrade: h2c\r\n")
        assert (await asked(port, upgrade)).startswith(b"HTTP/1.1 200 ")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    assert told == [("nonsense", "127.0.0.1")] * 20
    assert stream.getvalue() == ""


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
