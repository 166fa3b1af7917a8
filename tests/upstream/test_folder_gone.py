"""A folder that is gone while a job is in it: what was done by then is not called refused.

Dovecot 2.4 says NO [NONEXISTENT] "Mailbox was deleted under us" then, also behind COPYUID. The same
code means that the target is missing where nothing was done.
"""

from __future__ import annotations

import pytest

from proxyd.domain.errors import UpstreamFolderMissing, UpstreamUnavailable
from tests.upstream.conftest import OpenMailbox
from tests.upstream.scripted import Scripted, Wire, silence

GONE = b"NO [NONEXISTENT] Mailbox was deleted under us\r\n"
COPIED = b"* OK [COPYUID 5 1:2 8:9] Moved UIDs.\r\n"


async def test_the_second_step_of_removing(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        await wire.expect(rb"UID STORE 1:2 \+FLAGS\.SILENT .*")
        await wire.ok()
        await wire.expect(rb"UID EXPUNGE 1:2")
        await wire.ok(text=GONE)
        await silence(wire)

    async with Scripted(script) as fake:
        with pytest.raises(UpstreamUnavailable, match="INBOX was gone in the middle"):
            await open_mailbox(fake.server).expunge("INBOX", 7, [1, 2])


async def test_a_move_that_has_copied(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        await wire.expect(rb"UID MOVE 1:2 Target")
        await wire.ok(COPIED, text=GONE)
        await silence(wire)

    async with Scripted(script) as fake:
        with pytest.raises(UpstreamUnavailable, match="INBOX was gone in the middle"):
            await open_mailbox(fake.server).move("INBOX", 7, [1, 2], "Target")


@pytest.mark.parametrize("code", [b"TRYCREATE", b"NONEXISTENT"])
async def test_a_move_that_has_done_nothing_and_the_next_job_opens_the_folder_anew(
    open_mailbox: OpenMailbox, code: bytes
) -> None:
    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.select()
        await wire.expect(rb"UID MOVE 1:2 Target")
        await wire.ok(text=b"NO [%b] no such folder\r\n" % code)
        await wire.expect(rb"EXAMINE INBOX")  # this server has no UNSELECT
        await wire.ok(b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 4] x\r\n")
        await wire.select()
        await wire.expect(rb"UID STORE 1 .*")
        await wire.ok(b"* 1 FETCH (UID 1 FLAGS (\\Flagged))\r\n")
        await silence(wire)

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server)
        with pytest.raises(UpstreamFolderMissing):
            await mailbox.move("INBOX", 7, [1, 2], "Target")
        (row,) = await mailbox.store_flags("INBOX", 7, [1], "+", ["\\Flagged"])
        assert "\\Flagged" in row.flags
