"""Memory for mails that are being received, counted over all connections."""

from __future__ import annotations

import asyncio

import pytest

from smtp_frontend.room import Room

MAIL = b"From: support@example.test\r\n\r\n" + (b"x" * 98 + b"\r\n") * 600
FULL = "452 4.3.1 Too much mail"


def test_shares_never_exceed_the_room():
    room = Room(100)
    one, two = room.share(), room.share()
    assert one.grow(60)
    assert not two.grow(41)
    assert two.grow(40)
    assert not one.grow(1)
    one.release()
    one.release()
    assert two.grow(60)
    assert not one.grow(1)


async def in_data(site):
    raw = await site.raw()
    await raw.sign_in()
    await raw.begin_mail()
    assert (await raw.ask("DATA")).startswith("354")
    return raw


@pytest.fixture
async def small(make_site):
    """Room for one big mail, not for two."""
    return await make_site(max_message_bytes=100_000, receiving_bytes=100_000)


async def test_parallel_mails_share_the_room(small):
    small.submission.hold = asyncio.Event()
    first, second, third = [await in_data(small) for _ in range(3)]
    await first.send(MAIL + b".\r\n")
    while not small.submission.submitted:
        await asyncio.sleep(0.005)
    assert (await second.ask(MAIL + b".")).startswith(FULL)
    assert (await second.ask(f"MAIL FROM:<support@example.test> SIZE={len(MAIL)}")).startswith(FULL)
    small.submission.hold.set()
    assert (await first.reply()).startswith("250 2.0.0")
    assert (await third.ask(MAIL + b".")).startswith("250 2.0.0")
    await second.begin_mail()
    await second.ask("DATA")
    assert (await second.ask(MAIL + b".")).startswith("250 2.0.0")
    assert len(small.submission.submitted) == 3
    for raw in (first, second, third):
        raw.close()


async def test_whoever_leaves_in_the_middle_gives_the_room_back(small):
    leaver, stayer = await in_data(small), await in_data(small)
    await leaver.send(MAIL)
    await asyncio.sleep(0.1)
    assert (await stayer.ask(MAIL + b".")).startswith(FULL)
    leaver.writer.transport.abort()
    while len(small.sign_in.sessions) > 1:
        await asyncio.sleep(0.005)
    await stayer.begin_mail()
    await stayer.ask("DATA")
    assert (await stayer.ask(MAIL + b".")).startswith("250 2.0.0")
    stayer.close()


async def test_what_is_too_big_or_endless_gives_the_room_back(small):
    one, two, three = [await in_data(small) for _ in range(3)]
    assert (await one.ask(MAIL + MAIL + b".")).startswith("552 5.3.4")
    await two.send(MAIL * 4)
    assert await two.closed()
    assert (await three.ask(MAIL + b".")).startswith("250 2.0.0")
    for raw in (one, two, three):
        raw.close()


async def test_one_mail_alone_always_fits(make_site):
    site = await make_site(max_message_bytes=100_000, receiving_bytes=10)
    raw = await in_data(site)
    assert (await raw.ask(MAIL + b".")).startswith("250 2.0.0")
    raw.close()
