"""A Dovecot that hides what lesser servers lack: the same results by longer ways."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from proxyd.domain.types import BytesBlob
from proxyd.upstream.mailbox import ImapUpstream
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot
from tests.servers.dovecot_configuration import CAPABILITIES
from tests.upstream.conftest import QUICK, eventually, server_of

MAIL = b"Subject: x\r\n\r\nhello\r\n"


@pytest.fixture(scope="module")
def plain_dovecot(certificates: Certificates) -> Iterator[Dovecot]:
    """IMAP4rev1 and nothing else."""
    hidden = [word for word in CAPABILITIES.split() if word != "IMAP4rev1"]
    users = {f"user{number}@example.test": "upstream secret" for number in range(20)}
    with Dovecot(certificates=certificates, hide=hidden, users=users) as dovecot:
        yield dovecot


@pytest_asyncio.fixture
async def mailbox(
    plain_dovecot: Dovecot, request: pytest.FixtureRequest
) -> AsyncIterator[ImapUpstream]:
    users = list(plain_dovecot.users)
    plain_dovecot.user = users[users.index(plain_dovecot.user) + 1]
    one = ImapUpstream(server_of(plain_dovecot), lambda: plain_dovecot.password, timings=QUICK)
    yield one
    await one.close()


async def filled(mailbox: ImapUpstream, count: int) -> int:
    for _ in range(count):
        await mailbox.append("INBOX", [], None, BytesBlob(MAIL))
    return (await mailbox.status(["INBOX"]))["INBOX"].uidvalidity


async def uids(mailbox: ImapUpstream, uidvalidity: int) -> list[int]:
    return [row.uid for row in await mailbox.scan_flags("INBOX", uidvalidity)]


async def test_offers_nothing(mailbox: ImapUpstream) -> None:
    assert not {"UIDPLUS", "MOVE", "IDLE", "CONDSTORE", "LITERAL+"} & await mailbox.capabilities()


async def test_no_modseq_without_condstore(mailbox: ImapUpstream) -> None:
    uidvalidity = await filled(mailbox, 2)
    assert (await mailbox.status(["INBOX"]))["INBOX"].highestmodseq is None
    rows = await mailbox.scan_flags("INBOX", uidvalidity, changed_since=1)
    assert [row.uid for row in rows] == [1, 2]


async def test_move_is_copy_and_expunge(mailbox: ImapUpstream) -> None:
    uidvalidity = await filled(mailbox, 4)
    await mailbox.store_flags("INBOX", uidvalidity, [1], "+", ["\\Deleted"])
    await mailbox.move("INBOX", uidvalidity, [2, 4], "Archive")
    rows = await mailbox.scan_flags("INBOX", uidvalidity)
    assert [(row.uid, row.flags) for row in rows] == [(1, ("\\Deleted",)), (3, ())]
    assert (await mailbox.status(["Archive"]))["Archive"].messages == 2


async def test_expunge_spares_what_others_marked(mailbox: ImapUpstream) -> None:
    uidvalidity = await filled(mailbox, 3)
    await mailbox.store_flags("INBOX", uidvalidity, [3], "+", ["\\Deleted"])
    await mailbox.expunge("INBOX", uidvalidity, [1])
    rows = await mailbox.scan_flags("INBOX", uidvalidity)
    assert [(row.uid, row.flags) for row in rows] == [(2, ()), (3, ("\\Deleted",))]


async def test_literals_wait_to_be_asked_for(mailbox: ImapUpstream) -> None:
    big = MAIL + b"0123456789abcde\r\n" * 60_000
    await mailbox.append("INBOX", ["\\Seen"], None, BytesBlob(big))
    uidvalidity = (await mailbox.status(["INBOX"]))["INBOX"].uidvalidity
    (row,) = await mailbox.fetch("INBOX", uidvalidity, [1], [b"BODY.PEEK[]"])
    blob = row.values[b"BODY[]"]
    assert not isinstance(blob, bytes)
    assert b"".join(blob.chunks()) == big
    assert await mailbox.search("INBOX", uidvalidity, b"SUBJECT {1}\r\nx SEEN") == [1]


async def test_uses_of_folders_are_guessed(mailbox: ImapUpstream) -> None:
    await mailbox.create("ゴミ箱")
    folders = {folder.name: folder.attributes for folder in await mailbox.list_folders()}
    assert "\\sent" in folders["Sent"]
    assert ("\\trash" in folders["Trash"]) != ("\\trash" in folders["ゴミ箱"])


async def test_watch_polls_without_idle(mailbox: ImapUpstream, plain_dovecot: Dovecot) -> None:
    changes: list[int] = []
    await filled(mailbox, 1)
    mailbox.watch("INBOX", lambda: changes.append(1), lambda up, why: None)
    await eventually(lambda: changes)
    changes.clear()
    plain_dovecot.deliver(MAIL)
    await eventually(lambda: changes)
