"""The HTTP door of a made-up company: example.test, reached as mail.example.test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from admin.client_pages import ClientPages
from admin.health import Checks, serve_http
from tests.admin.asking import Serve
from tests.admin.client_setup.some_facts import FACTS


async def well() -> list[str]:
    return []


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    closers: list[Callable[[], Awaitable[None]]] = []

    async def start(**options: object) -> int:
        checks, pages = Checks(well, well, lambda: b"up 1\n"), ClientPages()
        pages.renew(FACTS)
        port, close = await serve_http(
            "127.0.0.1", 0, checks, pages, names=["Mail.example.test"], **options
        )  # type: ignore[arg-type]
        closers.append(close)
        return port

    yield start
    for close in closers:
        await close()
