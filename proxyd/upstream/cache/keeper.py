"""The cache of the whole process: what is in memory, what is on disk, and what is on its way there.

Invariants:
- octets are in memory up to ``memory`` (half of it pages, half of it bodies), and what waits to be
  written up to WAITING and DIRTY_PAGES besides; what finds no room there is not written;
- what waits to be written is found as if it was written already;
- nothing of an expunged message is put in any more, however late it comes.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Iterable

from proxyd.domain.ports.upstream_rows import ContentRow
from proxyd.upstream.cache import entry
from proxyd.upstream.cache.counts import Counts
from proxyd.upstream.cache.disk import CacheDisk
from proxyd.upstream.cache.entry import ATTRIBUTES_MOST, BodyKey, CachedFolder, PageKey
from proxyd.upstream.cache.page import SHIFT, Page
from proxyd.upstream.cache.recent import LeastRecentlyUsed
from proxyd.upstream.cache.tree import CacheTree
from proxyd.upstream.sealed_chunks import CHUNK, SealedBlob

MIB = 1024 * 1024
# What was fetched and not written yet: some seconds' worth of what a provider sends.
WAITING = 64 * MIB
DIRTY_PAGES = 256
# The biggest mail that providers take (Microsoft 365), and so many of them at least find room.
BODY_MOST = 150 * MIB
LARGEST_SHARE = 4
REFUSED_MOST = 1000
IN_MEMORY = 256 * 1024  # where there is no disk; what is above comes spooled
BODY_OCTETS = 500  # a row, its mapping and its place, measured
# Big bodies whose files stay open, so that reading them in pieces verifies them once.
OPEN_FILES = 16
FLUSH_S = 1.0  # a page is written so long after it changed; lists fill one in several steps
# A fetch that was under way when its message was expunged ends within minutes.
GONE_REMEMBERED = 10_000


class Keeper:
    """``disk`` is None where nothing is to be kept on disk."""

    def __init__(self, disk: CacheDisk | None, memory: int, counts: Counts) -> None:
        self.disk = disk
        self.counts = counts
        self._pages: LeastRecentlyUsed[PageKey, Page] = LeastRecentlyUsed(
            memory // 2, self._page_left
        )
        self._bodies: LeastRecentlyUsed[BodyKey, ContentRow] = LeastRecentlyUsed(
            memory // 2, self._body_left
        )
        self._open: LeastRecentlyUsed[BodyKey, ContentRow] = LeastRecentlyUsed(OPEN_FILES)
        self._dirty: dict[PageKey, Page] = {}
        self._flushing: set[PageKey] = set()
        self._writing: dict[BodyKey, ContentRow] = {}
        self._refused: set[BodyKey] = set()  # by the disk: not to be fetched to be kept
        self._waiting = 0  # octets of _writing that are in memory
        self._cold: list[str] = []  # files of what left memory: they were used until now
        self._timer: asyncio.TimerHandle | None = None

    def has_room(self, key: BodyKey, size: int) -> bool:
        """Whether a body of so many octets would be kept."""
        if self.disk is None:
            return size <= IN_MEMORY
        most = min(BODY_MOST, self.disk.tree.limit // LARGEST_SHARE)
        return size <= most and key not in self._refused

    @property
    def memory(self) -> int:
        """Octets in memory."""
        return self._pages.octets + self._bodies.octets

    # ------------------------------------------------------------------ pages

    def page(self, key: PageKey) -> Page | None:
        """In memory."""
        return self._pages.get(key) or self._dirty.get(key)

    async def load_pages(self, keys: Collection[PageKey]) -> dict[PageKey, Page]:
        """From disk, empty where there is none; in memory from now on."""
        loaded = await self.disk.read([*keys], entry.read_page) if self.disk is not None else {}
        found: dict[PageKey, Page] = {}
        for key in keys:
            page = self.page(key)  # somebody else may have loaded and changed it meanwhile
            if page is None:
                page = Page(loaded.get(key))
                page.forget(key.place.gone)
                self._note(key.place, key.attribute)
                self._pages.put(key, page, page.octets)
            found[key] = page
        return found

    def page_changed(self, key: PageKey, page: Page) -> None:
        self._note(key.place, key.attribute)
        self._pages.put(key, page, page.octets)
        if self.disk is None:
            return
        if len(self._dirty) >= DIRTY_PAGES and key not in self._dirty:
            self.counts.unwritten += 1
            return
        self._dirty[key] = page
        self._flush_later()

    def _page_left(self, key: PageKey, page: Page) -> None:
        if self.disk is not None and not page.dirty:
            self._cold.append(self.disk.tree.page(key.place.path, key.attribute, key.number))
            self._flush_later()

    # ------------------------------------------------------------------ bodies

    def body(self, key: BodyKey) -> ContentRow | None:
        """In memory, or open."""
        return self._bodies.get(key) or self._open.get(key) or self._writing.get(key)

    async def load_bodies(
        self, keys: Collection[BodyKey], ahead: Collection[BodyKey] = ()
    ) -> dict[BodyKey, ContentRow]:
        """Those that are on disk; ``ahead``: also to be in memory, where they are small."""
        if self.disk is None:
            return {}

        def read(tree: CacheTree, key: BodyKey) -> ContentRow | None:
            return entry.read_body(tree, key, CHUNK if key in ahead else None)

        found = await self.disk.read([*keys, *ahead], read)
        for key, row in found.items():
            self._hold(key, row)
        return found

    def put_body(self, key: BodyKey, row: ContentRow) -> None:
        """``row`` has exactly one value."""
        if key.uid in key.place.gone or self.body(key) is not None:
            return
        in_memory = self._hold(key, row)
        if self.disk is None or not self.has_room(key, _size(row)):
            return
        if self._waiting + in_memory > WAITING:
            self.counts.unwritten += 1
            return
        self._waiting += in_memory
        self._writing[key] = row
        done = self.disk.store(lambda tree: entry.write_body(tree, key, row))
        done.add_done_callback(lambda done: self._body_written(key, in_memory, done.result()))

    def _heed_damage(self, key: BodyKey, row: ContentRow, blob: SealedBlob) -> None:
        """Who reads it may be a thread of its own."""
        loop, thread = asyncio.get_running_loop(), threading.get_ident()

        def damaged() -> None:
            if threading.get_ident() == thread:
                self._damaged(key, row)
            else:
                loop.call_soon_threadsafe(self._damaged, key, row)

        blob.on_damage = damaged

    def _damaged(self, key: BodyKey, row: ContentRow) -> None:
        """It was whole when it was opened, and is no longer: it is not handed out again."""
        if self._open.get(key) is not row:
            return  # noted before; there may be a good one by now
        self.counts.damaged += 1
        self._open.pop(key)
        if self.disk is not None:
            path = self.disk.tree.body(key.place.path, key.attribute, key.uid)
            self.disk.write(lambda tree: tree.remove(path))

    def _body_written(self, key: BodyKey, octets: int, worked: bool) -> None:  # noqa: FBT001
        if not worked:
            if len(self._refused) >= REFUSED_MOST:
                self._refused.clear()
            self._refused.add(key)
        self._writing.pop(key, None)
        self._waiting -= octets

    def _hold(self, key: BodyKey, row: ContentRow) -> int:
        """Octets it takes in memory."""
        self._note(key.place, key.attribute)
        value = next(iter(row.values.values()))
        if not isinstance(value, bytes):
            if isinstance(value, SealedBlob):
                self._open.put(key, row, 1)
                self._heed_damage(key, row, value)
            return 0
        self._bodies.put(key, row, len(value) + BODY_OCTETS)
        return len(value)

    def _body_left(self, key: BodyKey, _: ContentRow) -> None:
        if self.disk is not None:
            self._cold.append(self.disk.tree.body(key.place.path, key.attribute, key.uid))
            self._flush_later()

    # ------------------------------------------------------------------ forgetting

    def _note(self, place: CachedFolder, attribute: bytes) -> None:
        """Where to look for what is to be forgotten; bounded by what is in memory."""
        place.attributes.add(attribute)
        if len(place.attributes) > place.attributes_most:
            pages, bodies = {*self._pages, *self._dirty}, {*self._bodies, *self._open}
            place.attributes = {one.attribute for one in pages if one.place is place}
            place.attributes |= {one.attribute for one in bodies if one.place is place}
            place.attributes.add(attribute)
            place.attributes_most = max(ATTRIBUTES_MOST, 2 * len(place.attributes))

    def forget(self, place: CachedFolder, uids: Iterable[int]) -> None:
        """At once in memory; on disk after what waits to be written."""
        gone = frozenset(uids)
        if len(place.gone) > GONE_REMEMBERED:
            place.gone.clear()
        place.gone |= gone
        for attribute in place.attributes:
            for number in {uid >> SHIFT for uid in gone}:
                key = PageKey(place, attribute, number)
                page = self.page(key)
                if page is not None and page.forget(gone):
                    self.page_changed(key, page)
            for uid in gone:
                self._drop_body(BodyKey(place, attribute, uid))
        if self.disk is not None:
            self.disk.write(lambda tree: tree.forget(place.path, gone))

    def forget_below(self, path: str) -> None:
        """A mailbox, a folder or a place: in memory and on disk."""
        inside = f"{path}/"
        for page in {*self._pages, *self._dirty}:
            if f"{page.place.path}/".startswith(inside):
                self._pages.pop(page)
                self._dirty.pop(page, None)
        for body in {*self._bodies, *self._open}:
            if f"{body.place.path}/".startswith(inside):
                self._drop_body(body)
        if self.disk is not None:
            self.disk.write(lambda tree: tree.forget_all(path))

    def _drop_body(self, key: BodyKey) -> None:
        self._bodies.pop(key)
        self._open.pop(key)

    # ------------------------------------------------------------------ to the disk

    def _flush_later(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_S, self.flush)

    def flush(self) -> None:
        """Have everything that changed written."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.disk is None:
            return
        cold, self._cold = self._cold, []
        if cold:
            self.disk.write(lambda tree: tree.used(cold))
        for key, page in self._dirty.items():
            if key not in self._flushing:
                self._write_page(self.disk, key, page)

    def _write_page(self, disk: CacheDisk, key: PageKey, page: Page) -> None:
        version, rows = page.version, [*page.rows.values()]
        self._flushing.add(key)

        def written(_: object) -> None:
            self._flushing.discard(key)
            page.saved = version  # also where the disk refused: the next change tries again
            if page.dirty:
                self._flush_later()
            elif self._dirty.get(key) is page:
                del self._dirty[key]

        disk.store(lambda tree: entry.write_rows(tree, key, rows)).add_done_callback(written)

    async def close(self) -> None:
        self.flush()
        if self.disk is not None:
            tree = self.disk.tree
            self._cold += [tree.page(k.place.path, k.attribute, k.number) for k in self._pages]
            self._cold += [tree.body(k.place.path, k.attribute, k.uid) for k in self._bodies]
            self.flush()
            await self.disk.close()


def _size(row: ContentRow) -> int:
    value = next(iter(row.values.values()))
    return len(value) if isinstance(value, bytes) else value.size
