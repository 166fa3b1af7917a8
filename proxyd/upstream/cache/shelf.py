"""One mailbox's part of the cache: what is known of its messages, and what came of asking.

Must never ask the provider. Invariants: a row that is told was told by the provider, for this very
folder, UIDVALIDITY and UID; a value stays as the provider wrote it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Sequence

from proxyd.domain.ports.upstream_rows import ContentRow
from proxyd.domain.types import Blob
from proxyd.upstream.cache.attribute import CacheableAttribute, asked_of, key_of
from proxyd.upstream.cache.entry import BodyKey, CachedFolder, PageKey
from proxyd.upstream.cache.keeper import Keeper
from proxyd.upstream.cache.page import SHIFT, VALUE_MOST, Page
from proxyd.upstream.cache.piece import cut, whole_of
from proxyd.upstream.cache.recent import LeastRecentlyUsed
from proxyd.upstream.cache.tree import CacheTree
from proxyd.upstream.sealed_chunks import Damaged

# RFC822.SIZE of mails that are being read in pieces.
SIZES_REMEMBERED = 10_000
SIZE = b"RFC822.SIZE"
# Small bodies that are loaded before they are asked for; UIDs have gaps.
READ_AHEAD = 16
NEXT_MOST = 4

Found = dict[int, ContentRow]  # by UID


class Shelf:
    """``directory`` is the mailbox's own."""

    def __init__(self, keeper: Keeper, tree: CacheTree, directory: str) -> None:
        self.directory = directory
        self._keeper = keeper
        self._tree = tree  # for its names; whether anything is on disk is the keeper's business
        self._places: dict[tuple[str, int], CachedFolder] = {}
        self._sizes: LeastRecentlyUsed[tuple[CachedFolder, int], int] = LeastRecentlyUsed(
            SIZES_REMEMBERED
        )
        self._folders: frozenset[str] | None = None

    def place(self, folder: str, uidvalidity: int) -> CachedFolder:
        """What was known of the folder under another UIDVALIDITY is forgotten."""
        place = self._places.get((folder, uidvalidity))
        if place is None:
            path = self._tree.place(self.directory, folder, uidvalidity)
            for other in [one for one in self._places if one[0] == folder]:
                self._keeper.forget_below(self._places.pop(other).path)
            if self._keeper.disk is not None:
                above = self._tree.folder(self.directory, folder)
                self._keeper.disk.write(lambda tree: tree.keep_only(above, {path}))
            place = self._places[(folder, uidvalidity)] = CachedFolder(path)
        return place

    # ------------------------------------------------------------------ what is known

    async def find(
        self, place: CachedFolder, asked: CacheableAttribute, uids: Sequence[int]
    ) -> Found:
        """Those of the rows that are known, each with the one value asked for."""
        counts = self._keeper.counts
        if place.gone:  # of which something may still be on its way to the disk, or from it
            uids = [uid for uid in uids if uid not in place.gone]
        if asked.small:
            found = await self._small(place, asked.key, uids)
            if asked.partial is not None:
                found = {uid: cut(row, *asked.partial) for uid, row in found.items()}
            counts.small_hits += len(found)
            return found
        found = await self._bodies(place, asked, uids)
        if asked.partial is not None and asked.partial[0] == 0 and len(found) < len(uids):
            rest = [uid for uid in uids if uid not in found]
            found |= await self._small(place, asked.piece_key, rest)
        counts.body_hits += len(found)
        return found

    async def _small(self, place: CachedFolder, attribute: bytes, uids: Sequence[int]) -> Found:
        """The hot loop: some ten thousand rows at each start of a client."""
        numbers = {uid >> SHIFT for uid in uids}
        pages: dict[int, Page] = {}
        absent: dict[PageKey, int] = {}
        for number in numbers:
            key = PageKey(place, attribute, number)
            page = self._keeper.page(key)
            if page is None:
                absent[key] = number
            else:
                pages[number] = page
        if absent:
            loaded = await self._keeper.load_pages(absent)
            pages |= {absent[key]: page for key, page in loaded.items()}
        found: Found = {}
        for uid in uids:
            row = pages[uid >> SHIFT].rows.get(uid)
            if row is not None:
                found[uid] = row
        return found

    async def _bodies(
        self, place: CachedFolder, asked: CacheableAttribute, uids: Sequence[int]
    ) -> Found:
        found: Found = {}
        absent: list[BodyKey] = []
        for uid in uids:
            key = BodyKey(place, asked.key, uid)
            row = self._keeper.body(key)
            if row is None:
                absent.append(key)
            else:
                found[uid] = row
        if absent:
            loaded = await self._keeper.load_bodies(absent, self._ahead(absent))
            found |= {key.uid: loaded[key] for key in absent if key in loaded}
        return found if asked.partial is None else self._pieces(asked, found)

    def _ahead(self, absent: Sequence[BodyKey]) -> set[BodyKey]:
        """Who reads one body after another will want the next: a look at the disk takes longer to
        begin than to carry out.
        """
        first, last = absent[0], absent[-1]
        place, before = first.place, first.place.last_body
        place.last_body = last.uid
        if len(absent) > 1 or not 0 < first.uid - before <= NEXT_MOST:
            return set()
        place.last_body += READ_AHEAD
        ahead = (last.uid + step for step in range(1, READ_AHEAD + 1))
        keys = (BodyKey(place, first.attribute, uid) for uid in ahead if uid not in place.gone)
        return {key for key in keys if self._keeper.body(key) is None}

    def _pieces(self, asked: CacheableAttribute, wholes: Found) -> Found:
        found: Found = {}
        assert asked.partial is not None
        for uid, row in wholes.items():
            with contextlib.suppress(Damaged):  # the keeper has heard of it
                found[uid] = cut(row, *asked.partial)
        return found

    def asks(
        self, place: CachedFolder, absent: Iterable[CacheableAttribute], uid: int
    ) -> tuple[bytes, ...]:
        """How to ask the provider for what is not known of a message.

        Who reads the second piece of a body will read them all: it is fetched once and whole, if
        there is room to keep it.
        """
        asks: dict[bytes, None] = {}
        for one in absent:
            if one.small:
                self._keeper.counts.small_misses += 1
            else:
                self._keeper.counts.body_misses += 1
            if one.small or one.partial is None:
                asks[one.whole] = None
                continue
            size = self._sizes.get((place, uid))
            key = BodyKey(place, one.key, uid)
            if one.partial[0] and size is not None and self._keeper.has_room(key, size):
                asks[one.whole] = None
            else:
                asks |= {one.piece: None} if size is not None else {one.piece: None, SIZE: None}
        return tuple(asks)

    # ------------------------------------------------------------------ what came

    def keep(
        self, place: CachedFolder, asks: Collection[bytes], rows: Iterable[ContentRow]
    ) -> None:
        """``rows`` came in answer to ``asks``."""
        wanted = {one.answer: one for ask in asks if (one := asked_of(ask)) is not None}
        pages: dict[PageKey, Page] = {}
        for row in rows:
            if row.uid in place.gone:
                continue
            for name, value in row.values.items():
                one = wanted.get(key_of(name))
                if one is not None:
                    single = row if len(row.values) == 1 else ContentRow(row.uid, {name: value})
                    self._keep(place, one, single, value, pages)
        for key, page in pages.items():
            if page.dirty:
                self._keeper.page_changed(key, page)

    def _keep(
        self,
        place: CachedFolder,
        one: CacheableAttribute,
        row: ContentRow,
        value: bytes | Blob,
        pages: dict[PageKey, Page],
    ) -> None:
        if one.key == SIZE and isinstance(value, bytes) and value.isdigit():
            self._sizes.put((place, row.uid), int(value), 1)
        attribute = one.key
        if not one.small:
            whole = row if one.partial is None else whole_of(row, *one.partial)
            if whole is not None:
                self._keeper.put_body(BodyKey(place, attribute, row.uid), whole)
                return
            if one.partial is None or one.partial[0] != 0:
                return
            attribute = one.piece_key
        if isinstance(value, bytes) and len(value) <= VALUE_MOST:
            key = PageKey(place, attribute, row.uid >> SHIFT)
            page = pages.get(key) or self._keeper.page(key)
            if page is None:
                return  # not looked for before: what is on disk must not be written over
            pages[key] = page
            page.put(row)

    # ------------------------------------------------------------------ forgetting

    def forget(self, folder: str, uidvalidity: int, uids: Iterable[int]) -> None:
        numbered = {validity for name, validity in self._places if name == folder}
        if numbered - {uidvalidity}:
            return  # it has been numbered anew, and with that all was forgotten
        place = self.place(folder, uidvalidity)
        if gone := set(uids) - place.gone:
            self._keeper.forget(place, gone)

    def forget_folder(self, folder: str, delimiter: str) -> None:
        """With those below it; where the names of all folders aren't known, the whole mailbox."""
        if self._folders is None:
            self.forget_all()
            return
        below = folder + delimiter if delimiter else folder
        gone = [one for one in self._folders if one == folder or one.startswith(below)]
        for name in {folder, *gone}:
            self._places = {key: p for key, p in self._places.items() if key[0] != name}
            self._keeper.forget_below(self._tree.folder(self.directory, name))

    def forget_all(self) -> None:
        self._places.clear()
        self._keeper.forget_below(self.directory)

    def folders_are(self, names: Iterable[str]) -> None:
        """Exactly these; what is kept of others goes."""
        folders = frozenset(names)
        if folders == self._folders:
            return
        self._folders = folders
        for folder, uidvalidity in [one for one in self._places if one[0] not in folders]:
            self._keeper.forget_below(self._places.pop((folder, uidvalidity)).path)
        if self._keeper.disk is not None:
            kept = {self._tree.folder(self.directory, name) for name in folders}
            self._keeper.disk.write(lambda tree: tree.keep_only(self.directory, kept))
