"""Who waits for the one copy in Sent is known to who stores it."""

from __future__ import annotations

import asyncio

import pytest

from proxyd.domain.errors import UpstreamUnavailable
from proxyd.service.mailbox import sent_folding
from proxyd.service.mailbox.sent_folding import SentFolding
from tests.service.conftest import World, mail


async def test_a_waiting_client_is_told_of_until_it_has_its_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent_folding, "FOLD_WAIT_S", 0.05)
    world.upstream.deliver(mail("a@x"))
    await world.synced()
    folder = world.room.state.folder_named("INBOX")
    sent = SentFolding(world.room)
    assert not sent.wanted.is_set()
    assert folder is not None
    first = asyncio.create_task(sent._wait_for("nobody@x", folder))
    await asyncio.sleep(0)
    await sent._wait_for("a@x", folder)  # it is there
    assert sent.wanted.is_set()
    with pytest.raises(UpstreamUnavailable):
        await first
    assert not sent.wanted.is_set()
