"""One folder's truth brought up to what upstream has: messages, flags, UIDs.

The cheap way first: new headers by UIDNEXT, flags by mod-sequence; every UID is only compared where
numbers don't add up. What another connection of ours has put there is taken in by ``ingest``.

Never touches memory itself: everything goes through ``Mailroom.change``. Invariants: one look at a
folder at a time; what a client changes while we look is not taken from what we saw: the folder is
looked at again, and its mod-sequence only counts as read when a look was undisturbed; one mail that
the provider can't tell keeps no other from us (unread.py), and what of it stays open is a condition
of the folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from proxyd.domain.errors import UpstreamError, UpstreamFolderMissing, UpstreamRefused
from proxyd.domain.permanent_flags import NO_FLAGS, PermanentFlags
from proxyd.domain.ports.upstream_rows import FlagRow, FolderStatus, HeaderRow
from proxyd.domain.thread import FIELDS, Headers
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.condition import TroubleKind
from proxyd.service.mailbox.identity import identity_of
from proxyd.service.mailbox.indexer import Indexer, hand_down, upstream_flags
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.outside_answer import take_flags
from proxyd.service.mailbox.owed import dropped_with
from proxyd.service.mailbox.portions import portions
from proxyd.service.mailbox.progress import SHOWN_FROM, begun
from proxyd.service.mailbox.unread import is_stand_in

_log = logging.getLogger(__name__)

HEADER_BATCH = 500  # messages per transaction: 0.1-0.2 s of work, so that others get their turn
SMALL_GAP = 1_000  # new UIDs that are asked for without looking first which exist
# Date tells mails without a Message-ID apart: a machine writes the same one every night.
INDEX_FIELDS = FIELDS
# In a row, where clients change the very flags that differ. Each takes a round trip, and who stores
# that fast goes on doing so: the rest is left to the next round.
MOST_LOOKS = 3
# Before a folder that is refused to be opened for writing is tried again, and one that lacks flags
# is asked for them again.
REFUSED_S = 600.0
_NEVER = float("inf")


class FolderSync:
    def __init__(
        self, room: Mailroom, *, sending: Callable[[Headers], bool] = lambda headers: False
    ) -> None:
        self._room = room
        self._sending = sending
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._synced_at: dict[int, float] = {}
        self._looked_for_unread: set[int] = set()  # folders
        self._begun_at: dict[int, float] = {}  # of the last look that came to its end
        # When the provider is asked again which flags a folder keeps; infinite: it keeps all but
        # keywords, and that stays so.
        self._asked_again_at: dict[int, float] = {}

    def age_s(self, folder: Folder) -> float:
        """Seconds since the folder was last brought up to date; infinite if never."""
        at = self._synced_at.get(folder.id)
        return float("inf") if at is None else asyncio.get_running_loop().time() - at

    async def sync_folder(self, folder: Folder, *, since: float | None = None) -> bool:
        """Make the folder's truth what upstream has. Raises UpstreamError, StoreUnavailable.

        False: some flags could not be told from what clients were changing; look again soon.

        ``since`` (loop time): a look that began then or later is good enough. However many wait
        because of the same surprise, one of them looks.
        """
        clock = asyncio.get_running_loop().time
        async with self._locks[folder.id]:
            if folder.id not in self._room.state.folders:
                return True
            if since is not None and self._begun_at.get(folder.id, float("-inf")) >= since:
                return True
            begun_at = clock()
            name = folder.name
            now = await self._status(name)
            if folder.uidvalidity not in (0, now.uidvalidity):
                await self._map_anew(folder, now)
            sure = await self._bring_up_to(folder, now)
            await self._read_unread(folder)
            self._room.conditions.end(TroubleKind.FOLDER, name)
            if sure:
                self._synced_at[folder.id] = clock()
            self._begun_at[folder.id] = begun_at
            return sure

    async def _status(self, name: str) -> FolderStatus:
        refused: dict[str, UpstreamError] = {}
        now = (await self._room.upstream.status([name], refused)).get(name)
        if now is None:
            raise refused.get(name) or UpstreamFolderMissing(name)
        return now

    async def _bring_up_to(self, folder: Folder, now: FolderStatus) -> bool:
        """False: some flags could not be told from what clients were changing meanwhile."""
        room = self._room
        sure = True
        initial = folder.uidnext == 0
        if initial or self._may_keep_others(folder):
            kept, validity = await self._permanent(folder), now.uidvalidity
            await room.change(
                lambda change: change.mark_folder(
                    folder, uidvalidity=validity, keywords=kept.keywords, unkept=kept.unkept
                )
            )
        # A UIDNEXT that is not said, or goes back, says nothing of what is new.
        silent = not now.uidnext or now.uidnext < folder.uidnext
        if initial or silent or now.uidnext - folder.uidnext > SMALL_GAP:
            sure = await self._scan(folder, now.uidvalidity, initial=initial)
        else:
            fresh = [u for u in range(folder.uidnext, now.uidnext) if u not in folder.by_uid]
            await self._read_new(folder, now.uidvalidity, fresh, initial=False)
            sure = await self._read_flags(folder, now)
        # Unsure, the old mod-sequence stays: the next round asks for all that changed since.
        modseq = (now.highestmodseq or 0) if sure else folder.modseq
        uidnext = now.uidnext or max(folder.by_uid, default=0) + 1
        await room.change(lambda change: change.mark_folder(folder, uidnext=uidnext, modseq=modseq))
        return sure

    async def keeps_keywords(self, folder: Folder) -> bool:
        """Also of a folder that waits for its first reading, behind a big one say: ``keywords``
        says nothing of it yet. Nor where it was refused to be opened. Raises UpstreamError.
        """
        says_no = self._asked_again_at.get(folder.id) == _NEVER
        return folder.keywords or (not says_no and (await self._permanent(folder)).keywords)

    async def learn_kept(self, folder: Folder) -> None:
        """Which flags the folder keeps by now. Raises UpstreamError, StoreUnavailable."""
        kept = await self._permanent(folder)
        await self._room.change(
            lambda change: change.mark_folder(folder, keywords=kept.keywords, unkept=kept.unkept)
        )

    def _may_keep_others(self, folder: Folder) -> bool:
        """Nobody knows; or not all as far as we know, and rights come, or it was a refusal."""
        if folder.unkept is None:
            return True
        due = self._asked_again_at.get(folder.id, 0.0)
        lacks = folder.unkept or not folder.keywords
        return bool(lacks) and asyncio.get_running_loop().time() >= due

    async def _permanent(self, folder: Folder) -> PermanentFlags:
        again_at = asyncio.get_running_loop().time() + REFUSED_S
        try:
            kept = await self._room.upstream.permanent_flags(folder.name)
        except UpstreamFolderMissing:
            raise
        except UpstreamRefused as refused:
            # What may only be read keeps nothing; others may be opened later.
            self._asked_again_at[folder.id] = again_at
            shut = refused.code.upper() == "READ-ONLY"
            return PermanentFlags(keywords=False, unkept=NO_FLAGS if shut else frozenset())
        # The lack of a right is one of today (RFC 4314), that of keywords the server's.
        if kept.unkept:
            self._asked_again_at[folder.id] = again_at
        elif not kept.keywords:
            self._asked_again_at[folder.id] = _NEVER
        return kept

    async def _read_flags(self, folder: Folder, now: FolderStatus) -> bool:
        if not folder.modseq or (now.highestmodseq or 0) < folder.modseq:
            return await self._scan(folder, now.uidvalidity, initial=False)
        sure = True
        if now.highestmodseq != folder.modseq:
            sure = await self._look(folder, now.uidvalidity, changed_since=folder.modseq)
        if len(folder.by_uid) != now.messages:
            return await self._scan(folder, now.uidvalidity, initial=False) and sure
        return sure

    async def _scan(self, folder: Folder, uidvalidity: int, *, initial: bool) -> bool:
        """Compare every UID and its flags; the dear way, for the first time and for expunges."""
        before = set(folder.by_uid)
        present: set[int] = set()
        sure = await self._look(folder, uidvalidity, present=present)
        gone = [folder.by_uid[u] for u in before if u not in present and u in folder.by_uid]
        if gone:
            await self._room.change(lambda change: self._stage_gone(change, gone))
        fresh = sorted(uid for uid in present if uid not in folder.by_uid)
        await self._read_new(folder, uidvalidity, fresh, initial=initial)
        return sure

    def _stage_gone(self, change: Change, messages: Sequence[Message]) -> None:
        """What others have removed; with it goes what was owed of it."""
        for message in messages:
            for kind in (TroubleKind.MAILS, TroubleKind.FLAGS):
                if self._room.conditions.has(kind, message.folder.name, message.uid):
                    self._room.conditions.mails(kind, message.folder.name, {}, [message.uid])
        room, present = self._room, change.remove_all(messages)
        change.records += dropped_with(room.mailbox.name, room.state.owed, present)

    async def _look(
        self,
        folder: Folder,
        uidvalidity: int,
        *,
        changed_since: int | None = None,
        present: set[int] | None = None,
    ) -> bool:
        """Take in flags, again while clients change what differs; False: it still differs.

        ``present`` gets the UIDs that the last look saw.
        """
        room = self._room
        for _ in range(MOST_LOOKS):
            with room.flags_under_way.looking() as touched:
                rows = await room.upstream.scan_flags(
                    folder.name, uidvalidity, changed_since=changed_since
                )
                self._note_flags(folder, rows)
                if present is not None:
                    present.clear()
                    present.update(row.uid for row in rows)
                sure, rest = True, iter(rows)
                while True:  # as often as it takes, so that others get their turn
                    stage = partial(self._stage_look, folder, rest, touched)
                    done, well = await room.change(stage)
                    sure = sure and well
                    if done:
                        break
                if sure:
                    return True
        return False

    def _stage_look(
        self, folder: Folder, rows: Iterator[FlagRow], touched: set[Message], change: Change
    ) -> tuple[bool, bool]:
        """(whether that were all, whether it is sure)."""
        sure = True
        for row in rows:
            message = folder.by_uid.get(row.uid)
            if message is None or not row.known:
                continue
            flags = upstream_flags(row.flags)
            if message not in touched:
                take_flags(change, self._room, message, flags)
            elif message in self._room.flags_under_way or set(flags) != set(message.flags):
                sure = False
            if change.has_done_enough:
                return False, sure
        return True, sure

    async def _read_new(
        self, folder: Folder, uidvalidity: int, uids: Sequence[int], *, initial: bool
    ) -> None:
        indexer = Indexer(self._room, folder, initial=initial, sending=self._sending)
        await self._read_headers(folder, uidvalidity, uids, indexer)

    async def _read_headers(
        self, folder: Folder, uidvalidity: int, uids: Sequence[int], indexer: Indexer
    ) -> dict[int, Message]:
        """By upstream UID; messages that are gone already are left out."""
        found: dict[int, Message] = {}
        clock, reading = asyncio.get_running_loop().time, self._room.state.reading
        progress = begun(len(folder.by_uid), len(uids), clock())
        if len(uids) >= SHOWN_FROM:
            reading[folder] = progress
        try:
            for start in range(0, len(uids), HEADER_BATCH):
                batch = uids[start : start + HEADER_BATCH]
                with self._room.flags_under_way.looking() as touched:
                    rows = await self._headers(folder, uidvalidity, batch)
                    for part in portions(sorted(rows, key=lambda row: row.uid)):
                        rest = part
                        while rest:
                            stage = partial(indexer.stage, rows=rest, touched=touched)
                            messages = await self._room.change(stage)
                            found.update((message.uid, message) for message in messages)
                            rest = rest[len(messages) :]
                if progress.advance(len(batch), clock()) and folder in reading:
                    name, told = self._room.mailbox.name, progress.told(clock())
                    _log.info("folder %s of %s: %s", folder.name, name, told)
        finally:
            reading.pop(folder, None)
        return found

    async def _headers(
        self, folder: Folder, uidvalidity: int, uids: Sequence[int]
    ) -> list[HeaderRow]:
        upstream, fields = self._room.upstream, (*INDEX_FIELDS, *self._room.rulebook.fields)
        rows = await upstream.scan_headers(folder.name, uidvalidity, uids, fields)
        self._note_flags(folder, rows)
        bad = {row.uid: row.trouble for row in rows if row.trouble}
        well = (row.uid for row in rows if not row.trouble)
        self._room.conditions.mails(TroubleKind.MAILS, folder.name, bad, well)
        return rows

    def _note_flags(self, folder: Folder, rows: Iterable[FlagRow | HeaderRow]) -> None:
        bad = {row.uid: "" for row in rows if row.left_out}
        well = (row.uid for row in rows if not row.left_out)
        self._room.conditions.mails(TroubleKind.FLAGS, folder.name, bad, well)

    # ------------------------------------------------------------------ what could not be read

    def has_unread(self, folder: Folder) -> bool:
        """Whether mails of it wait to be read again."""
        return bool(self._unread_of(folder))

    def _unread_of(self, folder: Folder) -> list[int]:
        """Upstream's UIDs. Looked for once in all mails, and then where there was trouble."""
        if folder.id not in self._looked_for_unread:
            self._looked_for_unread.add(folder.id)
            bad = {uid: "" for uid, m in folder.by_uid.items() if is_stand_in(m)}
            self._room.conditions.mails(TroubleKind.MAILS, folder.name, bad)
        told = self._room.conditions.of(TroubleKind.MAILS, folder.name)
        uids = told.uids if told is not None else ()
        return [u for u in uids if (m := folder.by_uid.get(u)) is not None and is_stand_in(m)]

    async def _read_unread(self, folder: Folder) -> None:
        """Once more; how often the provider is really asked is its adapter's business."""
        uids = self._unread_of(folder)
        with contextlib.suppress(UpstreamRefused):  # of these; all others have been read
            if uids:
                await self._read_new(folder, folder.uidvalidity, uids, initial=False)

    async def ingest(
        self,
        folder: Folder,
        uidvalidity: int,
        uids: Sequence[int],
        inherit: Mapping[int, Message] | None = None,
    ) -> dict[int, Message]:
        """Take in messages we have just put there; by upstream UID. Raises as ``sync_folder``.

        ``inherit`` names, by the new UID, the message each is a copy of.
        """
        async with self._locks[folder.id]:
            if folder.uidvalidity == uidvalidity:
                indexer = Indexer(self._room, folder, inherit=inherit, sending=self._sending)
                return await self._read_headers(folder, uidvalidity, uids, indexer)
        await self.sync_folder(folder)
        if folder.uidvalidity != uidvalidity:
            return {}  # numbered anew since: these UIDs are others'
        there = {uid: folder.by_uid[uid] for uid in uids if uid in folder.by_uid}
        copies = [(there[uid], origin) for uid, origin in (inherit or {}).items() if uid in there]
        await self._room.change(lambda change: hand_down(change, copies))
        return there

    # ------------------------------------------------------------------ UIDVALIDITY changed

    async def _map_anew(self, folder: Folder, now: FolderStatus) -> None:
        """Upstream numbers the folder anew: find each known message again by id and size.

        Our own UIDs stay, because the messages do (docs/design.md §3 "Views").
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
            for part in portions(await self._headers(folder, now.uidvalidity, batch)):
                for row in (row for row in part if not row.trouble):  # with it, it comes in anew
                    if same := known[identity_of(row), row.size]:
                        found[same.pop()] = row.uid
                await asyncio.sleep(0)
        # What is new among them is news: only a folder never read to its end has UIDNEXT 0.
        uidnext = min(folder.uidnext, 1)

        def stage(change: Change) -> None:
            self._stage_gone(change, [m for m in folder.by_uid.values() if m not in found])
            for message, uid in found.items():
                change.set_uid(message, uid)
            change.mark_folder(folder, uidvalidity=now.uidvalidity, uidnext=uidnext, modseq=0)

        await self._room.change(stage)
