"""The provider's side with a memory: what never changes is asked once (the port UpstreamMailbox).

Invariants: what is told is what the provider said, as it said it; who asks for what is known
touches no connection; two who ask for the same wait for one answer; what was expunged, moved away
or renumbered is forgotten.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import partial

from proxyd.domain.errors import UpstreamRefused
from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
from proxyd.domain.ports.upstream_rows import ContentRow, CopyMap, UpstreamFolder
from proxyd.domain.types import Blob
from proxyd.imapwire.search_key import KText
from proxyd.upstream.around import is_about_all
from proxyd.upstream.cache.attribute import CacheableAttribute, asked_of, key_of
from proxyd.upstream.cache.entry import CachedFolder
from proxyd.upstream.cache.flights import Flights, Rows
from proxyd.upstream.cache.piece import cut
from proxyd.upstream.cache.shelf import Found, Shelf
from proxyd.upstream.passing import Passing
from proxyd.upstream.search_here import search_here

Known = list[tuple[CacheableAttribute, Found]]


class CachedMailbox(Passing):
    def __init__(self, upstream: UpstreamMailbox, shelf: Shelf) -> None:
        super().__init__(upstream)
        self._shelf = shelf
        self._flights = Flights()
        self._delimiter = ""
        self._refuses_charset = False

    # ------------------------------------------------------------------ reading

    async def fetch(
        self,
        folder: str,
        uidvalidity: int,
        uids: Sequence[int],
        attributes: Sequence[bytes],
        *,
        octets: int = 0,
    ) -> list[ContentRow]:
        asked = _all_asked(attributes)
        if asked is None:
            return await self._upstream.fetch(folder, uidvalidity, uids, attributes, octets=octets)
        place = self._shelf.place(folder, uidvalidity)
        while True:
            landings = place.landings
            known = await self._known(place, asked, uids)
            if all(len(rows) == len(uids) for _, rows in known):
                return _told(known, uids, {})
            if place.landings == landings:
                break  # else what is missing may have come while we looked on the disk

        async def brought_by(asks: tuple[bytes, ...], part: Sequence[int]) -> Rows:
            async def bring(some: Sequence[int]) -> Rows:
                rows = await self._upstream.fetch(folder, uidvalidity, some, asks, octets=octets)
                self._shelf.keep(place, asks, rows)
                return {row.uid: row for row in rows}

            return await self._flights.rows(place, asks, part, bring)

        missing = self._missing(place, known, uids)
        answers = await asyncio.gather(*(brought_by(*one) for one in missing.items()))
        brought = {
            uid: rows[uid]
            for part, rows in zip(missing.values(), answers, strict=True)
            for uid in part
            if uid in rows
        }
        return _told(known, uids, brought)

    async def known(
        self, folder: str, uidvalidity: int, uids: Sequence[int], attributes: Sequence[bytes]
    ) -> list[ContentRow]:
        asked = _all_asked(attributes)
        if asked is None:
            return []
        known = await self._known(self._shelf.place(folder, uidvalidity), asked, uids)
        return _told(known, uids, {})

    async def _known(
        self, place: CachedFolder, asked: list[CacheableAttribute], uids: Sequence[int]
    ) -> Known:
        return [(one, await self._shelf.find(place, one, uids)) for one in asked]

    def _missing(
        self, place: CachedFolder, known: Known, uids: Sequence[int]
    ) -> dict[tuple[bytes, ...], list[int]]:
        """What to ask of which messages."""
        missing: defaultdict[tuple[bytes, ...], list[int]] = defaultdict(list)
        for uid in uids:
            absent = [one for one, rows in known if uid not in rows]
            if absent:
                missing[self._shelf.asks(place, absent, uid)].append(uid)
        return missing

    async def search(self, folder: str, uidvalidity: int, criteria: bytes) -> list[int]:
        """Where the provider won't, it is done here, with what is kept."""
        key = KText.of_key(criteria)
        foreign = not criteria.isascii()
        if key is None or not (foreign and self._refuses_charset):
            try:
                return await self._upstream.search(folder, uidvalidity, criteria)
            except UpstreamRefused as refused:
                if key is None or is_about_all(refused):
                    raise
                self._refuses_charset = foreign and refused.code == "BADCHARSET"
        there = await self._upstream.scan_flags(folder, uidvalidity)
        fetch = partial(self.fetch, folder, uidvalidity)
        return await search_here(fetch, [row.uid for row in there], key)

    # ------------------------------------------------------------------ forgetting

    def gone(self, folder: str, uidvalidity: int, uids: Collection[int]) -> None:
        self._shelf.forget(folder, uidvalidity, uids)
        self._upstream.gone(folder, uidvalidity, uids)

    async def expunge(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> None:
        await self._upstream.expunge(folder, uidvalidity, uids)
        self._shelf.forget(folder, uidvalidity, uids)

    async def move(
        self, folder: str, uidvalidity: int, uids: Sequence[int], target: str
    ) -> CopyMap | None:
        moved = await self._upstream.move(folder, uidvalidity, uids, target)
        self._shelf.forget(folder, uidvalidity, uids)
        return moved

    async def list_folders(self, unreadable: list[str] | None = None) -> list[UpstreamFolder]:
        unread: list[str] = []
        folders = await self._upstream.list_folders(unread)
        self._delimiter = next((one.delimiter for one in folders if one.delimiter), "")
        if not unread:  # else one of those may be a folder that something is kept of
            self._shelf.folders_are(one.name for one in folders)
        if unreadable is not None:
            unreadable += unread
        return folders

    async def delete(self, folder: str) -> None:
        await self._upstream.delete(folder)
        self._shelf.forget_folder(folder, self._delimiter)

    async def rename(self, folder: str, to: str) -> None:
        await self._upstream.rename(folder, to)
        self._shelf.forget_folder(folder, self._delimiter)


def _all_asked(attributes: Sequence[bytes]) -> list[CacheableAttribute] | None:
    """None where the provider must be asked for one of them in any case."""
    asked: dict[CacheableAttribute, None] = {}
    for attribute in attributes:
        one = asked_of(attribute)
        if one is None:
            return None
        asked[one] = None
    return [*asked]


def _told(known: Known, uids: Sequence[int], brought: Rows) -> list[ContentRow]:
    """The rows that are complete now."""
    if len(known) == 1 and not brought:
        rows = known[0][1]
        return [rows[uid] for uid in uids if uid in rows]
    told: list[ContentRow] = []
    for uid in uids:
        row = brought.get(uid)
        values: dict[bytes, bytes | Blob] = {}
        for one, rows in known:
            found = rows.get(uid)
            if found is not None:
                values |= found.values
            elif row is not None:
                values |= _picked(row, one)
            else:
                break
        else:
            told.append(ContentRow(uid, values))
    return told


def _picked(row: ContentRow, one: CacheableAttribute) -> dict[bytes, bytes | Blob]:
    """Of an answer that may have more in it, what was asked for; a piece cut from the whole."""
    values: dict[bytes, bytes | Blob] = {}
    for name, value in row.values.items():
        key = key_of(name)
        if key == one.answer:
            values[name] = value
        elif key == one.key and one.partial is not None:
            values |= cut(ContentRow(row.uid, {name: value}), *one.partial).values
    return values
