"""Plain HTTP, octet by octet: what a client library would tidy up on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.patience import PATIENCE_S

Serve = Callable[..., Awaitable[int]]  # options of serve_http → the port


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


def post(host: str, path: str, body: bytes, more: str = "") -> bytes:
    return get(host, path, "POST", f"{more}Content-Length: {len(body)}\r\n") + body
