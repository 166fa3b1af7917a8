"""A move at a provider without MOVE, one of whose later steps is refused: not "refused", because
it is copied by then.
"""

from __future__ import annotations

import pytest

from proxyd.domain.errors import UpstreamRefused, UpstreamUnavailable
from tests.upstream.conftest import OpenMailbox
from tests.upstream.scripted import Scripted, Wire, silence

REFUSED = b"NO [NOPERM] not in this folder\r\n"


async def begin(wire: Wire) -> None:
    await wire.sign_in(capabilities=b"IMAP4rev1 LITERAL+ SASL-IR UIDPLUS")
    await wire.select()
    await wire.expect(rb"UID COPY 1:2 Target")


@pytest.mark.parametrize("step", ["flag", "expunge"])
async def test_a_later_step(open_mailbox: OpenMailbox, step: str) -> None:
    async def script(wire: Wire) -> None:
        await begin(wire)
        await wire.ok(text=b"OK [COPYUID 5 1:2 8:9] copied\r\n")
        await wire.expect(rb"UID STORE 1:2 \+FLAGS\.SILENT .*")
        await wire.ok(text=REFUSED if step == "flag" else b"OK done\r\n")
        if step == "expunge":
            await wire.expect(rb"UID EXPUNGE 1:2")
            await wire.ok(text=REFUSED)
        await silence(wire)

    async with Scripted(script) as fake:
        with pytest.raises(UpstreamUnavailable, match="copied, and not removed from INBOX"):
            await open_mailbox(fake.server).move("INBOX", 7, [1, 2], "Target")


async def test_the_first_one_is_refused_as_a_whole(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await begin(wire)
        await wire.ok(text=REFUSED)
        await silence(wire)

    async with Scripted(script) as fake:
        with pytest.raises(UpstreamRefused, match="not in this folder"):
            await open_mailbox(fake.server).move("INBOX", 7, [1, 2], "Target")
