"""The life of a connection: limits, TLS, time, and how it ends."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from contextlib import suppress

import pytest

from smtp_frontend import accepting
from smtp_frontend.link import Link
from tests.patience import PATIENCE_S

MAIL = b"From: support@example.test\r\n\r\nhello\r\n"


@pytest.mark.parametrize(
    "behind", [b"EHLO evil\r\n", b"NOOP", b"AUTH PLAIN AGhhbmFrbwBww6Rzc3dvcmQgMQ==\r\n", b"\x16"]
)
async def test_a_command_behind_starttls_ends_the_connection(site, behind):
    """CVE-2011-0411: it must neither be answered now nor carried out after the handshake."""
    raw = await site.raw()
    await raw.ask("EHLO pc")
    await raw.send(b"STARTTLS\r\n" + behind)
    assert (await raw.reply()).startswith("421 4.7.0")
    assert await raw.closed()
    assert site.sign_in.attempts == []


async def test_starttls_forgets_what_was_said_in_clear(site):
    raw = await site.raw()
    await raw.ask("EHLO pc")
    assert (await raw.ask("STARTTLS now")).startswith("501")
    assert (await raw.ask("STARTTLS")).startswith("220")
    await raw.writer.start_tls(site.trust, server_hostname="localhost")
    assert (await raw.ask("MAIL FROM:<support@example.test>")).startswith("503")
    assert (await raw.ask("STARTTLS")).startswith("503")
    await raw.sign_in()
    raw.close()


@pytest.mark.parametrize(
    ("encrypted", "signed_in", "said"),
    [
        (False, False, "220 2.0.0 Go ahead"),
        (False, True, "503 5.5.1 Switch on STARTTLS before signing in: connect again"),
        (True, False, "503 5.5.1 Encrypted already"),
        (True, True, "503 5.5.1 Encrypted already"),
    ],
)
async def test_what_starttls_says_is_true(site, encrypted, signed_in, said):
    """RFC 3207 §4.2: offered where it can be used, and a refusal leaves all as it was."""
    raw = await site.raw(tls=encrypted)
    if signed_in:
        await raw.sign_in()
        await raw.ask("MAIL FROM:<support@example.test>")
    else:
        offered = "STARTTLS" in await raw.ask("EHLO pc")
        assert offered == said.startswith("220")
    assert await raw.ask("STARTTLS") == said
    if signed_in:
        assert (await raw.ask("RCPT TO:<kunde@customer.example>")).startswith("250")
        assert "STARTTLS" not in await raw.ask("EHLO pc")
    raw.close()


async def test_who_was_wrong_in_clear_has_not_more_attempts_under_tls(make_site):
    site = await make_site(login_failures=2)
    raw = await site.raw()
    await raw.ask("EHLO pc")
    assert (await raw.ask("AUTH PLAIN AGhhbmFrbwBub3Q=")).startswith("535")
    await raw.ask("STARTTLS")
    await raw.writer.start_tls(site.trust, server_hostname="localhost")
    await raw.ask("EHLO pc")
    assert (await raw.ask("AUTH PLAIN AGhhbmFrbwBub3Q=")).startswith("535")
    assert (await raw.reply()).startswith("421 4.7.0")


async def test_garbage_instead_of_a_handshake(site):
    raw = await site.raw()
    assert (await raw.ask("STARTTLS")).startswith("220")
    await raw.send(b"EHLO in clear\r\n" * 10)
    assert await raw.closed()
    reader, writer = await asyncio.open_connection("127.0.0.1", site.tls_port)
    writer.write(b"EHLO in clear\r\n" * 10)
    rest = await asyncio.wait_for(reader.read(), PATIENCE_S)
    assert b"220" not in rest
    writer.close()


async def test_a_handshake_that_never_comes(make_site):
    site = await make_site(handshake_s=0.2, login_s=5)
    _, writer = await asyncio.open_connection("127.0.0.1", site.tls_port)
    raw = await site.raw()
    assert (await raw.ask("STARTTLS")).startswith("220")
    assert await raw.closed()
    while sum(site.open_sessions):
        await asyncio.sleep(0.01)
    writer.close()


async def test_an_untrusted_certificate_is_the_clients_business(site):
    strict = ssl.create_default_context()
    with pytest.raises(ssl.SSLError):
        await asyncio.open_connection("127.0.0.1", site.tls_port, ssl=strict)
    raw = await site.raw(tls=True)
    await raw.sign_in()
    raw.close()


async def test_connections_are_limited_per_address(make_site):
    site = await make_site(connections_per_address=2)
    first, second = await site.raw(), await site.raw(tls=True)
    await first.sign_in()
    await second.sign_in()
    reader, writer = await asyncio.open_connection("127.0.0.1", site.starttls_port)
    assert (await reader.readline()).startswith(b"421 4.7.0")
    assert await reader.read() == b""
    writer.close()
    second.close()
    while sum(site.open_sessions) > 1:
        await asyncio.sleep(0.01)
    third = await site.raw()
    for raw in (first, third):
        raw.close()


async def test_connections_are_limited_in_all(make_site):
    site = await make_site(connections=1)
    first = await site.raw()
    await first.sign_in()
    reader, writer = await asyncio.open_connection("127.0.0.1", site.starttls_port)
    assert (await reader.readline()).startswith(b"421 4.7.0")
    writer.close()
    first.close()


async def nobody_is_in(site):
    """The last turns of the loop may come after the client's end of the connection."""
    async with asyncio.timeout(PATIENCE_S):
        while site.sign_in.sessions:
            await asyncio.sleep(0)


async def test_silence_ends_the_connection(make_site):
    site = await make_site(idle_s=0.2)
    raw = await site.raw(tls=True)
    await raw.sign_in()
    assert (await raw.reply()).startswith("421 4.4.2")
    assert await raw.closed()
    await nobody_is_in(site)


async def test_whoever_does_not_sign_in_must_go(make_site):
    site = await make_site(login_s=0.3)
    raw = await site.raw()
    with pytest.raises((AssertionError, ConnectionError)):
        for _ in range(100):
            assert (await raw.ask("NOOP")).startswith("250")
            await asyncio.sleep(0.02)
    raw.close()


async def test_a_slow_upstream_is_not_the_clients_silence(make_site):
    site = await make_site(idle_s=1.0)  # time enough to come so far, on any machine
    site.submission.hold = asyncio.Event()
    raw = await site.raw(tls=True)
    await raw.sign_in()
    await raw.begin_mail()
    await raw.ask("DATA")
    await raw.send(MAIL + b".\r\n")
    await asyncio.sleep(1.5)
    site.submission.hold.set()
    assert (await raw.reply()).startswith("250")
    raw.close()


async def test_a_disabled_person_is_out_within_a_second(site):
    raw = await site.raw(tls=True)
    await raw.sign_in()
    await raw.begin_mail()
    await raw.ask("DATA")
    await raw.send(b"half of a mail\r\n")
    site.sign_in.sessions[0][1].end("disabled")
    assert (await raw.reply()).startswith("421 4.7.0 This login was switched off")
    assert await raw.closed()
    await nobody_is_in(site)
    assert site.submission.submitted == []


async def test_a_disabled_person_who_does_not_read_is_out_too(site):
    raw = await site.raw(tls=True)
    await raw.sign_in()
    raw.writer.transport.pause_reading()
    for _ in range(200):  # replies pile up until the server waits
        raw.writer.write(b"HELP\r\n" * 2000)
    await asyncio.sleep(0.3)
    site.sign_in.sessions[0][1].end("disabled")
    while site.sign_in.sessions:
        await asyncio.sleep(0.01)
    raw.writer.transport.abort()


async def test_others_are_served_while_one_does_not_read(site):
    stuck = await site.raw()
    stuck.writer.transport.pause_reading()
    stuck.writer.write(b"HELP\r\n" * 100_000)
    raw = await site.raw(tls=True)
    await raw.sign_in()
    raw.close()
    stuck.writer.transport.abort()


async def test_a_flood_of_commands_leaves_turns_to_others(site, monkeypatch):
    """However many commands came at once, between two turns of the loop few are answered."""
    answered = 0
    push = Link.push

    async def counted(link, status):
        nonlocal answered
        answered += 1
        await push(link, status)

    monkeypatch.setattr(Link, "push", counted)
    flood = await site.raw()
    before = answered
    flood.writer.write(b"HELP\r\n\r\n" * 1000)
    turns = []
    while answered < before + 2000:
        seen = answered
        await asyncio.sleep(0)
        turns.append(answered - seen)
    assert max(turns) < 10
    flood.writer.transport.abort()


async def test_an_unknown_reason_has_a_sentence_too(site):
    raw = await site.raw(tls=True)
    await raw.sign_in()
    site.sign_in.sessions[0][1].end("never heard of")
    assert (await raw.reply()).startswith("421 4.3.2")
    assert await raw.closed()


async def test_shutdown_answers_what_is_going_out(site):
    site.submission.hold = asyncio.Event()
    idle, busy = await site.raw(tls=True), await site.raw(tls=True)
    await idle.sign_in()
    await busy.sign_in()
    await busy.begin_mail()
    await busy.ask("DATA")
    await busy.send(MAIL + b".\r\n")
    while not site.submission.submitted:
        await asyncio.sleep(0.01)
    closing = asyncio.create_task(site.server.close())
    assert (await idle.reply()).startswith("421 4.3.2")
    assert await idle.closed()
    assert not closing.done()
    site.submission.hold.set()
    assert (await busy.reply()).startswith("250")
    assert (await busy.reply()).startswith("421 4.3.2")
    await asyncio.wait_for(closing, PATIENCE_S)
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", site.tls_port)


@pytest.mark.parametrize("reason", ["disabled", "password", "grants"])
async def test_what_is_going_out_is_answered_before_its_sender_has_to_go(site, reason):
    """Who is told that it failed, or nothing, sends it again."""
    site.submission.hold = asyncio.Event()
    raw = await site.raw(tls=True)
    await raw.sign_in()
    await raw.begin_mail()
    await raw.ask("DATA")
    await raw.send(MAIL + b".\r\n" + b"MAIL FROM:<support@example.test>\r\n")
    while not site.submission.submitted:
        await asyncio.sleep(0.01)
    site.sign_in.sessions[0][1].end(reason)
    site.submission.hold.set()
    assert (await raw.reply()).startswith("250")
    assert (await raw.reply()).startswith("421")
    assert await raw.closed()
    assert len(site.submission.submitted) == 1


async def test_a_storm_that_is_turned_out_leaves_no_session(make_site):
    """Also of who is let go in the very moment in which the connection is made."""
    site = await make_site(connections=20, connections_per_address=10, login_s=86_400)
    for _ in range(3):
        held = [await asyncio.open_connection("127.0.0.1", site.starttls_port) for _ in range(200)]
        for _, writer in held:
            writer.transport.abort()
    async with asyncio.timeout(PATIENCE_S):
        while sum(site.open_sessions):
            await asyncio.sleep(0.01)


async def test_handshakes_that_are_begun_and_left_keep_nobody_out(make_site):
    """They count from accepting; the oldest makes room, and who has signed in stays."""
    site = await make_site(connections=20, connections_per_address=10, handshake_s=60)
    colleague = await site.raw(tls=True)
    await colleague.sign_in()
    held = [
        await asyncio.open_connection("127.0.0.1", site.tls_port if n % 2 else site.starttls_port)
        for n in range(60)
    ]
    another = await site.raw(tls=True)
    await another.sign_in()
    assert (await colleague.ask("NOOP")).startswith("250")
    assert len(site.server._gate._seats) <= 10
    for _, writer in held:
        writer.transport.abort()
    for raw in (colleague, another):
        raw.close()


@pytest.mark.parametrize("said", [b"", b"E", b"EHLO pc\r\n"])
async def test_who_is_gone_before_the_greeting_keeps_no_place(make_site, said):
    site = await make_site(login_s=86_400)
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", site.starttls_port)) as hasty:
            hasty.sendall(said)
    raw = await site.raw()  # was accepted behind them
    async with asyncio.timeout(PATIENCE_S):
        while sum(site.open_sessions) > 1:
            await asyncio.sleep(0.01)
    raw.close()


async def test_a_handshake_has_a_time_limit(make_site):
    site = await make_site(handshake_s=0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", site.tls_port)
    with suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), PATIENCE_S)
    while len(site.server._gate._seats):
        await asyncio.sleep(0.01)
    writer.close()


async def test_without_descriptors_accepting_rests_and_goes_on(make_site, monkeypatch):
    """And does not try again and again."""
    tries = []

    def exhausted(_self):
        tries.append(1)
        raise OSError(errno.EMFILE, "Too many open files")

    site = await make_site()
    with monkeypatch.context() as patched:
        patched.setattr(accepting, "PAUSE_S", 0.1)
        patched.setattr(socket.socket, "accept", exhausted)
        reader, writer = await asyncio.open_connection("127.0.0.1", site.starttls_port)
        await asyncio.sleep(0.25)
    assert 1 <= len(tries) <= 5
    assert (await asyncio.wait_for(reader.readline(), PATIENCE_S)).startswith(b"220")
    writer.close()
