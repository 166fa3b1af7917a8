"""The port of the provider's side means the same whatever stands behind it.

Dovecot, Cyrus, Courier (no CONDSTORE, no MOVE, "INBOX." above everything) and a door that knows
RFC 3501 alone. What differs is written down here; all else is one expectation for the four.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from proxyd.domain.errors import UidValidityChanged, UpstreamFolderMissing, UpstreamRefused
from proxyd.domain.types import Blob, BytesBlob, Server
from proxyd.imapwire.fetch_row import literal_octets
from proxyd.upstream.mailbox import ImapUpstream
from tests.servers.bare_imap import BareImap
from tests.servers.certificates import Certificates
from tests.servers.courier import Courier
from tests.servers.cyrus import Cyrus
from tests.servers.dovecot import Dovecot
from tests.upstream.conftest import QUICK, eventually

AnyServer = Dovecot | BareImap | Courier | Cyrus
MAKERS = {"dovecot": Dovecot, "bare": BareImap, "courier": Courier, "cyrus": Cyrus}
BIG = 300_000  # octets: beyond what is held in memory
_numbers = itertools.count()


def mail(number: int, body: bytes = b"hello\r\n") -> bytes:
    return (
        b"From: a@example.test\r\nMessage-ID: <%d@example.test>\r\nSubject: mail %d\r\n"
        b"Date: Mon, 23 Nov 2026 10:00:00 +0900\r\n\r\n%b" % (number, number, body)
    )


@pytest.fixture(scope="module", params=MAKERS)
def server(request: pytest.FixtureRequest, certificates: Certificates) -> Iterator[AnyServer]:
    with MAKERS[request.param](certificates=certificates) as running:
        yield running


@pytest_asyncio.fixture
async def mailbox(server: AnyServer, certificates: Certificates) -> AsyncIterator[ImapUpstream]:
    where = Server("localhost", server.tls_port, "tls", server.user, str(certificates.ca))
    one = ImapUpstream(where, lambda: server.password, timings=QUICK)
    yield one
    await one.close()
    if isinstance(server, BareImap):
        assert server.refused == []  # nobody tried what RFC 3501 does not have


@pytest_asyncio.fixture
async def folder(mailbox: ImapUpstream, server: AnyServer) -> str:
    """A folder of the test's own; it goes with the server."""
    name = named(server, f"Own{next(_numbers)}")
    await mailbox.create(name)
    return name


def named(server: AnyServer, *levels: str) -> str:
    """Courier's "INBOX." above all of them is not shown."""
    return server.separator.join(levels)


async def filled(mailbox: ImapUpstream, folder: str, count: int) -> int:
    for number in range(1, count + 1):
        await mailbox.append(folder, [], None, BytesBlob(mail(number)))
    return (await mailbox.status([folder]))[folder].uidvalidity


async def flags(mailbox: ImapUpstream, folder: str, uidvalidity: int) -> dict[int, set[str]]:
    return {row.uid: set(row.flags) for row in await mailbox.scan_flags(folder, uidvalidity)}


async def test_lists_folders_with_their_uses(mailbox: ImapUpstream, server: AnyServer) -> None:
    new = named(server, "顧客", "あ&B")
    await mailbox.create(new)
    folders = {one.name: one for one in await mailbox.list_folders()}
    assert folders[new].delimiter == server.separator
    assert folders[new].selectable
    for use in ("Sent", "Drafts", "Trash", "Junk", "Archive"):
        name = named(server, use)
        assert f"\\{use.lower()}" in folders[name].attributes
        await mailbox.status([name])
    assert folders["INBOX"].selectable
    to = named(server, "顧客", "い")
    await mailbox.rename(new, to)
    assert to in {one.name for one in await mailbox.list_folders()}
    await mailbox.delete(to)
    with pytest.raises((UpstreamFolderMissing, UpstreamRefused)):
        await mailbox.delete(to)


async def test_counts_folders_and_leaves_out_those_that_are_gone(
    mailbox: ImapUpstream, folder: str, server: AnyServer
) -> None:
    await filled(mailbox, folder, 3)
    counted = await mailbox.status([folder, named(server, "Nowhere")])
    assert set(counted) == {folder}
    assert (counted[folder].messages, counted[folder].uidnext) == (3, 4)
    has_modseq = counted[folder].highestmodseq is not None
    assert has_modseq == (type(server) in (Cyrus, Dovecot))


async def test_status_sees_what_another_connection_put_there(
    mailbox: ImapUpstream, folder: str
) -> None:
    uidvalidity = await filled(mailbox, folder, 1)
    await mailbox.scan_flags(folder, uidvalidity)  # selected from now on
    for number in range(2, 5):
        await asyncio.gather(  # one of the two lanes has it selected, or both
            mailbox.append(folder, [], None, BytesBlob(mail(number))),
            mailbox.scan_flags(folder, uidvalidity),
        )
        assert (await mailbox.status([folder]))[folder].messages == number
        rows = await mailbox.scan_headers(folder, uidvalidity, [number], ["Subject"])
        assert b"mail %d" % number in rows[0].header


async def test_scans_headers(mailbox: ImapUpstream, folder: str) -> None:
    uidvalidity = await filled(mailbox, folder, 3)
    rows = await mailbox.scan_headers(folder, uidvalidity, [3, 1], ["Subject", "Message-ID"])
    assert {row.uid for row in rows} == {1, 3}
    for row in rows:
        assert row.size == len(mail(1))
        lines = set(row.header.split(b"\r\n"))
        assert lines == {
            b"Subject: mail %d" % row.uid,
            b"Message-ID: <%d@example.test>" % row.uid,
            b"",
        }
        assert len(row.internal_date) == 26


async def test_fetches_what_was_appended_to_the_octet(mailbox: ImapUpstream, folder: str) -> None:
    big = mail(1, b"0123456789abcde\r\n" * (BIG // 17))
    small = mail(2, "日本\r\n".encode() + b"\r\n.\r\n" + bytes(range(128, 256)) + b"\r\n")
    for raw in (big, small):
        await mailbox.append(folder, ["\\Seen"], "17-Jul-1996 02:44:25 -0700", BytesBlob(raw))
    uidvalidity = (await mailbox.status([folder]))[folder].uidvalidity
    asked = [b"BODY.PEEK[]", b"RFC822.SIZE", b"INTERNALDATE", b"BODY.PEEK[TEXT]<2.10>", b"FLAGS"]
    rows = await mailbox.fetch(folder, uidvalidity, [1, 2], asked)
    for row, raw in zip(sorted(rows, key=lambda row: row.uid), (big, small), strict=True):
        assert octets(row.values[b"BODY[]"]) == raw
        assert row.values[b"RFC822.SIZE"] == b"%d" % len(raw)
        assert octets(row.values[b"BODY[TEXT]<2>"]) == raw.partition(b"\r\n\r\n")[2][2:12]
        assert b"\\Seen" in row.values[b"FLAGS"]
    assert await mailbox.fetch(folder, uidvalidity, [99], [b"RFC822.SIZE"]) == []


def octets(value: bytes | Blob) -> bytes | None:
    return literal_octets(value) if isinstance(value, bytes) else b"".join(value.chunks())


async def test_searches(mailbox: ImapUpstream, folder: str) -> None:
    uidvalidity = await filled(mailbox, folder, 3)
    await mailbox.append(folder, [], None, BytesBlob(mail(4, "お世話に\r\n".encode())))
    search = mailbox.search
    assert await search(folder, uidvalidity, b'SUBJECT "mail 2"') == [2]
    assert await search(folder, uidvalidity, b"SUBJECT {6}\r\nmail 3") == [3]
    assert await search(folder, uidvalidity, b"NOT BODY hello") == [4]
    assert await search(folder, uidvalidity, b"OR HEADER Message-ID <1@ UID 4") == [1, 4]
    word = "世話".encode()
    charset = mail(5).replace(
        b"\r\n\r\n", b"\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    await mailbox.append(folder, [], None, BytesBlob(charset + word + b"\r\n"))
    assert 5 in await search(folder, uidvalidity, b"BODY {%d}\r\n%b" % (len(word), word))


async def test_stores_flags_and_keywords(mailbox: ImapUpstream, folder: str) -> None:
    uidvalidity = await filled(mailbox, folder, 3)
    assert (await mailbox.permanent_flags(folder)).keywords
    store = mailbox.store_flags
    rows = await store(folder, uidvalidity, [1, 3], "+", ["\\Seen", "$work", "Label-1"])
    assert [(row.uid, set(row.flags)) for row in rows] == [
        (1, {"\\Seen", "$work", "Label-1"}),
        (3, {"\\Seen", "$work", "Label-1"}),
    ]
    await store(folder, uidvalidity, [1], "-", ["\\Seen", "$work"])
    await store(folder, uidvalidity, [2], "=", ["\\Flagged"])
    (same,) = await store(folder, uidvalidity, [2], "+", ["\\Flagged"])
    assert set(same.flags) == {"\\Flagged"}
    assert await flags(mailbox, folder, uidvalidity) == {
        1: {"Label-1"},
        2: {"\\Flagged"},
        3: {"\\Seen", "$work", "Label-1"},
    }


async def test_copies_moves_and_expunges_only_what_it_is_told(
    mailbox: ImapUpstream, folder: str, server: AnyServer
) -> None:
    uidvalidity = await filled(mailbox, folder, 6)
    target = folder + "to"
    await mailbox.create(target)
    await mailbox.store_flags(folder, uidvalidity, [1], "+", ["\\Deleted", "$mine"])
    copied = await mailbox.copy(folder, uidvalidity, [2, 1], target)
    moved = await mailbox.move(folder, uidvalidity, [5, 3], target)
    await mailbox.expunge(folder, uidvalidity, [6])
    assert await flags(mailbox, folder, uidvalidity) == {
        1: {"\\Deleted", "$mine"},
        2: set(),
        4: set(),
    }
    there = (await mailbox.status([target]))[target]
    assert (there.messages, there.uidnext) == (4, 5)
    rows = await mailbox.scan_headers(target, there.uidvalidity, [1, 2, 3, 4], ["Subject"])
    subjects = {row.uid: row.header.split(b"\r\n")[0] for row in rows}
    assert sorted(subjects.values()) == [b"Subject: mail %d" % one for one in (1, 2, 3, 5)]
    for told in (copied, moved):
        assert (told is None) == isinstance(server, BareImap)
        if told is not None:
            assert told.uidvalidity == there.uidvalidity
            for source, uid in told.uids.items():
                assert subjects[uid] == b"Subject: mail %d" % source


async def test_adds_to_the_folder_it_reads(mailbox: ImapUpstream, folder: str) -> None:
    uidvalidity = await filled(mailbox, folder, 1)
    for _ in range(2):  # on whichever lane
        await mailbox.scan_flags(folder, uidvalidity)
        await mailbox.append(folder, [], None, BytesBlob(mail(2)))
        await mailbox.copy(folder, uidvalidity, [1], folder)
    assert len(await mailbox.scan_flags(folder, uidvalidity)) == 5


async def test_append_tells_the_uid_where_the_server_does(
    mailbox: ImapUpstream, folder: str, server: AnyServer
) -> None:
    uidvalidity = await filled(mailbox, folder, 1)
    told = await mailbox.append(folder, ["$kept", "\\Draft"], None, BytesBlob(mail(2)))
    assert told == (None if isinstance(server, BareImap) else (uidvalidity, 2))
    assert (await flags(mailbox, folder, uidvalidity))[2] == {"$kept", "\\Draft"}


async def test_a_folder_that_is_not_there(mailbox: ImapUpstream, server: AnyServer) -> None:
    nowhere = named(server, "Nowhere")
    with pytest.raises(UpstreamFolderMissing):
        await mailbox.scan_flags(nowhere, 1)
    with pytest.raises(UpstreamFolderMissing):
        await mailbox.append(nowhere, [], None, BytesBlob(mail(1)))
    await mailbox.append("INBOX", [], None, BytesBlob(mail(1)))
    uidvalidity = (await mailbox.status(["INBOX"]))["INBOX"].uidvalidity
    with pytest.raises(UpstreamFolderMissing):
        await mailbox.copy("INBOX", uidvalidity, [1], nowhere)


async def test_never_acts_under_another_uidvalidity(mailbox: ImapUpstream, folder: str) -> None:
    uidvalidity = await filled(mailbox, folder, 1)
    with pytest.raises(UidValidityChanged):
        await mailbox.expunge(folder, uidvalidity + 1, [1])
    assert await flags(mailbox, folder, uidvalidity) == {1: set()}


async def test_hears_of_new_mail(mailbox: ImapUpstream, server: AnyServer) -> None:
    changes: list[int] = []
    mailbox.watch("INBOX", lambda: changes.append(1), lambda up, why: None)
    await eventually(lambda: changes)
    changes.clear()
    await asyncio.to_thread(server.deliver, mail(1))
    await eventually(lambda: changes)
