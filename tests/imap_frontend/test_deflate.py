"""Raw DEFLATE both ways, with bounds (RFC 4978)."""

from __future__ import annotations

import random
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imap_frontend.deflate import Deflate, Garbled


def peer() -> tuple[object, object]:
    return zlib.compressobj(9, zlib.DEFLATED, -15), zlib.decompressobj(-15)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_each_write_can_be_read_whole_at_once(writes: list[bytes]) -> None:
    deflate, reader = Deflate(), zlib.decompressobj(-15)
    for data in writes:
        assert reader.decompress(deflate.deflate(data)) == data


@given(st.lists(st.binary(max_size=3000), max_size=8), st.integers(1, 100), st.integers(1, 50))
def test_what_the_peer_sends_comes_out_however_it_is_split(
    writes: list[bytes], most: int, step: int
) -> None:
    writer = zlib.compressobj(6, zlib.DEFLATED, -15)
    wire = b"".join(writer.compress(one) + writer.flush(zlib.Z_SYNC_FLUSH) for one in writes)
    deflate, plain = Deflate(), b""
    for start in range(0, len(wire), step):
        rest = wire[start : start + step]
        while rest or deflate.has_more:
            got, rest = deflate.inflate(rest, most)
            assert len(got) <= most
            plain += got
    assert plain == b"".join(writes)


def test_a_bomb_comes_out_in_bounded_pieces() -> None:
    writer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = writer.compress(b"\0" * 50_000_000) + writer.flush(zlib.Z_SYNC_FLUSH)
    deflate = Deflate()
    tracemalloc.start()
    try:
        total, rest = 0, bomb
        while rest or deflate.has_more:
            got, rest = deflate.inflate(rest, 65536)
            total += len(got)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert total == 50_000_000


def test_garbage_and_the_end_of_the_stream_are_told() -> None:
    with pytest.raises(Garbled):
        Deflate().inflate(b"a1 NOOP\r\n" * 10, 65536)
    writer = zlib.compressobj(6, zlib.DEFLATED, -15)
    with pytest.raises(Garbled):
        Deflate().inflate(writer.compress(b"a1 NOOP\r\n") + writer.flush(), 65536)


def test_random_octets_never_do_worse_than_garbled() -> None:
    dice = random.Random(4978)
    garbled = 0
    for _ in range(2000):
        deflate = Deflate()
        try:
            deflate.inflate(dice.randbytes(dice.randrange(1, 200)), 4096)
        except Garbled:
            garbled += 1
    assert garbled > 1000
