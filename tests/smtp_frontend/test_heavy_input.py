"""As much of everything as a client may think of: refused with the right code or taken in
proportion, and whoever else is there has a turn meanwhile.

Client and server are one process here, so its processor time counts both.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from tests.effort import counted_turns
from tests.smtp_frontend.conftest import MakeSite, Raw, Site

# What others wait for at most: one read of 256 KiB, or of a mail.
TURN_S = 0.5
LOOSE = 3.2  # doubling; 4 would be quadratic
TELLING_S = 0.05

Codes = Counter[str]
Heavy = Callable[[Site, int], Awaitable[Codes]]


async def flood(raw: Raw, octets: bytes, replies: int) -> Codes:
    """All of ``octets`` at once, and what comes back while they are on their way."""

    async def send() -> None:
        with suppress(ConnectionError):
            await raw.send(octets)

    sending = asyncio.create_task(send())
    found: Codes = Counter()
    for _ in range(replies):
        reply = await raw.reply()
        found[reply[:9]] += 1
        if not reply:
            break
    sending.cancel()
    raw.close()
    return found


async def signed_in(site: Site) -> Raw:
    raw = await site.raw(tls=True)
    await raw.sign_in()
    return raw


async def recipients(site: Site, n: int) -> Codes:
    raw = await signed_in(site)
    await raw.ask("MAIL FROM:<support@example.test>")
    lines = b"".join(b"RCPT TO:<k%d@customer.example>\r\n" % one for one in range(n))
    return await flood(raw, lines, n)


async def same_recipient(site: Site, n: int) -> Codes:
    raw = await signed_in(site)
    await raw.ask("MAIL FROM:<support@example.test>")
    return await flood(raw, b"RCPT TO:<k@customer.example>\r\n" * n, n)


async def commands(site: Site, n: int) -> Codes:
    return await flood(await signed_in(site), b"NOOP\r\n" * n, n)


async def unknown(site: Site, n: int) -> Codes:
    return await flood(await signed_in(site), b"BDAT 1 LAST\r\n" * n, n)


async def one_line(site: Site, n: int) -> Codes:
    return await flood(await signed_in(site), b"NOOP " + b"a" * (n * 100) + b"\r\nNOOP\r\n", 2)


async def auth_line(site: Site, n: int) -> Codes:
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc.example")
    return await flood(raw, b"AUTH PLAIN " + b"A" * (n * 100) + b"\r\n", 1)


async def auth_answer(site: Site, n: int) -> Codes:
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc.example")
    assert await raw.ask("AUTH PLAIN") == "334 "
    return await flood(raw, b"A" * (n * 100) + b"\r\n", 1)


async def auth_answers(site: Site, n: int) -> Codes:
    raw = await site.raw(tls=True)
    await raw.ask("EHLO pc.example")
    return await flood(raw, b"AUTH LOGIN\r\n" + b"QQ==\r\n" * n, n)


async def parameters(site: Site, n: int) -> Codes:
    mail = b"MAIL FROM:<support@example.test>" + b" A=b" * (1000 // 4)
    return await flood(await signed_in(site), (mail[:900] + b"\r\n") * (n // 100), n // 100)


async def mail(site: Site, n: int) -> Codes:
    raw = await signed_in(site)
    await raw.begin_mail()
    await raw.ask("DATA")
    return await flood(raw, b"a\r\n" * n + b".\r\n", 1)


async def mail_of_one_line(site: Site, n: int) -> Codes:
    raw = await signed_in(site)
    await raw.begin_mail()
    await raw.ask("DATA")
    return await flood(raw, b"a" * (n * 200) + b"\r\n.\r\n", 1)


# What is sent, the number of pieces, and a reply among those to it.
HEAVY: dict[str, tuple[Heavy, int, str]] = {
    "10,000 recipients": (recipients, 10_000, "452 4.5.3"),
    "one recipient again and again": (same_recipient, 10_000, "250 2.1.5"),
    "pipelined commands": (commands, 20_000, "250 2.0.0"),
    "commands that are not offered": (unknown, 10_000, "502 5.5.1"),
    "a line of 2 MB": (one_line, 20_000, "500 5.5.2"),
    "AUTH of 2 MB": (auth_line, 20_000, "500 5.5.2"),
    "an answer of 2 MB to AUTH": (auth_answer, 20_000, "500 5.5.6"),
    "answers to AUTH that nobody asked for": (auth_answers, 20_000, "535 5.7.8"),
    "parameters": (parameters, 20_000, "501 5.5.4"),
    "lines of a mail": (mail, 200_000, "250 2.0.0"),
    "a mail of one line of 4 MB": (mail_of_one_line, 20_000, "250 2.0.0"),
}


@pytest.mark.parametrize("name", HEAVY)
async def test_it_is_linear_and_others_have_their_turn(make_site: MakeSite, name: str) -> None:
    site = await make_site()
    act, pieces, expected = HEAVY[name]
    async with counted_turns() as turns:  # apart: who waits for a turn takes processor time, too
        assert expected in await act(site, pieces)
    turns.require_below(TURN_S)
    for _ in range(4):
        began = time.process_time()
        await act(site, pieces // 2)
        half = time.process_time() - began
        began = time.process_time()
        assert expected in await act(site, pieces)
        whole = time.process_time() - began
        if whole < LOOSE * half + TELLING_S:
            return
    pytest.fail(f"{half:.3f} s, twice as much {whole:.3f} s")
