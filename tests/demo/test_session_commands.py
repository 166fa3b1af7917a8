"""Signing in, capabilities and IDLE as a client sees them."""

from __future__ import annotations

import base64

import pytest

from proxyd.demo.imap_server import DemoImap
from proxyd.demo.session_commands import CAPABILITIES
from tests.demo.client import Client
from tests.demo.conftest import PASSWORD, USER, Connect

PLAIN = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())


@pytest.fixture
async def stranger(provider: DemoImap) -> Client:
    return await Client.connect(await provider.start())


async def test_greeting_and_capability(stranger: Client) -> None:
    assert stranger.untagged[0].startswith(f"OK [CAPABILITY {CAPABILITIES}]".encode())
    assert await stranger.ok("CAPABILITY") == [f"CAPABILITY {CAPABILITIES}".encode()]


@pytest.mark.parametrize(
    "command", ["SELECT INBOX", 'LIST "" *', "FETCH 1 FLAGS", "IDLE", "NAMESPACE", "CHECK"]
)
async def test_nothing_before_sign_in(stranger: Client, command: str) -> None:
    assert await stranger.command(command) == b"BAD Sign in first"


async def test_plain_with_and_without_initial_response(provider: DemoImap) -> None:
    port = await provider.start()
    one, two = await Client.connect(port), await Client.connect(port)
    assert (await one.command(b"AUTHENTICATE PLAIN " + PLAIN)).startswith(b"OK [CAPABILITY")
    two.send(b"z authenticate plain\r\n")
    assert await two.line() == b"+ "
    two.send(PLAIN + b"\r\n")
    assert (await two.answer(b"z")).startswith(b"OK")
    assert (await two.command("LOGIN a b")).startswith(b"BAD")


@pytest.mark.parametrize("response", [b"*", b"!!!", base64.b64encode(b"no NUL in here")])
async def test_broken_plain(stranger: Client, response: bytes) -> None:
    stranger.send(b"z AUTHENTICATE PLAIN\r\n")
    await stranger.line()
    stranger.send(response + b"\r\n")
    assert (await stranger.answer(b"z")).startswith(b"BAD")
    await stranger.ok(f"LOGIN {USER} {PASSWORD}")


async def test_other_mechanisms(stranger: Client) -> None:
    assert (await stranger.command("AUTHENTICATE CRAM-MD5")).startswith(b"NO [CANNOT]")
    assert (await stranger.command("STARTTLS")).startswith(b"BAD")


async def test_three_wrong_passwords_and_out(stranger: Client) -> None:
    for _ in range(3):
        answer = await stranger.command(f"LOGIN {USER} wrong")
        assert answer.startswith(b"NO [AUTHENTICATIONFAILED]")
    assert await stranger.line() == b""


async def test_small_commands(connect: Connect) -> None:
    client = await connect()
    assert await client.ok("NAMESPACE") == [b'NAMESPACE (("" "/")) NIL NIL']
    assert await client.ok("ID NIL") == [b'ID ("name" "demo provider")']
    assert await client.ok("ENABLE CONDSTORE") == [b"ENABLED"]
    assert await client.ok("CHECK") == []
    assert await client.ok("LOGOUT") == [b"BYE Logging out"]
    assert await client.line() == b""


async def test_idle_hears_arrivals_flags_and_expunges_at_once(
    connect: Connect, provider: DemoImap
) -> None:
    idler, other = await connect(), await connect()
    idler.send(b"z IDLE\r\n")
    assert (await idler.line()).startswith(b"+ ")
    provider.deliver(b"Subject: new\r\n\r\nx\r\n")
    assert await idler.line() == b"5 EXISTS"
    await other.ok("STORE 2 +FLAGS (\\Deleted)")
    assert await idler.line() == b"2 FETCH (UID 2 FLAGS (\\Deleted))"
    await other.ok("EXPUNGE")
    assert await idler.line() == b"2 EXPUNGE"
    idler.send(b"DONE\r\n")
    assert await idler.answer(b"z") == b"OK IDLE completed"
    assert idler.untagged == []


async def test_idle_first_tells_what_was_missed(connect: Connect, provider: DemoImap) -> None:
    idler = await connect()
    provider.deliver(b"Subject: new\r\n\r\nx\r\n")
    idler.send(b"z IDLE\r\n")
    assert (await idler.line()).startswith(b"+ ")
    assert await idler.line() == b"5 EXISTS"


async def test_anything_but_done_ends_idle_with_bad(connect: Connect) -> None:
    client = await connect()
    client.send(b"z IDLE\r\nNOOP\r\n")
    assert await client.answer(b"z") == b"BAD Expected DONE"
    await client.ok("NOOP")
