"""The provider's side with some folders more: internal notes, drafts of them, reminders, and mails
that wait before they leave (the port UpstreamMailbox).

A provider in front of the provider, as the cache is: whatever is done with folders and mails is
done with these too, and only here is known that no provider has them. Invariants: nothing of a
note reaches the provider, and nothing of the provider's gets in here; what is in here is told
whether the provider answers or not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from functools import partial

from proxyd.domain import held
from proxyd.domain.errors import UidValidityChanged, UpstreamError, UpstreamRefused
from proxyd.domain.internal_date import internal_date
from proxyd.domain.notes import FOLDERS as OF_NOTES
from proxyd.domain.notes import KINDS, UIDVALIDITY
from proxyd.domain.permanent_flags import PermanentFlags
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.ports.held import HeldStore
from proxyd.domain.ports.notes import NoteRow, NoteStore
from proxyd.domain.ports.upstream_mailbox import UpstreamMailbox
from proxyd.domain.ports.upstream_rows import (
    AppendedMail,
    ContentRow,
    CopyMap,
    FlagRow,
    FolderStatus,
    HeaderRow,
    UpstreamFolder,
    UpstreamQuota,
)
from proxyd.domain.types import Blob, BytesBlob
from proxyd.imapwire.mime import MimeMail
from proxyd.imapwire.search_key import KText
from proxyd.upstream.made_here import WHOLE, MailOctets, row
from proxyd.upstream.passing import Passing
from proxyd.upstream.search_here import search_here

FOLDERS = {**OF_NOTES, **held.FOLDERS}
SPOOLED = 256 * 1024  # a body of more octets is handed over as a Blob


class NotedMailbox(Passing):
    def __init__(self, upstream: UpstreamMailbox, mailbox_id: int, store: Database) -> None:
        super().__init__(upstream)
        self._mailbox_id = mailbox_id
        self._store = store

    # ------------------------------------------------------------------ which there are

    async def list_folders(self, unreadable: list[str] | None = None) -> list[UpstreamFolder]:
        theirs = await self._upstream.list_folders(unreadable)
        ours = [UpstreamFolder(name, "", frozenset({word})) for name, word in FOLDERS.items()]
        return [*(each for each in theirs if each.name not in FOLDERS), *ours]

    async def status(
        self, folders: Sequence[str], refused: dict[str, UpstreamError] | None = None
    ) -> dict[str, FolderStatus]:
        theirs = [name for name in folders if name not in FOLDERS]
        found = await self._upstream.status(theirs, refused) if theirs else {}
        for name in FOLDERS.keys() & set(folders):
            rows = await self._rows(name, UIDVALIDITY)
            uidnext = await self._store.read(partial(_next_uid, folder=name))
            found = {**found, name: FolderStatus(UIDVALIDITY, uidnext, len(rows), None)}
        return found

    async def permanent_flags(self, folder: str) -> PermanentFlags:
        if folder in FOLDERS:
            return PermanentFlags(keywords=False)  # they are kept with the message
        return await self._upstream.permanent_flags(folder)

    # ------------------------------------------------------------------ reading

    async def _rows(self, folder: str, uidvalidity: int) -> Sequence[NoteRow]:
        if uidvalidity != UIDVALIDITY:
            raise UidValidityChanged(folder, UIDVALIDITY)
        return await self._store.read(lambda tx: _rows(tx, self._mailbox_id, folder))

    async def _octets(self, folder: str, uids: Collection[int]) -> dict[int, bytes]:
        mailbox_id = self._mailbox_id
        return await self._store.read(lambda tx: _shelf(tx, folder).messages(mailbox_id, uids))

    async def scan_flags(
        self, folder: str, uidvalidity: int, *, changed_since: int | None = None
    ) -> list[FlagRow]:
        if folder not in FOLDERS:
            return await self._upstream.scan_flags(folder, uidvalidity, changed_since=changed_since)
        return [FlagRow(each.uid, each.flags) for each in await self._rows(folder, uidvalidity)]

    async def scan_headers(
        self, folder: str, uidvalidity: int, uids: Sequence[int], fields: Sequence[str]
    ) -> list[HeaderRow]:
        if folder not in FOLDERS:
            return await self._upstream.scan_headers(folder, uidvalidity, uids, fields)
        wanted = set(uids)
        rows = [each for each in await self._rows(folder, uidvalidity) if each.uid in wanted]
        octets = await self._octets(folder, [each.uid for each in rows])
        return [
            HeaderRow(
                each.uid, each.flags, each.size, internal_date(each.at_us), _head(octets[each.uid])
            )
            for each in rows
            if each.uid in octets
        ]

    async def fetch(
        self,
        folder: str,
        uidvalidity: int,
        uids: Sequence[int],
        attributes: Sequence[bytes],
        *,
        octets: int = 0,
    ) -> list[ContentRow]:
        if folder not in FOLDERS:
            return await self._upstream.fetch(folder, uidvalidity, uids, attributes, octets=octets)
        if uidvalidity != UIDVALIDITY:
            raise UidValidityChanged(folder, UIDVALIDITY)
        notes = await self._octets(folder, uids)
        return await asyncio.to_thread(_content, notes, attributes)

    async def known(
        self, folder: str, uidvalidity: int, uids: Sequence[int], attributes: Sequence[bytes]
    ) -> list[ContentRow]:
        if folder in FOLDERS:
            return await self.fetch(folder, uidvalidity, uids, attributes)
        return await self._upstream.known(folder, uidvalidity, uids, attributes)

    async def present(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> dict[int, int]:
        if folder not in FOLDERS:
            return await self._upstream.present(folder, uidvalidity, uids)
        wanted = set(uids)
        rows = await self._rows(folder, uidvalidity)
        return {each.uid: each.size for each in rows if each.uid in wanted}

    async def search(self, folder: str, uidvalidity: int, criteria: bytes) -> list[int]:
        if folder not in FOLDERS:
            return await self._upstream.search(folder, uidvalidity, criteria)
        uids = [each.uid for each in await self._rows(folder, uidvalidity)]
        key = KText.of_key(criteria)
        if key is None:
            raise UpstreamRefused("no such criterion", "CANNOT")
        return await search_here(partial(self.fetch, folder, UIDVALIDITY), uids, key)

    # ------------------------------------------------------------------ changing

    def gone(self, folder: str, uidvalidity: int, uids: Collection[int]) -> None:
        if folder not in FOLDERS:
            self._upstream.gone(folder, uidvalidity, uids)

    async def store_flags(
        self, folder: str, uidvalidity: int, uids: Sequence[int], mode: str, flags: Sequence[str]
    ) -> list[FlagRow]:
        if folder not in FOLDERS:
            return await self._upstream.store_flags(folder, uidvalidity, uids, mode, flags)
        wanted, system = set(uids), {word for word in flags if word.startswith("\\")}
        rows = [each for each in await self._rows(folder, uidvalidity) if each.uid in wanted]
        now = {each.uid: _changed(each.flags, mode, system) for each in rows}
        mailbox_id = self._mailbox_id
        await self._store.write(lambda tx: _shelf(tx, folder).set_flags(mailbox_id, now))
        return [FlagRow(uid, words) for uid, words in now.items()]

    async def expunge(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> None:
        if folder not in FOLDERS:
            await self._upstream.expunge(folder, uidvalidity, uids)
            return
        if folder in held.FOLDERS:
            _require_theirs(folder)
        await self._rows(folder, uidvalidity)
        await self._store.write(lambda tx: tx.notes.remove(self._mailbox_id, uids))

    # ------------------------------------------------------------------ what must not be

    async def copy(
        self, folder: str, uidvalidity: int, uids: Sequence[int], target: str
    ) -> CopyMap | None:
        _require_theirs(folder, target)
        return await self._upstream.copy(folder, uidvalidity, uids, target)

    async def move(
        self, folder: str, uidvalidity: int, uids: Sequence[int], target: str
    ) -> CopyMap | None:
        _require_theirs(folder, target)
        return await self._upstream.move(folder, uidvalidity, uids, target)

    async def append(
        self,
        folder: str,
        flags: Sequence[str],
        internal_date: str | None,
        message: Blob,
        *,
        binary: bool = False,
    ) -> tuple[int, int] | None:
        _require_theirs(folder)
        return await self._upstream.append(folder, flags, internal_date, message, binary=binary)

    async def append_all(
        self, folder: str, mails: Sequence[AppendedMail]
    ) -> tuple[int, Sequence[int]] | None:
        _require_theirs(folder)
        return await self._upstream.append_all(folder, mails)

    async def create(self, folder: str, use: str = "") -> None:
        _require_theirs(folder)
        await self._upstream.create(folder, use)

    async def delete(self, folder: str) -> None:
        _require_theirs(folder)
        await self._upstream.delete(folder)

    async def rename(self, folder: str, to: str) -> None:
        _require_theirs(folder, to)
        await self._upstream.rename(folder, to)

    async def quota_roots(self, folder: str) -> list[UpstreamQuota]:
        return [] if folder in FOLDERS else await self._upstream.quota_roots(folder)


def _require_theirs(*folders: str) -> None:
    if not FOLDERS.keys().isdisjoint(folders):
        raise UpstreamRefused("what no provider has stays where it is", "CANNOT")


def _shelf(tx: Transaction, folder: str) -> NoteStore | HeldStore:
    return tx.held if folder in held.FOLDERS else tx.notes


def _next_uid(tx: Transaction, folder: str) -> int:
    return _shelf(tx, folder).next_uid()


def _rows(tx: Transaction, mailbox_id: int, folder: str) -> Sequence[NoteRow]:
    if folder in held.FOLDERS:
        return tx.held.all(mailbox_id, folder)
    return tx.notes.all(mailbox_id, KINDS[folder])


def _changed(flags: Sequence[str], mode: str, system: Collection[str]) -> tuple[str, ...]:
    """Keywords are kept with the message (``permanent_flags``)."""
    now = {"+": {*flags, *system}, "-": set(flags) - set(system), "=": set(system)}[mode]
    return tuple(sorted(now - {"\\Recent"}))


def _head(message: bytes) -> bytes:
    return MimeMail(message).section(b"HEADER", None) or b""


def _content(notes: dict[int, bytes], attributes: Sequence[bytes]) -> list[ContentRow]:
    found: list[ContentRow] = []
    for uid, message in sorted(notes.items()):
        if [one.upper() for one in attributes] == [WHOLE] and len(message) > SPOOLED:
            found.append(ContentRow(uid, {b"BODY[]": BytesBlob(message)}))
            continue
        made = row(MailOctets(message, whole=True, mail=MimeMail(message)), attributes)
        if made is not None:
            found.append(ContentRow(uid, made))
    return found
