"""COMPRESS at the door: the switch, both directions, bombs and garbage (RFC 4978)."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from imap_frontend.options import Options
from proxyd.imapwire.framer import Limits
from tests.patience import PATIENCE_S


class Peer:
    """A client's compressed side."""

    def __init__(self) -> None:
        self._out = zlib.compressobj(6, zlib.DEFLATED, -15)
        self._in = zlib.decompressobj(-15)

    def pack(self, data: bytes) -> bytes:
        return self._out.compress(data) + self._out.flush(zlib.Z_SYNC_FLUSH)

    def unpack(self, data: bytes) -> bytes:
        return self._in.decompress(data)


@pytest.fixture
async def compressed(connect: Callable[..., Any]) -> tuple[Any, Peer]:
    client = connect()
    await client.login()
    assert await client.send(b"c1 COMPRESS DEFLATE\r\n") == b"c1 OK compressed from here on\r\n"
    return client, Peer()


async def test_both_directions_are_compressed(compressed: tuple[Any, Peer]) -> None:
    client, peer = compressed
    said = await client.send(peer.pack(b"a1 NOOP\r\na2 SELECT INBOX\r\n"))
    assert not said.startswith(b"a1")
    plain = peer.unpack(said)
    assert plain.startswith(b"a1 OK done\r\n")
    assert b"a2 OK [READ-WRITE]" in plain


async def test_octet_by_octet(compressed: tuple[Any, Peer]) -> None:
    client, peer = compressed
    said = b""
    for octet in peer.pack(b"a1 NOOP\r\n"):
        said += await client.send(bytes([octet]))
    assert peer.unpack(said) == b"a1 OK done\r\n"


async def test_twice_is_told(compressed: tuple[Any, Peer]) -> None:
    client, peer = compressed
    said = peer.unpack(await client.send(peer.pack(b"a1 COMPRESS DEFLATE\r\n")))
    assert said == b"a1 NO [COMPRESSIONACTIVE] compression is on already\r\n"
    said = peer.unpack(await client.send(peer.pack(b"a2 CAPABILITY\r\n")))
    assert b"COMPRESS=DEFLATE" not in said, "there is nothing left to turn on"


async def test_the_goodbye_is_compressed_too(compressed: tuple[Any, Peer]) -> None:
    client, peer = compressed
    client.session.end("shutdown")
    assert peer.unpack(client.said()).startswith(b"* BYE the server is being restarted")


async def test_nothing_is_taken_across_the_switch(connect: Callable[..., Any]) -> None:
    client = connect()
    await client.login()
    said = await client.send(b"c1 COMPRESS DEFLATE\r\nc2 NOOP\r\n")
    assert said.startswith(b"c1 BAD Nothing may follow COMPRESS")
    assert said.endswith(b"c2 OK done\r\n"), "it was plain, and still is"


@pytest.mark.parametrize(
    "line", [b"c1 COMPRESS", b"c1 COMPRESS ", b"c1 COMPRESS DEFLATE 9", b"c1 COMPRESS (DEFLATE)"]
)
async def test_bad_input(connect: Callable[..., Any], line: bytes) -> None:
    client = connect()
    await client.login()
    assert (await client.send(line + b"\r\n")).startswith(b"c1 BAD ")


async def test_other_ways_and_other_states(connect: Callable[..., Any]) -> None:
    client = connect()
    await client.settle()
    client.said()
    assert (await client.send(b"c0 COMPRESS DEFLATE\r\n")).startswith(b"c0 BAD ")
    await client.login()
    said = await client.send(b"c1 COMPRESS GZIP\r\n")
    assert said == b"c1 NO [CANNOT] this way of compression is not offered\r\n"


async def test_where_the_admin_does_not_want_it(connect: Callable[..., Any]) -> None:
    client = connect(options=Options(failure_delay_s=0, compress=False))
    await client.login()
    assert b"COMPRESS" not in await client.send(b"a1 CAPABILITY\r\n")
    assert (await client.send(b"a2 COMPRESS DEFLATE\r\n")).startswith(b"a2 NO [CANNOT]")


async def test_garbage_ends_the_session_with_a_sentence(compressed: tuple[Any, Peer]) -> None:
    client, peer = compressed
    said = peer.unpack(await client.send(b"a1 NOOP\r\n" * 10))
    assert said == b"* BYE the compressed data is damaged\r\n"
    await asyncio.wait_for(client.task, PATIENCE_S)


async def test_a_bomb_meets_the_limit_of_a_line(compressed: tuple[Any, Peer]) -> None:
    client, peer = compressed
    client.wire.received(peer.pack(b"a1 NOOP " + b"x" * 30_000_000))
    for _ in range(20):
        await client.settle()
    said = peer.unpack(client.said())
    assert b"Command line is too long" in said
    assert b"* BYE" in said


async def test_a_big_literal_does_not_hold_the_loop(connect: Callable[..., Any]) -> None:
    options = Options(compress=True, failure_delay_s=0, limits=Limits(append=20_000_000))
    client = connect(options=options)
    await client.login()
    await client.send(b"c1 COMPRESS DEFLATE\r\n")
    peer = Peer()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.ensure_future(count())
    mail = b"Subject: zeros\r\n\r\n" + b"0" * 10_000_000
    client.wire.received(peer.pack(b"a1 APPEND INBOX {%d+}\r\n%b\r\n" % (len(mail), mail)))
    said = b""
    async with asyncio.timeout(PATIENCE_S):
        while b"a1 OK" not in said:
            await client.settle()
            said += peer.unpack(client.said())
    counting.cancel()
    assert turns > 100, "others had their turn in between"
