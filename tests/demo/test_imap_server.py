"""The demo provider as a whole: real clients, broken ones, slow ones, many at once."""

from __future__ import annotations

import asyncio
import imaplib
import shutil
import subprocess
from pathlib import Path

import pytest

from proxyd.demo import imap_server
from proxyd.demo.imap_server import DemoImap
from proxyd.demo.mails import rendered
from tests.demo.client import Client
from tests.demo.conftest import MAILS, NOW_US, PASSWORD, USER, Connect
from tests.patience import PATIENCE_S


async def test_imaplib(provider: DemoImap) -> None:
    port = await provider.start()

    def work() -> list[bytes]:
        with imaplib.IMAP4("127.0.0.1", port) as client:
            client.login(USER, PASSWORD)
            client.select("INBOX")
            client.append("INBOX", "(\\Seen)", None, MAILS[0])
            client.literal = b"four"
            return [client.search("UTF-8", "SUBJECT")[1][0], client.fetch("5", "BODY[]")[1][0][1]]

    assert await asyncio.to_thread(work) == [b"4", MAILS[0]]


async def test_curl(provider: DemoImap) -> None:
    port = await provider.start()
    curl = await asyncio.create_subprocess_exec(
        *["curl", "-s", "--user", f"{USER}:{PASSWORD}", f"imap://127.0.0.1:{port}/INBOX;UID=2"],
        stdout=subprocess.PIPE,
    )
    output, _ = await curl.communicate()
    assert output == MAILS[1]


MBSYNC = """
IMAPAccount demo
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None

IMAPStore far
Account demo

MaildirStore near
Path {directory}/
Inbox {directory}/INBOX

Channel all
Far :far:
Near :near:
Patterns *
Create Near
Expunge Both
SyncState *
"""


async def test_mbsync_both_ways(provider: DemoImap, tmp_path: Path) -> None:
    port = await provider.start()
    config = tmp_path / "mbsyncrc"
    maildir = tmp_path / "mail"
    maildir.mkdir()
    config.write_text(MBSYNC.format(port=port, user=USER, password=PASSWORD, directory=maildir))

    async def sync() -> None:
        process = await asyncio.create_subprocess_exec(
            *["mbsync", "-c", str(config), "all"], stderr=subprocess.PIPE
        )
        _, errors = await process.communicate()
        assert process.returncode == 0, errors

    await sync()
    files = sorted((maildir / "INBOX" / "new").iterdir())
    assert len(files) == len(MAILS)
    seen = files[0]
    shutil.move(seen, maildir / "INBOX" / "cur" / (seen.name.partition(":")[0] + ":2,S"))
    files[1].unlink()
    await sync()
    messages = provider.mailbox.folders["INBOX"].messages.values()
    assert len(messages) == len(MAILS) - 1
    assert sum(message.has("\\Seen") for message in messages) == 1


async def test_demo_mails_are_filled_in_once(tmp_path: Path) -> None:
    server = DemoImap(tmp_path / "imap.sqlite", USER, PASSWORD)
    mails = rendered(NOW_US, USER)
    server.fill(mails)
    server.fill(mails)
    assert sum(len(f.messages) for f in server.mailbox.folders.values()) == len(mails)
    await server.stop()
    again = DemoImap(tmp_path / "imap.sqlite", USER, PASSWORD)
    again.fill(mails)
    assert sum(len(f.messages) for f in again.mailbox.folders.values()) == len(mails)
    await again.stop()


@pytest.mark.parametrize(
    ("octets", "answer"),
    [
        (b"\r\n", b"* BAD"),
        (b"a\r\n", b"a BAD"),
        (b"a NONSENSE\r\n", b"a BAD"),
        (b"a SELECT\r\n", b"a BAD"),
        (b"a SELECT &AOk\r\n", b"a BAD"),
        (b"a NOOP \0\r\n", b"a BAD"),
        (b"a APPEND INBOX {99999999999}\r\n", b"a BAD"),
        (b"a APPEND INBOX {-5}\r\n", b"a BAD"),
        (b"a FETCH 1 (BODY[\r\n", b"a BAD"),
    ],
)
async def test_bad_input_is_answered_and_forgotten(
    connect: Connect, octets: bytes, answer: bytes
) -> None:
    client = await connect()
    client.send(octets)
    line = await client.line()
    assert line.startswith(answer.removeprefix(b"* "))
    await client.ok("NOOP")


async def test_endless_line_ends_the_connection(connect: Connect) -> None:
    client = await connect()
    client.send(b"a" * 100_000)
    assert (await client.line()).startswith(b"BYE")
    assert await client.line() == b""


async def test_a_full_disk_is_said(connect: Connect, provider: DemoImap) -> None:
    client = await connect()
    provider.mailbox._database._db.execute("PRAGMA max_page_count = 1")
    mail = b"x" * 200_000
    answer = await client.command(b"APPEND INBOX {%d+}\r\n%b" % (len(mail), mail))
    assert answer.startswith(b"NO [SERVERBUG]")
    assert await client.ok("NOOP") == []


async def test_pipelined_commands_are_answered_in_order(connect: Connect) -> None:
    client = await connect()
    client.send(b"a UID SEARCH ALL\r\nb EXPUNGE\r\nc NOOP\r\n")
    lines = [await client.line() for _ in range(4)]
    assert lines[0] == b"SEARCH 1 2 3 4"
    assert [line[:2] for line in lines[1:]] == [b"a ", b"b ", b"c "]


async def test_a_client_that_stops_reading_is_cut_off(
    connect: Connect, provider: DemoImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_server, "_WRITE_SECONDS", 0.2)
    provider.deliver(b"x" * 8_000_000)
    slow, quick = await connect(), await connect()
    slow.send(b"a FETCH 5 BODY.PEEK[]\r\nb FETCH 5 BODY.PEEK[]\r\n")
    await quick.ok("NOOP")
    async with asyncio.timeout(PATIENCE_S):
        while len(provider._connections) > 1:
            await asyncio.sleep(0.05)
    await quick.ok("FETCH 1 BODY.PEEK[]")


async def test_too_many_connections(
    connect: Connect, provider: DemoImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_server, "_MAX_CONNECTIONS", 2)
    first, _ = await connect(), await connect()
    port = provider._server.sockets[0].getsockname()[1]
    third = await Client.connect(port)
    assert third.untagged == [b"BYE Too many connections"]
    await third.close()
    await first.ok("NOOP")


async def test_stop_says_goodbye_to_those_who_idle(connect: Connect, provider: DemoImap) -> None:
    client = await connect()
    client.send(b"z IDLE\r\n")
    await client.line()
    provider._mailbox.close = lambda: None  # type: ignore[method-assign]
    await provider.stop()
    assert await client.line() == b"BYE Shutting down"
    assert await client.line() == b""
    assert provider.mailbox.folders["INBOX"].watchers == []


async def test_hangup_frees_the_session(connect: Connect, provider: DemoImap) -> None:
    client = await connect()
    assert len(provider.mailbox.folders["INBOX"].watchers) == 1
    await client.close()
    async with asyncio.timeout(PATIENCE_S):
        while provider.mailbox.folders["INBOX"].watchers:
            await asyncio.sleep(0.01)


async def test_twenty_idlers_hear_at_once(connect: Connect, provider: DemoImap) -> None:
    clients = [await connect() for _ in range(20)]
    for client in clients:
        client.send(b"z IDLE\r\n")
        await client.line()
    provider.deliver(b"Subject: new\r\n\r\nx\r\n")
    lines = await asyncio.gather(*(client.line() for client in clients))
    assert lines == [b"5 EXISTS"] * 20
