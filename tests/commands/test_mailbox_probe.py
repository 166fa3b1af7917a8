"""``proxyd mailbox test``: nobody waits long for a silent server, nor for both in turn."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from proxyd.commands import mailbox_probe
from proxyd.commands.diagnosis import PATIENCE_S
from proxyd.commands.mailbox_probe import ProbeFound, _both, _smtp, _timings
from proxyd.domain.errors import RelayUnavailable
from proxyd.domain.types import SeenMode, Server, SharedMailbox
from proxyd.settings import Settings, UpstreamSettings
from tests.patience import PATIENCE_S as LONG_S

BOX = SharedMailbox(
    1,
    "support",
    "support@example.test",
    (),
    "en",
    SeenMode.PERSON,
    Server("127.0.0.1", 1, "plain", "support"),
    Server("127.0.0.1", 2, "plain", "support"),
)


def password() -> str:
    return "secret"


def test_each_step_is_short_however_patient_the_proxy_is() -> None:
    for connect_s in (1, 300):
        waits = _timings(Settings(upstream=UpstreamSettings(connect_s=connect_s)))
        steps = {waits.connect, waits.greeting, waits.stall, waits.smtp_reply}
        assert steps == {min(connect_s, PATIENCE_S)}


@pytest.mark.asyncio
async def test_who_waits_for_our_tls_is_not_waited_for_longer_than_a_step() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        there = Server("127.0.0.1", server.sockets[0].getsockname()[1], "plain", "support")
        settings = Settings(upstream=UpstreamSettings(connect_s=1))
        async with asyncio.timeout(LONG_S):
            with pytest.raises(RelayUnavailable, match="no answer in time"):
                await _smtp(replace(BOX, smtp=there), password, settings)


@pytest.mark.asyncio
async def test_both_servers_are_asked_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = asyncio.Barrier(2)

    async def asked(*_: object) -> ProbeFound:
        await meeting.wait()
        return ProbeFound(offers=("X",))

    monkeypatch.setattr(mailbox_probe, "_imap", asked)
    monkeypatch.setattr(mailbox_probe, "_smtp", asked)
    done: list[int] = []
    async with asyncio.timeout(LONG_S):
        imap, smtp = await _both(BOX, password, Settings(), done.append)
    assert imap.offers == smtp.offers == ("X",)
    assert done == [1, 2]
