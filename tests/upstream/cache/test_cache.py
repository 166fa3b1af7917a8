"""The cache of a process: one owner, an admin's note, a disk that fails, bounds."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from proxyd.upstream.cache import entry, keeper
from proxyd.upstream.cache.cache import COUNTS, EVERYTHING, NOTE, identity
from tests.upstream.cache.conftest import MIB, Desk, eventually, files, mail, shared_mailbox

BODY = b"BODY.PEEK[]"
FIELDS = b"BODY.PEEK[HEADER.FIELDS (SUBJECT)]"


async def test_whoever_comes_second_does_without_a_disk(
    desk: Desk, open_cache: Callable[..., object], directory: Path
) -> None:
    second = Desk(open_cache)
    await second.restart()
    second.provider.deliver(mail(1))
    await second.values(BODY)
    await second.values(BODY)
    assert len(second.asked()) == 1
    await second.cache.close()
    assert files(directory) == []


@pytest.mark.parametrize("name", [EVERYTHING, "its own"])
async def test_a_note_clears_it(desk: Desk, directory: Path, name: str) -> None:
    desk.provider.deliver(mail(1))
    await desk.values(BODY, FIELDS)
    await eventually(lambda: len(files(directory)) == 2)
    if name != EVERYTHING:
        name = os.path.basename(desk.cache.tree.mailbox(identity(shared_mailbox())))
    note = directory / f"{NOTE}{name}"
    note.touch()
    await eventually(lambda: not note.exists())
    assert files(directory) == []
    assert await desk.mailbox.known("INBOX", 1, [1], [BODY]) == []
    desk.asked()
    await desk.values(BODY)
    assert len(desk.asked()) == 1


async def test_its_counts_are_told(desk: Desk, directory: Path) -> None:
    desk.provider.deliver(mail(1))
    for _ in range(3):
        await desk.values(BODY, FIELDS)
    await desk.cache.close()
    counts = json.loads((directory / COUNTS).read_bytes())
    assert counts == {
        "small_hits": 2, "small_misses": 1, "body_hits": 2, "body_misses": 1,
        "damaged": 0, "unwritten": 0,
    }  # fmt: skip


async def test_without_a_disk_memory_remembers_and_the_directory_goes(
    desk: Desk, directory: Path
) -> None:
    desk.provider.deliver(mail(1))
    await desk.values(BODY)
    await desk.restart(disk=0)
    assert files(directory) == []
    desk.asked()
    for _ in range(2):
        await desk.values(BODY, FIELDS)
    assert len(desk.asked()) == 1
    assert files(directory) == []


async def test_a_disk_that_fails_is_told_once_and_harms_nobody(
    desk: Desk, directory: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("proxyd.upstream.cache.sealed_file.os.open", full)
    with caplog.at_level(logging.ERROR):
        for number in range(1, 6):
            desk.provider.deliver(mail(number))
            await desk.values(BODY, FIELDS, uids=[number])
            await desk.values(BODY, FIELDS, uids=[number])
        await eventually(lambda: desk.cache.counts.unwritten >= 5)
    assert len(desk.asked()) == 5
    assert [r.message for r in caplog.records].count(
        "mail is not cached on disk: No space left on device"
    ) == 1


async def test_a_directory_that_cannot_be_made_keeps_nobody_from_serving(
    open_cache: Callable[..., object], directory: Path
) -> None:
    directory.write_bytes(b"a file in its place")
    desk = Desk(open_cache)
    await desk.restart()
    desk.provider.deliver(mail(1))
    assert await desk.values(BODY)


async def test_memory_and_disk_are_bounded(desk: Desk, directory: Path) -> None:
    await desk.restart(disk=2 * MIB, memory=MIB)
    for number in range(1, 301):
        desk.provider.deliver(mail(number, b"x" * 20_000))
    uids = list(range(1, 301))
    for start in range(0, 300, 20):
        await desk.values(BODY, FIELDS, b"ENVELOPE", uids=uids[start : start + 20])
        assert desk.cache.memory <= MIB
    await desk.restart(disk=2 * MIB, memory=MIB)
    assert 0 < sum(file.stat().st_size for file in files(directory)) <= 2 * MIB
    desk.asked()
    assert len(await desk.values(BODY, uids=[300])) == 1
    assert desk.asked() == []  # what was read last is still there


async def test_what_waits_to_be_written_is_bounded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "WAITING", 50_000)
    monkeypatch.setattr(keeper, "DIRTY_PAGES", 2)
    for number in range(1, 1025):
        desk.provider.deliver(mail(number, b"x" * 20_000))
    await desk.values(BODY, uids=list(range(1, 20)))
    assert desk.cache.counts.unwritten >= 10
    before = desk.cache.counts.unwritten
    await desk.values(FIELDS, uids=list(range(1, 1025)))
    assert desk.cache.counts.unwritten >= before + 2
    desk.provider.down = True
    assert len(await desk.values(FIELDS, uids=list(range(1, 1025)))) == 1024


async def test_ever_new_lists_of_fields_take_no_more_than_their_room(desk: Desk) -> None:
    await desk.restart(memory=MIB)
    desk.provider.deliver(mail(1))
    for number in range(3000):
        await desk.values(b"BODY.PEEK[HEADER.FIELDS (X-%d)]" % number)
    (place,) = desk.mailbox._shelf._places.values()  # type: ignore[attr-defined]
    assert len(place.attributes) <= 2000
    await desk.mailbox.expunge("INBOX", 1, [1])
    for number in (0, 1500, 2999):
        ask = b"BODY.PEEK[HEADER.FIELDS (X-%d)]" % number
        assert await desk.mailbox.known("INBOX", 1, [1], [ask]) == []


async def test_what_memory_forgets_was_used_until_then(desk: Desk, directory: Path) -> None:
    """So the disk does not take what is read all the time for what nobody reads."""
    desk.provider.deliver(mail(1, b"x" * 20_000))
    await desk.values(BODY)
    await eventually(lambda: len(files(directory)) == 1)
    (file,) = files(directory)
    os.utime(file, (1, 1))
    await desk.restart()
    assert file.stat().st_mtime > 1


async def test_a_mail_read_in_pieces_with_a_disk_that_failed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who cannot keep the whole does not fetch it for each piece."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(entry, "write_body", full)
    desk.provider.deliver(mail(1, b"x" * MIB))
    for start in (0, 1000, 2000, 3000):
        await desk.values(b"BODY.PEEK[]<%d.1000>" % start)
        await asyncio.sleep(0.05)
    assert [BODY in attributes for _, _, attributes in desk.asked()] == [False, True, False, False]


def test_the_directory_is_private() -> None:
    with tempfile.TemporaryDirectory() as name:

        async def run() -> None:
            from proxyd.upstream.cache.cache import Cache

            path = Path(name) / "cache"
            path.mkdir(mode=0o755)
            cache = Cache(path, bytes(32), disk_octets=MIB, memory_octets=MIB)
            await cache.open()
            assert path.stat().st_mode & 0o777 == 0o700
            await cache.close()
            assert all(f.stat().st_mode & 0o777 == 0o600 for f in path.iterdir())

        asyncio.run(run())
