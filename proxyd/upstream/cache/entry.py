"""The entries of the cache: what they are called, and what stands in their files.

A page has many rows of one attribute, a body one. Blocks: for the threads of ``disk`` alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from proxyd.domain.ports.upstream_rows import ContentRow
from proxyd.upstream.cache.page import decoded, encoded
from proxyd.upstream.cache.tree import CacheTree
from proxyd.upstream.sealed_chunks import CHUNK

# Clients have a handful of habits; one with a new list of header fields each time is a mischief.
ATTRIBUTES_MOST = 1000
HEAD_TEXT, HEAD_BLOB = b"t", b"b"  # wire text, or the octets of a literal


@dataclass(eq=False, slots=True)
class CachedFolder:
    """A folder as it is numbered now; one object each, compared by identity."""

    path: str  # its directory
    attributes: set[bytes] = field(default_factory=set)  # of which something is in memory
    attributes_most: int = ATTRIBUTES_MOST  # then those that are not any more are dropped
    gone: set[int] = field(default_factory=set)  # UIDs expunged lately
    last_body: int = 0  # the UID whose body was last read from disk
    landings: int = 0  # how often something asked of the provider has come


@dataclass(frozen=True, slots=True)
class PageKey:
    place: CachedFolder
    attribute: bytes
    number: int


@dataclass(frozen=True, slots=True)
class BodyKey:
    place: CachedFolder
    attribute: bytes
    uid: int


def read_page(tree: CacheTree, key: PageKey) -> dict[int, ContentRow] | None:
    found = tree.read(tree.page(key.place.path, key.attribute, key.number))
    try:
        return None if found is None else decoded(b"".join(found[1].chunks()))
    except ValueError:  # of another version
        return None


def write_rows(tree: CacheTree, key: PageKey, rows: list[ContentRow]) -> None:
    path = tree.page(key.place.path, key.attribute, key.number)
    if not rows:
        tree.remove(path)
        return
    octets = encoded(rows)
    tree.write(path, b"", len(octets), [octets])


def read_body(tree: CacheTree, key: BodyKey, most: int | None) -> ContentRow | None:
    found = tree.read(tree.body(key.place.path, key.attribute, key.uid), most)
    if found is None:
        return None
    head, blob = found
    name = head[1:]
    if head[:1] == HEAD_BLOB:
        return ContentRow(key.uid, {name: blob})
    return ContentRow(key.uid, {name: b"".join(blob.chunks())})


def write_body(tree: CacheTree, key: BodyKey, row: ContentRow) -> None:
    name, value = next(iter(row.values.items()))
    path = tree.body(key.place.path, key.attribute, key.uid)
    if isinstance(value, bytes):
        pieces = (value[at : at + CHUNK] for at in range(0, len(value), CHUNK))
        tree.write(path, HEAD_TEXT + name, len(value), pieces)
    else:
        tree.write(path, HEAD_BLOB + name, value.size, value.chunks())
