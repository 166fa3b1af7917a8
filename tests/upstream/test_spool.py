"""Big octets on disk: read by several at once, gone with the last reference, honest when full."""

from __future__ import annotations

import errno
import gc
import os
import tempfile
from pathlib import Path

import pytest

from proxyd.upstream.spool import CHUNK, FileBlob, Spool, spool


def spooled(*pieces: bytes) -> FileBlob:
    one = spool(sum(map(len, pieces)))
    for piece in pieces:
        one.write(piece)
    return one.finish()


def test_octets_come_back_in_bounded_pieces() -> None:
    data = os.urandom(3 * CHUNK + 17)
    blob = spooled(data[:5], data[5 : 2 * CHUNK], data[2 * CHUNK :])
    assert blob.size == len(data)
    pieces = list(blob.chunks())
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= CHUNK


def test_several_readers_do_not_disturb_each_other() -> None:
    data = os.urandom(2 * CHUNK)
    blob = spooled(data)
    first, second = blob.chunks(), blob.chunks()
    assert next(first) + next(second) + next(first) == data[:CHUNK] + data[:CHUNK] + data[CHUNK:]


def test_nothing_at_all() -> None:
    blob = spooled()
    assert (blob.size, list(blob.chunks())) == (0, [])


def open_files() -> set[str]:
    links = Path("/proc/self/fd").iterdir()
    return {str(link) for link in links if "deleted" in os.path.realpath(link)}


@pytest.mark.parametrize("finished", [True, False])
def test_file_goes_with_the_last_reference(finished: bool) -> None:
    before = open_files()
    one: object = Spool()
    assert len(open_files() - before) == 1
    if finished:
        assert isinstance(one, Spool)
        one = one.finish()
        assert len(open_files() - before) == 1
    del one
    gc.collect()
    assert open_files() <= before


def test_no_room_is_told_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Spool()
    one.write(b"some")

    def full(file: int, data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("proxyd.upstream.spool.os.write", full)
    one.write(b"more")
    one.write(b"and more")
    blob = one.finish()
    assert blob.size == 16
    assert blob.error is not None
    with pytest.raises(OSError, match="No space left"):
        next(blob.chunks())


def test_no_place_for_a_spool_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(**options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", nowhere)
    one = Spool()
    one.write(b"some")
    blob = one.finish()
    assert blob.size == 4
    with pytest.raises(OSError, match="Read-only"):
        next(blob.chunks())


def test_parts_of_a_blob_keep_its_file() -> None:
    before = open_files()
    data = os.urandom(2 * CHUNK)
    blob = spooled(data)
    first, second = blob.part(0, 10), blob.part(10, CHUNK + 5)
    inner = second.part(CHUNK, 5)
    del blob
    gc.collect()
    assert b"".join(first.chunks()) == data[:10]
    assert b"".join(second.chunks()) == data[10 : CHUNK + 15]
    assert b"".join(inner.chunks()) == data[CHUNK + 10 : CHUNK + 15]
    assert (first.size, second.size, inner.size) == (10, CHUNK + 5, 5)
    del first, second
    gc.collect()
    assert len(open_files() - before) == 1
    del inner
    gc.collect()
    assert open_files() <= before


def test_nothing_is_on_disk_in_clear() -> None:
    marker = b"nobody reads this "
    one = Spool()
    one.write(marker * 20_000)
    blob = one.finish()
    assert blob._octets is not None
    size = os.fstat(blob._octets._file).st_size
    kept = os.pread(blob._octets._file, size, 0)
    assert size > 350_000
    assert b"nobody" not in kept
    assert b"".join(blob.part(18, 36).chunks()) == marker * 2


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_sizes_around_a_chunk(size: int) -> None:
    data = os.urandom(size)
    assert b"".join(spooled(data).chunks()) == data
    octet_by_octet = (data[i : i + 1] for i in range(min(size, 300)))
    assert b"".join(spooled(*octet_by_octet, data[300:]).chunks()) == data
