"""Several mails in one APPEND (RFC 3502): all or none, also where the line breaks in the middle."""

from __future__ import annotations

import asyncio
import re

import pytest

from proxyd.domain.errors import UpstreamFolderMissing, UpstreamRefused, UpstreamUnavailable
from proxyd.domain.ports.upstream_rows import AppendedMail
from proxyd.domain.types import BytesBlob
from proxyd.imapwire.fetch_row import literal_octets
from proxyd.upstream.mailbox import ImapUpstream
from tests.servers.dovecot import Dovecot
from tests.upstream.conftest import OpenMailbox, eventually
from tests.upstream.scripted import Scripted, Wire

DATE = "01-Feb-2024 03:04:05 +0900"


def octets(number: int, size: int = 0) -> bytes:
    lines = size // 64 * (b"x" * 62 + b"\r\n")
    return b"Subject: %d\r\nMessage-ID: <%d@x>\r\n\r\n%b" % (number, number, lines)


def mails(*sizes: int) -> list[AppendedMail]:
    return [
        AppendedMail(("\\Seen",) if number % 2 else (), None, BytesBlob(octets(number, size)))
        for number, size in enumerate(sizes)
    ]


async def count(mailbox: ImapUpstream, folder: str = "INBOX") -> int:
    return (await mailbox.status([folder]))[folder].messages


async def test_dovecot_stores_them_in_their_order(mailbox: ImapUpstream) -> None:
    """Small ones are sent unasked, big ones wait for "+"; and each octet arrives."""
    sizes = (0, 70_000, 10, 2_000_000, 0)
    sent = mails(*sizes)
    sent[2] = AppendedMail(("$kept",), DATE, sent[2].content)
    told = await mailbox.append_all("INBOX", sent)
    assert told is not None
    uidvalidity, uids = told
    assert list(uids) == [1, 2, 3, 4, 5]
    rows = await mailbox.fetch("INBOX", uidvalidity, uids, [b"BODY.PEEK[]", b"INTERNALDATE"])
    for row, mail in zip(rows, sent, strict=True):
        value = row.values[b"BODY[]"]
        there = literal_octets(value) if isinstance(value, bytes) else b"".join(value.chunks())
        assert there == b"".join(mail.content.chunks())
    flags = {row.uid: row.flags for row in await mailbox.scan_flags("INBOX", uidvalidity)}
    assert flags == {1: (), 2: ("\\Seen",), 3: ("$kept",), 4: ("\\Seen",), 5: ()}
    assert b"2024" in bytes(rows[2].values[b"INTERNALDATE"])  # type: ignore[arg-type]


async def test_two_hundred_in_one_command(mailbox: ImapUpstream) -> None:
    told = await mailbox.append_all("INBOX", mails(*[100] * 200))
    assert told is not None
    assert list(told[1]) == list(range(1, 201))


@pytest.mark.parametrize("size", [10, 70_000])
async def test_a_missing_folder_takes_none_and_the_line_goes_on(
    mailbox: ImapUpstream, size: int
) -> None:
    for _ in range(2):
        with pytest.raises(UpstreamFolderMissing):
            await mailbox.append_all("Nowhere", mails(size, size, size))
    assert await count(mailbox) == 0


@pytest.mark.parametrize("size", [10, 70_000])
async def test_dovecot_refuses_all_of_them(mailbox: ImapUpstream, size: int) -> None:
    """RFC 3502 §6.3.11: a mail of no octets cancels the command."""
    wrong = [*mails(size, size), AppendedMail((), None, BytesBlob(b"")), *mails(size)]
    with pytest.raises(UpstreamRefused):
        await mailbox.append_all("INBOX", wrong)
    assert await count(mailbox) == 0


async def test_dovecot_keeps_none_when_the_line_breaks(
    open_mailbox: OpenMailbox, dovecot: Dovecot
) -> None:
    """A client that dies in the middle has not said the command to its end."""
    mailbox = open_mailbox()
    before = await count(mailbox)
    reader, writer = await asyncio.open_connection("127.0.0.1", dovecot.plain_port)
    await reader.readline()
    login = f"a LOGIN {dovecot.user} {{{len(dovecot.password)}+}}\r\n{dovecot.password}\r\n"
    writer.write(login.encode() + b"b APPEND INBOX {%d+}\r\n%b" % (len(octets(1)), octets(1)))
    writer.write(b" {%d+}\r\n%b" % (len(octets(2)), octets(2)[:20]))
    await writer.drain()
    while not (await reader.readline()).startswith(b"a OK"):
        pass
    writer.transport.abort()
    await eventually(lambda: dovecot.connections(dovecot.user) <= 1)
    assert await count(mailbox) == before == 0


# ------------------------------------------------------------------ what only a script does


async def test_one_command_and_the_uids_it_was_told(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.sign_in()
        found = await wire.expect(rb"APPEND Archive \{(\d+)\+\}")
        first = await wire.reader.readexactly(int(found[1]))
        line = await wire.line()
        rest = re.fullmatch(rb" \(\\Seen\) \{(\d+)\+\}", line)
        assert rest, line
        second = await wire.reader.readexactly(int(rest[1]))
        assert (first, second, await wire.line()) == (octets(0), octets(1), b"")
        await wire.ok(text=b"OK [APPENDUID 7 12,14] done\r\n")
        await wire.line()

    async with Scripted(script) as fake:
        mailbox = open_mailbox(fake.server)
        assert await mailbox.append_all("Archive", mails(0, 0)) == (7, [12, 14])


@pytest.mark.parametrize("code", [b"", b"[APPENDUID 7 12] ", b"[APPENDUID 7 12:99] "])
async def test_no_uids_where_none_fit(open_mailbox: OpenMailbox, code: bytes) -> None:
    async def script(wire: Wire) -> None:
        await wire.sign_in()
        found = await wire.expect(rb"APPEND Archive \{(\d+)\+\}")
        await wire.reader.readexactly(int(found[1]))
        await wire.line()
        await wire.reader.readexactly(len(octets(1)))
        await wire.line()
        await wire.ok(text=b"OK " + code + b"done\r\n")
        await wire.line()

    async with Scripted(script) as fake:
        assert await open_mailbox(fake.server).append_all("Archive", mails(0, 0)) is None


async def test_a_line_that_breaks_is_not_tried_again(open_mailbox: OpenMailbox) -> None:
    async def script(wire: Wire) -> None:
        await wire.sign_in()
        await wire.expect(rb"APPEND Archive \{(\d+)\+\}")
        wire.close()

    async with Scripted(script) as fake:
        with pytest.raises(UpstreamUnavailable):
            await open_mailbox(fake.server).append_all("Archive", mails(0, 0))
        assert fake.connections == 1
