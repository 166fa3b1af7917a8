"""The directory: bounded, private, and rid of what is to be forgotten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from proxyd.domain.ports.upstream_rows import ContentRow
from proxyd.upstream.cache.page import decoded, encoded
from proxyd.upstream.cache.tree import BLOCK, CacheTree
from proxyd.upstream.sealed_chunks import Damaged
from tests.upstream.cache.conftest import files

KEY = bytes(32)


@pytest.fixture
def tree(tmp_path: Path) -> CacheTree:
    tree = CacheTree(tmp_path / "cache", KEY, KEY, 100 * BLOCK)
    tree.make_root()
    return tree


def body(
    tree: CacheTree, uid: int, octets: bytes = b"x", folder: str = "INBOX", box: bytes = b"1"
) -> str:
    path = tree.body(tree.place(tree.mailbox(box), folder, 1), b"BODY[]", uid)
    tree.write(path, b"", len(octets), [octets])
    return path


def test_what_was_used_longest_ago_makes_room(tree: CacheTree) -> None:
    paths = [body(tree, uid) for uid in range(1, 101)]
    for age, path in enumerate(reversed(paths)):
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    tree.read(paths[0])  # the oldest is used again
    assert tree.octets == 100 * BLOCK
    paths.append(body(tree, 101))
    left = [path for path in paths if os.path.exists(path)]
    assert len(left) == 90 and tree.octets == 90 * BLOCK and tree.evicted == 11
    assert left == [paths[0], *paths[12:]]


def test_it_counts_what_was_there_and_clears_what_is_half_done(
    tree: CacheTree, tmp_path: Path
) -> None:
    path = body(tree, 1, bytes(3 * BLOCK))
    draft = Path(path).with_name(".b1.abc")
    draft.write_bytes(b"half")
    other = CacheTree(tmp_path / "cache", KEY, KEY, 100 * BLOCK)
    other.make_room()
    assert other.octets == tree.octets == 4 * BLOCK
    assert not draft.exists() and os.path.exists(path)


def test_octets_are_counted_once(tree: CacheTree) -> None:
    for _ in range(3):
        body(tree, 1, bytes(BLOCK))
    assert tree.octets == 2 * BLOCK
    tree.remove(body(tree, 1))
    assert tree.octets == 0


def test_of_a_forgotten_message_nothing_stays(tree: CacheTree, tmp_path: Path) -> None:
    for uid in (1, 2, 300):
        body(tree, uid)
    place = tree.place(tree.mailbox(b"1"), "INBOX", 1)
    page = tree.page(place, b"ENVELOPE", 0)
    octets = encoded(ContentRow(uid, {b"ENVELOPE": b"NIL"}) for uid in (1, 2))
    tree.write(page, b"", len(octets), [octets])
    tree.forget(place, {1, 300, 7000})
    assert len(files(tmp_path)) == 2
    found = tree.read(page)
    assert found is not None
    assert list(decoded(b"".join(found[1].chunks()))) == [2]


def test_a_page_that_cannot_be_read_goes_with_the_message(tree: CacheTree, tmp_path: Path) -> None:
    place = tree.place(tree.mailbox(b"1"), "INBOX", 1)
    page = tree.page(place, b"ENVELOPE", 0)
    tree.write(page, b"", 4, [b"\xff" * 4])
    tree.forget(place, {1})
    assert files(tmp_path) == []


def test_only_what_is_named_is_kept(tree: CacheTree, tmp_path: Path) -> None:
    for box in (b"1", b"2"):
        for folder in ("INBOX", "Sent"):
            body(tree, 1, folder=folder, box=box)
    first = tree.mailbox(b"1")
    tree.keep_only(first, {tree.folder(first, "Sent")})
    assert len(files(tmp_path)) == 3 and tree.octets == 3 * BLOCK
    tree.keep_only_mailboxes({first})
    assert len(files(tmp_path)) == 1 and tree.octets == BLOCK
    tree.clear("..")
    tree.clear(os.path.basename(tree.mailbox(b"3")))
    assert tree.usage(first).entries == 1
    tree.clear(os.path.basename(first))
    assert tree.usage(first).entries == 0 and tree.octets == 0
    assert (tmp_path / "cache").is_dir()


def test_usage(tree: CacheTree) -> None:
    os.utime(body(tree, 1, bytes(BLOCK)), (5, 5))
    body(tree, 2)
    usage = tree.usage(tree.mailbox(b"1"))
    assert (usage.entries, usage.octets, usage.oldest) == (2, 3 * BLOCK, 5)


def test_a_damaged_file_is_there_once(tree: CacheTree) -> None:
    path = body(tree, 1)
    Path(path).write_bytes(b"pxc1")
    with pytest.raises(Damaged):
        tree.read(path)
    assert tree.read(path) is None


def test_a_file_too_long_to_be_read_ahead_is_left(tree: CacheTree) -> None:
    path = body(tree, 1, bytes(1000))
    assert tree.read(path, 999) is None
    assert tree.read(path, 2000) is not None
