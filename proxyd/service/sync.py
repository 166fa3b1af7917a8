"""Keeps a mailroom in step with upstream: folders, messages, flags.

One round lists the folders and asks for the STATUS of all in one go; a folder is only read where
its numbers differ. INBOX is watched (IDLE), so that a new mail costs two round trips. What another
connection of ours changes (APPEND, COPY) is taken in at once by ``ingest``.

Never touches memory itself: everything goes through ``Mailroom.change``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from proxyd.domain.errors import (
    ProxydError,
    UidValidityChanged,
    UpstreamFolderMissing,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxyd.domain.ports import FlagRow, FolderStatus, HeaderRow, UpstreamFolder
from proxyd.domain.thread import FIELDS, parse_headers
from proxyd.service.change import Change
from proxyd.service.indexer import Indexer, identity, upstream_flags
from proxyd.service.mailroom import Mailroom
from proxyd.service.model import Folder, Message

_log = logging.getLogger(__name__)

HEADER_BATCH = 500  # messages per transaction: 0.1-0.2 s of work, so that others get their turn
SMALL_GAP = 1_000  # new UIDs that are asked for without looking first which exist
RETRY_FIRST_S, RETRY_MOST_S = 1.0, 60.0
FRESH_S = 1.0  # a folder synchronised so recently is not asked for again by a NOOP
REFRESH_WAIT_S = 0.3  # what a client's NOOP or SELECT waits at most for a slow upstream


class Synchroniser:
    def __init__(
        self,
        room: Mailroom,
        *,
        poll_s: float,
        sending: Callable[[str], bool] = lambda message_id: False,
    ) -> None:
        self._room = room
        self._poll_s = poll_s
        self._sending = sending
        self._wake = asyncio.Event()
        self._inbox_dirty = False
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._synced_at: dict[int, float] = {}
        self._refreshing: dict[int, asyncio.Task[None]] = {}
        self.first_round_done = asyncio.Event()

    # ------------------------------------------------------------------ the loop

    async def run(self) -> None:
        """Until cancelled. Waits out every kind of upstream trouble."""
        retry = RETRY_FIRST_S
        watching = False
        while True:
            try:
                await self._round()
                self._set_line(up=True, reason="")
                if not watching:
                    self._room.upstream.watch("INBOX", self._inbox_changed, self._line)
                    watching = True
                self.first_round_done.set()
                retry = RETRY_FIRST_S
                await self._follow_inbox()
            except ProxydError as error:
                self._set_line(up=False, reason=str(error) or type(error).__name__)
                await self._sleep(retry)
                retry = min(retry * 2, RETRY_MOST_S)

    async def _follow_inbox(self) -> None:
        """Take in what the watcher sees, until it is time for the next round."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._poll_s
        while (left := end - loop.time()) > 0:
            await self._sleep(left)
            if self._inbox_dirty:
                self._inbox_dirty = False
                folder = self._room.state.folder_named("INBOX")
                if folder is not None:
                    await self.sync_folder(folder)

    async def _sleep(self, seconds: float) -> None:
        self._wake.clear()
        if not self._inbox_dirty:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)

    def _inbox_changed(self) -> None:
        self._inbox_dirty = True
        self._wake.set()

    def _line(self, up: bool, reason: str) -> None:  # noqa: FBT001 - the port's signature
        self._set_line(up=up, reason=reason)
        if up:
            self._inbox_changed()  # whatever came while the line was down

    def _set_line(self, *, up: bool, reason: str) -> None:
        room = self._room
        if up != room.line_up:
            level = logging.INFO if up else logging.ERROR
            said = "is up" if up else f"is down: {reason}"
            _log.log(level, "upstream of mailbox %s %s", room.mailbox.name, said)
        room.line_up, room.line_reason = up, reason

    # ------------------------------------------------------------------ a round

    async def _round(self) -> None:
        await self.list_anew()
        await self.sync_changed()

    async def list_anew(self) -> None:
        """Bring the set of folders up to date. Raises UpstreamError, StoreUnavailable."""
        listed = await self._room.upstream.list_folders()
        await self._room.change(lambda change: self._stage_folders(change, listed))

    async def renamed(self, folder: Folder, to: str) -> None:
        """A folder was renamed through us: it and those below it stay what they are."""
        room, old = self._room, folder.name
        below = old + folder.delimiter
        under = [
            f for f in room.state.folders.values() if folder.delimiter and f.name.startswith(below)
        ]

        def stage(change: Change) -> None:
            change.mark_folder(folder, name=to)
            for each in under:
                change.mark_folder(each, name=to + each.name[len(old) :])

        await room.change(stage)
        room.version += 1

    def _stage_folders(self, change: Change, listed: Sequence[UpstreamFolder]) -> None:
        state = self._room.state
        by_name = {folder.name: folder for folder in listed}
        for folder in list(state.folders.values()):
            now = by_name.pop(folder.name, None)
            if now is None:
                change.remove_folder(folder)
            else:
                change.mark_folder(folder, attributes=now.attributes)
        for new in by_name.values():
            change.add_folder(Folder(0, new.name, new.delimiter, new.attributes))
        if len(state.folders) != len(listed) or by_name:
            self._room.version += 1

    async def sync_changed(self) -> None:
        """Ask for all folders' numbers in one go, and read those that differ."""
        folders = [f for f in self._room.state.folders.values() if f.selectable]
        # INBOX first, then Sent: staff look there, and answers settle what is open.
        folders.sort(key=lambda f: (f.name != "INBOX", not f.sent, f.name))
        statuses = await self._room.upstream.status([f.name for f in folders])
        for folder in folders:
            status = statuses.get(folder.name)
            if status is not None and _differs(folder, status):
                with contextlib.suppress(UpstreamFolderMissing):
                    await self.sync_folder(folder, status)

    async def refresh(self, folder: Folder) -> None:
        """Bring a folder up to date, unless that was done just now or upstream is slow."""
        loop = asyncio.get_running_loop()
        if not self._room.line_up or loop.time() - self._synced_at.get(folder.id, 0) < FRESH_S:
            return
        task = self._refreshing.get(folder.id)
        if task is None:
            task = loop.create_task(self._refresh(folder))
            self._refreshing[folder.id] = task
            task.add_done_callback(lambda done: self._refreshing.pop(folder.id, None))
        await asyncio.wait({task}, timeout=REFRESH_WAIT_S)

    async def _refresh(self, folder: Folder) -> None:
        with contextlib.suppress(UpstreamUnavailable, UpstreamRefused, UidValidityChanged):
            await self.sync_folder(folder)

    # ------------------------------------------------------------------ one folder

    async def sync_folder(self, folder: Folder, status: FolderStatus | None = None) -> None:
        """Make the folder's truth what upstream has. Raises UpstreamError, StoreUnavailable."""
        async with self._locks[folder.id]:
            if folder.id not in self._room.state.folders:
                return
            now = status or (await self._room.upstream.status([folder.name])).get(folder.name)
            if now is None:
                raise UpstreamFolderMissing(folder.name)
            if folder.uidvalidity not in (0, now.uidvalidity):
                await self._map_anew(folder, now)
            await self._bring_up_to(folder, now)
            self._synced_at[folder.id] = asyncio.get_running_loop().time()

    async def _bring_up_to(self, folder: Folder, now: FolderStatus) -> None:
        room, upstream = self._room, self._room.upstream
        initial = folder.uidnext == 0
        if initial:
            keywords = await upstream.accepts_keywords(folder.name)
            marks = {"uidvalidity": now.uidvalidity, "keywords": keywords}
            await room.change(lambda change: change.mark_folder(folder, **marks))
        if initial or now.uidnext - folder.uidnext > SMALL_GAP:
            await self._scan(folder, now.uidvalidity, initial=initial)
        else:
            fresh = [u for u in range(folder.uidnext, now.uidnext) if u not in folder.by_uid]
            await self._read_headers(folder, now.uidvalidity, fresh, initial=False)
            await self._read_flags(folder, now)
        marks = {"uidnext": now.uidnext, "modseq": now.highestmodseq or 0}
        await room.change(lambda change: change.mark_folder(folder, **marks))

    async def _read_flags(self, folder: Folder, now: FolderStatus) -> None:
        if now.highestmodseq is None or not folder.modseq:
            await self._scan(folder, now.uidvalidity, initial=False)
            return
        if now.highestmodseq != folder.modseq:
            rows = await self._room.upstream.scan_flags(
                folder.name, now.uidvalidity, changed_since=folder.modseq
            )
            await self.take_flags(folder, rows)
        if len(folder.by_uid) != now.messages:
            await self._scan(folder, now.uidvalidity, initial=False)

    async def _scan(self, folder: Folder, uidvalidity: int, *, initial: bool) -> None:
        """Compare every UID and its flags; the dear way, for the first time and for expunges."""
        before = set(folder.by_uid)
        rows = await self._room.upstream.scan_flags(folder.name, uidvalidity)
        present = {row.uid for row in rows}
        gone = [folder.by_uid[uid] for uid in before - present if uid in folder.by_uid]
        if gone:
            await self._room.change(lambda change: change.remove_all(gone))
        await self.take_flags(folder, rows)
        fresh = sorted(uid for uid in present if uid not in folder.by_uid)
        await self._read_headers(folder, uidvalidity, fresh, initial=initial)

    async def take_flags(self, folder: Folder, rows: Iterable[FlagRow]) -> None:
        rows = list(rows)

        def stage(change: Change) -> None:
            for row in rows:
                message = folder.by_uid.get(row.uid)
                if message is not None:
                    change.set_flags(message, upstream_flags(row.flags))

        await self._room.change(stage)

    async def _read_headers(
        self, folder: Folder, uidvalidity: int, uids: Sequence[int], *, initial: bool
    ) -> None:
        indexer = Indexer(self._room, folder, initial=initial, sending=self._sending)
        for start in range(0, len(uids), HEADER_BATCH):
            batch = uids[start : start + HEADER_BATCH]
            rows = await self._headers(folder, uidvalidity, batch)
            await self._room.change(lambda change, rows=rows: indexer.stage(change, rows))  # type: ignore[misc]
            if len(uids) > HEADER_BATCH:
                done = min(start + HEADER_BATCH, len(uids))
                _log.info("folder %s: %d of %d messages read", folder.name, done, len(uids))

    async def _headers(
        self, folder: Folder, uidvalidity: int, uids: Sequence[int]
    ) -> list[HeaderRow]:
        upstream = self._room.upstream
        return await upstream.scan_headers(folder.name, uidvalidity, uids, FIELDS)

    async def ingest(
        self,
        folder: Folder,
        uidvalidity: int,
        uids: Sequence[int],
        inherit: Mapping[int, Message] | None = None,
    ) -> dict[int, Message]:
        """Take in messages we have just put there; by upstream UID. Raises as ``sync_folder``."""
        async with self._locks[folder.id]:
            if folder.uidvalidity == uidvalidity:
                rows = await self._headers(folder, uidvalidity, uids)
                indexer = Indexer(self._room, folder, inherit=inherit, sending=self._sending)
                messages = await self._room.change(lambda change: indexer.stage(change, rows))
                return {message.uid: message for message in messages}
        await self.sync_folder(folder)
        return {uid: folder.by_uid[uid] for uid in uids if uid in folder.by_uid}

    # ------------------------------------------------------------------ UIDVALIDITY changed

    async def _map_anew(self, folder: Folder, now: FolderStatus) -> None:
        """Upstream numbers the folder anew: find each known message again by id and size.

        Our own UIDs stay, because the messages do (DESIGN.md §3 "Views").
        """
        _log.warning("folder %s: UIDVALIDITY changed upstream, mapping anew", folder.name)
        present = await self._room.upstream.scan_flags(folder.name, now.uidvalidity)
        known: defaultdict[tuple[str, int], list[Message]] = defaultdict(list)
        for uid in sorted(folder.by_uid, reverse=True):
            message = folder.by_uid[uid]
            known[message.message_id, message.size].append(message)
        found: dict[Message, int] = {}
        uids = sorted(row.uid for row in present)
        for start in range(0, len(uids), HEADER_BATCH):
            batch = uids[start : start + HEADER_BATCH]
            for row in await self._headers(folder, now.uidvalidity, batch):
                same = known[identity(parse_headers(row.header), row), row.size]
                if same:
                    found[same.pop()] = row.uid

        def stage(change: Change) -> None:
            for message in folder.by_uid.values():
                if message in found:
                    change.set_uid(message, found[message])
                else:
                    change.remove(message)
            change.mark_folder(folder, uidvalidity=now.uidvalidity, uidnext=0, modseq=0)

        await self._room.change(stage)


def _differs(folder: Folder, now: FolderStatus) -> bool:
    if (folder.uidvalidity, folder.uidnext) != (now.uidvalidity, now.uidnext):
        return True
    if len(folder.by_uid) != now.messages:
        return True
    # Without mod-sequences flags can only be compared one by one: every round does.
    return now.highestmodseq is None or now.highestmodseq != folder.modseq
