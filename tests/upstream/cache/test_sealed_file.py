"""A sealed file: whole or refused, whatever happened to it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.upstream.cache.sealed_file import opened, write
from proxyd.upstream.sealed_chunks import CHUNK, Damaged

KEY = bytes(range(32))
SIZES = [0, 1, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7]


def place(directory: Path, name: str = "b1") -> str:
    return str(directory / name)


def stored(directory: Path, octets: bytes, piece: int = CHUNK) -> str:
    path = place(directory)
    pieces = (octets[at : at + piece] for at in range(0, len(octets), piece))
    assert write(path, KEY, b"head", len(octets), pieces) == os.stat(path).st_size
    return path


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("piece", [CHUNK, 1000, 2 * CHUNK + 5])
def test_what_is_written_is_read(tmp_path: Path, size: int, piece: int) -> None:
    octets = os.urandom(size)
    head, blob = opened(stored(tmp_path, octets, piece), KEY)
    assert head == b"head" and blob.size == size
    assert b"".join(blob.chunks()) == octets == b"".join(blob.chunks())
    assert all(len(chunk) <= CHUNK for chunk in blob.chunks())
    assert [path.name for path in tmp_path.iterdir()] == ["b1"]


@given(st.data())
def test_any_part(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    octets = bytes(range(251)) * 800
    _, blob = opened(stored(tmp_path_factory.mktemp("x"), octets), KEY)
    start = data.draw(st.integers(0, len(octets) + 10))
    size = data.draw(st.integers(0, len(octets)))
    piece = blob.part(start, size)  # type: ignore[union-attr]
    assert b"".join(piece.chunks()) == octets[start : start + size]
    inner = piece.part(3, 10)
    assert b"".join(inner.chunks()) == octets[start : start + size][3:13]


@given(st.data())
def test_any_flipped_bit_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = stored(tmp_path_factory.mktemp("x"), bytes(data.draw(st.sampled_from(SIZES))))
    text = bytearray(Path(path).read_bytes())
    where = data.draw(st.integers(0, 8 * len(text) - 1))
    text[where // 8] ^= 1 << where % 8
    Path(path).write_bytes(text)
    with pytest.raises(Damaged):
        opened(path, KEY)


def test_a_head_that_claims_to_be_longer_than_the_file_is_noticed(tmp_path: Path) -> None:
    path = Path(stored(tmp_path, b""))
    text = bytearray(path.read_bytes())
    text[20] ^= 1  # the upper octet of the length of the head
    path.write_bytes(text)
    with pytest.raises(Damaged):
        opened(str(path), KEY)


@pytest.mark.parametrize("size", SIZES)
def test_any_other_length_is_noticed(tmp_path: Path, size: int) -> None:
    path = Path(stored(tmp_path, bytes(size)))
    text = path.read_bytes()
    cuts = {0, 1, 21, 22, 30, len(text) - 1, len(text) // 2, len(text) - 16, len(text) - CHUNK}
    for other in [text[:cut] for cut in cuts if 0 <= cut < len(text)] + [text + b"x"]:
        path.write_bytes(other)
        with pytest.raises(Damaged):
            opened(str(path), KEY)


def test_another_place_or_key_is_noticed(tmp_path: Path) -> None:
    path = stored(tmp_path, b"text")
    with pytest.raises(Damaged):
        opened(path, bytes(32))
    os.rename(path, place(tmp_path, "b2"))
    with pytest.raises(Damaged):
        opened(place(tmp_path, "b2"), KEY)


@pytest.mark.parametrize("octets", [b"", b"too few", b"and too many of them"])
def test_what_is_not_as_long_as_announced_is_not_stored(tmp_path: Path, octets: bytes) -> None:
    with pytest.raises(OSError, match="octets"):
        write(place(tmp_path), KEY, b"", 10, [octets])
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_removed_meanwhile_is_still_read(tmp_path: Path) -> None:
    octets = os.urandom(3 * CHUNK)
    path = stored(tmp_path, octets)
    _, blob = opened(path, KEY)
    os.unlink(path)
    assert b"".join(blob.chunks()) == octets
    with pytest.raises(FileNotFoundError):
        opened(path, KEY)
