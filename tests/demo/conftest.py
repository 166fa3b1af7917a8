"""A running demo provider with four known mails, and clients signed in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from proxyd.demo.imap_server import DemoImap
from tests.demo.client import Client

USER, PASSWORD = "support@example.test", "secret"
NOW_US = 1_790_000_000_000_000

MAILS = [
    b"From: A <a@example.com>\r\nSubject: one\r\nDate: Mon, 1 Jun 2026 09:00:00 +0900\r\n"
    b"\r\nfirst\r\n",
    b"From: B <b@example.com>\r\nSubject: two\r\n\r\nsecond\r\n",
    b"From: C <c@example.com>\r\nSubject: three\r\n\r\nthird\r\n",
    b"From: D <d@example.com>\r\nSubject: four\r\n\r\nfourth\r\n",
]

Connect = Callable[..., Awaitable[Client]]


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[DemoImap]:
    server = DemoImap(tmp_path / "imap.sqlite", USER, PASSWORD, clock=lambda: NOW_US)
    for number, mail in enumerate(MAILS, 1):
        server.deliver(mail, internal_date=f"0{number}-Jun-2026 12:00:00 +0900")
    yield server
    await server.stop()


@pytest.fixture
async def connect(provider: DemoImap) -> AsyncIterator[Connect]:
    port = await provider.start()
    clients: list[Client] = []

    async def signed_in(select: str | None = "INBOX") -> Client:
        client = await Client.connect(port)
        clients.append(client)
        await client.ok(f"LOGIN {USER} {PASSWORD}")
        if select is not None:
            await client.ok(f"SELECT {select}")
        return client

    yield signed_in
    for client in clients:
        await client.close()
