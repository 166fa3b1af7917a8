"""An answer leaves in one piece: what is written to the line is counted, exactly."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest


@pytest.mark.parametrize(
    "command",
    [
        b"SELECT INBOX",
        b"FETCH 1:* (UID FLAGS)",
        b"UID FETCH 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From Subject)])",
        b"STORE 2 +FLAGS ($status-hold)",
        b"STORE 1:* +FLAGS (\\Flagged)",
        b"UID SEARCH ALL",
        b"COPY 1:* Status/Done",
        b"STATUS INBOX (MESSAGES UNSEEN)",
        b"NOOP",
    ],
)
async def test_one_answer_is_one_write(
    connect: Any, command: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = connect()
    await client.login()
    await client.select()
    client.said()
    writes: list[bytes] = []
    monkeypatch.setattr(client.line, "write", writes.append)
    client.wire.received(b"a " + command + b"\r\n")
    while not (writes and b"a OK" in writes[-1]):
        await asyncio.sleep(0)
    # Headers come from the service in batches of two rows (imap_fakes): a write for each.
    batches = 3 if b"HEADER" in command else 0
    assert len(writes) == 1 + batches
