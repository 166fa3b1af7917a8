"""Keeps a mailroom in step with upstream: which folders there are, and which of them have changed.

One round lists the folders and asks for the STATUS of all in one go; a folder is only read where
its numbers differ (folder_sync.py). INBOX is watched (IDLE) and followed beside the rounds, so that
a new mail waits neither for a round nor for the first reading of a big archive; so is what somebody
has open (open_folders.py).

Never touches memory itself: everything goes through ``Mailroom.change``. Invariant: a list of
folders and a change of folders through us never overlap, so that no list is older than what it is
compared with.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from proxyd.domain.errors import (
    ProxydError,
    StoreUnavailable,
    UidValidityChanged,
    UpstreamError,
    UpstreamFolderMissing,
    UpstreamLimited,
    UpstreamRefused,
    UpstreamSignInRefused,
    UpstreamUnavailable,
)
from proxyd.domain.ports.upstream_rows import FolderStatus, UpstreamFolder
from proxyd.domain.thread import Headers
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.condition import TroubleKind, told
from proxyd.service.mailbox.folder_sync import FolderSync
from proxyd.service.mailbox.ghosts import Ghosts
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.open_folders import LOOK_S, OpenFolders, other_mails
from proxyd.service.mailbox.owed import dropped_with
from proxyd.service.mailbox.owed_delivery import OwedDelivery
from proxyd.service.mailbox.retrying import RETRY_FIRST_S, RETRY_MOST_S, Retrying, called

_log = logging.getLogger(__name__)

# Until flags are looked at again that clients were changing: what they do takes a round trip.
UNSURE_S = 0.25
# INBOX is what people wait for: when it can be read again, they need not wait a minute more.
INBOX_RETRY_MOST_S = 8.0
FRESH_S = 1.0  # a folder synchronised so recently is not asked for again by a NOOP
# What a client's NOOP or SELECT waits at most for a look at a folder that nobody watches: less than
# a person feels, and twice the round trip to a provider on the same continent.
REFRESH_WAIT_S = 0.1


class Synchroniser:
    def __init__(
        self,
        room: Mailroom,
        *,
        poll_s: float,
        open_s: float = LOOK_S,
        sending: Callable[[Headers], bool] = lambda headers: False,
    ) -> None:
        self._room = room
        self._poll_s = poll_s
        self._folders = FolderSync(room, sending=sending)
        self._owed = OwedDelivery(room, self._folders.sync_folder)
        self._open = OpenFolders(
            room, self._look_where_wanted, lambda: self._listens, look_s=open_s
        )
        self._call = asyncio.Event()  # a round is wanted before its time
        self._inbox_dirty = asyncio.Event()
        self._listing = asyncio.Lock()
        self._ghosts = Ghosts(room.upstream)
        self._refreshing: dict[int, tuple[asyncio.Task[None], float]] = {}  # with its beginning
        self._missed: set[int] = set()  # folders that were listed and could not be opened
        # Folders that could not be read → for how long they are left alone, and until when.
        self._resting: dict[int, tuple[float, float]] = {}
        self._listens = False  # the watcher's line is up
        self._taking_in = False  # what it has told of
        self.first_round_done = asyncio.Event()

    # ------------------------------------------------------------------ the loops

    async def run(self) -> None:
        """Until cancelled. Waits out every kind of upstream trouble."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._make_rounds())
                group.create_task(self._follow_inbox())
                group.create_task(self._open.run())
                group.create_task(self._owed.run())
                group.create_task(self._room.half_done.look_on())
        finally:
            self._listens = False
            for task, _ in self._refreshing.values():
                task.cancel()

    async def _make_rounds(self) -> None:
        retrying = Retrying(self._call)
        watching = False
        while True:
            try:
                await self.list_anew()
                await self._room.half_done.settle()
                if not watching:
                    self._room.upstream.watch("INBOX", self._inbox_dirty.set, self._line)
                    watching = True
                await self.sync_changed()
            except StoreUnavailable as error:  # not the provider's trouble, and told elsewhere
                _log.warning("mailbox %s is not followed: %s", self._room.mailbox.name, error)
            except ProxydError as error:
                self._room.sign_in_refused = isinstance(error, UpstreamSignInRefused)
                self._set_line(up=False, reason=str(error) or type(error).__name__)
            else:
                self._room.sign_in_refused = False
                self._set_line(up=True, reason="")
                self.first_round_done.set()
                retrying.succeeded()
                self._call.clear()
                await called(self._call, self._poll_s)
                continue
            self._call.clear()
            await retrying.after_failure()

    async def _follow_inbox(self) -> None:
        """Take in what the watcher sees, at once."""
        retry = RETRY_FIRST_S
        while True:
            await self._inbox_dirty.wait()
            self._inbox_dirty.clear()
            inbox = self._room.state.folder_named("INBOX")
            if inbox is None:
                continue  # the first round brings it
            self._taking_in = True
            try:
                sure = await self._folders.sync_folder(inbox)
                retry = RETRY_FIRST_S
                self._taking_in = False
                if not self._room.line_up:  # it answers again
                    self._call.set()
                if not sure:  # and nobody tells of it once more
                    await asyncio.sleep(UNSURE_S)
                    self._inbox_dirty.set()
            except ProxydError as error:
                self._taking_in = False
                if isinstance(error, UpstreamRefused | UidValidityChanged):
                    self._note_failure(inbox, error)
                else:  # whose trouble that is, the rounds find out
                    _log.debug("INBOX of %s is not followed: %s", self._room.mailbox.name, error)
                    if isinstance(error, UpstreamError):
                        self._call.set()
                await asyncio.sleep(retry)
                retry = min(retry * 2, INBOX_RETRY_MOST_S)
                self._inbox_dirty.set()

    def _line(self, up: bool, reason: str) -> None:  # noqa: FBT001 - the port's signature
        """``reason`` of a line that is up: why it has to be asked for news."""
        if up and not self._room.line_up:
            self._call.set()  # whatever changed while the line was down
        self._listens = up and not reason
        self._set_line(up=up, reason=reason)
        if up and reason:
            self._room.conditions.begin(TroubleKind.LISTENING, reason)
        elif up:
            self._room.conditions.end(TroubleKind.LISTENING)

    def _set_line(self, *, up: bool, reason: str) -> None:
        room = self._room
        if room.conditions.line(up=up, reason=reason, owed=len(room.state.owed)):
            room.state.owed.wanted.set()

    # ------------------------------------------------------------------ which folders there are

    async def list_anew(self) -> None:
        """Bring the set of folders up to date. Raises UpstreamError, StoreUnavailable."""
        async with self._listing:
            unreadable: list[str] = []
            told = await self._room.upstream.list_folders(unreadable)
            listed = await self._ghosts.as_levels(told)
            if unreadable or not any(folder.name == "INBOX" for folder in listed):
                # RFC 9051 §5.1: there is always one, listed or not. What tells half of it must not
                # undo everything: then nothing is taken away.
                names = {folder.name for folder in listed}
                there = self._room.state.folders.values()
                listed += [
                    UpstreamFolder(f.name, f.delimiter, f.attributes)
                    for f in there
                    if f.name not in names
                ]
                if not any(folder.name == "INBOX" for folder in listed):
                    delimiter = next((one.delimiter for one in listed), "")
                    listed.append(UpstreamFolder("INBOX", delimiter, frozenset()))
            self._note_names(unreadable)
            await self._room.change(lambda change: self._stage_folders(change, listed))
            self._room.conditions.keep_folders(folder.name for folder in listed)

    def _note_names(self, unreadable: Sequence[str]) -> None:
        if unreadable:
            reason = f"{len(unreadable)} of them; {unreadable[0]}"
            self._room.conditions.begin(TroubleKind.NAMES, reason)
        else:
            self._room.conditions.end(TroubleKind.NAMES)

    async def list_soon(self) -> bool:
        """The same, now or with the next round. False: not now. Raises StoreUnavailable."""
        try:
            await self.list_anew()
        except UpstreamError as error:
            _log.warning("folders of %s are listed later: %s", self._room.mailbox.name, error)
            self._call.set()
            return False
        return True

    async def delete(self, folder: Folder) -> None:
        """Upstream; ``list_anew`` tells what is left of it. Raises UpstreamError."""
        await self._room.upstream.delete(folder.name)
        self._ghosts.deleted(folder.name)

    async def rename(self, folder: Folder, to: str) -> None:
        """Rename upstream; the folder and those below it stay what they are, with their UIDs."""
        room = self._room
        async with self._listing:
            old = folder.name
            await self._renamed(old, to)
            below = old + folder.delimiter if folder.delimiter else None

            def stage(change: Change) -> None:
                for each in list(room.state.folders.values()):
                    if each is folder or (below and each.name.startswith(below)):
                        change.mark_folder(each, name=to + each.name[len(old) :])
                    elif each.name == to:
                        change.remove_folder(each)  # gone upstream, else it had said no

            await room.change(stage)

    async def _renamed(self, old: str, to: str) -> None:
        """Raises UpstreamError; not where the line broke and the provider has done it."""
        upstream = self._room.upstream
        try:
            await upstream.rename(old, to)
        except UpstreamUnavailable:
            names = {folder.name for folder in await upstream.list_folders()}
            if old in names or to not in names:
                raise

    def _stage_folders(self, change: Change, listed: Sequence[UpstreamFolder]) -> None:
        by_name = {folder.name: folder for folder in listed}
        for folder in list(self._room.state.folders.values()):
            now = by_name.get(folder.name)
            if now is None or now.selectable != folder.selectable:
                # A folder deleted while others stand below it stays as a mere level.
                owed, mails = self._room.state.owed, folder.by_uid.values()
                change.records += dropped_with(self._room.mailbox.name, owed, mails)
                change.remove_folder(folder)
            else:
                change.mark_folder(folder, attributes=now.attributes)
                del by_name[folder.name]
        for new in by_name.values():
            change.add_folder(Folder(0, new.name, new.delimiter, new.attributes))

    # ------------------------------------------------------------------ which have changed

    async def sync_changed(self) -> None:
        """Ask for all folders' numbers in one go, and read those that differ."""
        folders = [f for f in self._room.state.folders.values() if f.selectable]
        # INBOX first, then Sent: staff look there, and answers settle what is open.
        folders.sort(key=lambda f: (f.name != "INBOX", not f.sent, f.name))
        refused: dict[str, UpstreamError] = {}
        statuses = await self._room.upstream.status([f.name for f in folders], refused)
        for folder in folders:
            status = statuses.get(folder.name)
            if folder.name in refused:
                self._note_failure(folder, refused[folder.name])
            elif status is not None:
                await self._look_where_wanted(folder, status)

    async def _look_where_wanted(self, folder: Folder, status: FolderStatus) -> None:
        if self._wants_look(folder, status):
            await self._sync_if_possible(folder)

    def _wants_look(self, folder: Folder, status: FolderStatus) -> bool:
        if asyncio.get_running_loop().time() < self._resting.get(folder.id, (0.0, 0.0))[1]:
            return False
        failed = self._room.conditions.of(TroubleKind.FOLDER, folder.name) is not None
        return failed or _differs(folder, status) or self._folders.has_unread(folder)

    async def _sync_if_possible(self, folder: Folder) -> None:
        """One folder that the provider won't show must not keep the others from us."""
        try:
            await self._folders.sync_folder(folder)
            self._missed.discard(folder.id)
            self._resting.pop(folder.id, None)
        except (UpstreamRefused, UidValidityChanged) as error:
            self._note_failure(folder, error)
        except (UpstreamLimited, UpstreamSignInRefused):
            raise
        except UpstreamUnavailable as error:
            if not await self._answers():
                raise
            self._note_failure(folder, error)

    async def _answers(self) -> bool:
        """Whether the provider does something else than what it could not be asked for."""
        try:
            await self._room.upstream.list_folders()
        except UpstreamError:
            return False
        return True

    def _note_failure(self, folder: Folder, error: UpstreamError) -> None:
        """Look again later; where a second look may find it well or gone, only that one counts."""
        loop = asyncio.get_running_loop()
        pause, _ = self._resting.get(folder.id, (RETRY_FIRST_S / 2, 0.0))
        pause = min(pause * 2, RETRY_MOST_S)
        self._resting[folder.id] = pause, loop.time() + pause
        loop.call_later(pause, self._call.set)
        if isinstance(error, UpstreamFolderMissing | UpstreamUnavailable) and (
            folder.id not in self._missed
        ):
            self._missed.add(folder.id)
        else:
            self._room.conditions.begin(TroubleKind.FOLDER, told(error), folder.name)

    async def refresh(self, folder: Folder) -> None:
        """Bring a folder up to date, unless that was done just now.

        Nobody waits long, and nobody at all where the watcher would have told of news: then it is
        looked only so that a watcher gone deaf does no harm (docs/decisions/017).
        """
        if not self._room.line_up or self._folders.age_s(folder) < FRESH_S:
            return
        loop = asyncio.get_running_loop()
        if folder.id not in self._refreshing:
            task = loop.create_task(self._refresh(folder))
            self._refreshing[folder.id] = task, loop.time()
            task.add_done_callback(lambda done: self._refreshing.pop(folder.id, None))
        task, began = self._refreshing[folder.id]
        patience = began + REFRESH_WAIT_S - loop.time()
        if patience > 0 and not self._hears_of(folder):
            await asyncio.wait({task}, timeout=patience)

    def _hears_of(self, folder: Folder) -> bool:
        """Somebody listens, and all that was heard is taken in."""
        behind = self._inbox_dirty.is_set() or self._taking_in
        return folder.name == "INBOX" and self._listens and not behind

    async def _refresh(self, folder: Folder) -> None:
        try:
            await self._folders.sync_folder(folder)
        except ProxydError as error:  # what is known is shown; the rounds report the trouble
            _log.debug("folder %s is shown as it was: %s", folder.name, error)

    # ------------------------------------------------------------------ one folder

    async def sync_folder(self, folder: Folder) -> None:
        """See FolderSync."""
        await self._folders.sync_folder(folder)

    async def keeps_keywords(self, folder: Folder) -> bool:
        """See FolderSync."""
        return await self._folders.keeps_keywords(folder)

    async def learn_kept(self, folder: Folder) -> None:
        """See FolderSync."""
        await self._folders.learn_kept(folder)

    async def look_again(self, folder: Folder, since: float) -> None:
        """Bring a folder up to date, unless somebody's look has begun since then (loop time).

        For who was told what does not fit what we know. Raises UpstreamError, StoreUnavailable.
        """
        await self._folders.sync_folder(folder, since=since)

    async def deliver_owed(self, folders: Iterable[Folder]) -> None:
        """See OwedDelivery.deliver_soon."""
        await self._owed.deliver_soon(folders)

    async def ingest(
        self,
        folder: Folder,
        uidvalidity: int,
        uids: Sequence[int],
        inherit: Mapping[int, Message] | None = None,
    ) -> dict[int, Message]:
        """See FolderSync."""
        return await self._folders.ingest(folder, uidvalidity, uids, inherit)


def _differs(folder: Folder, now: FolderStatus) -> bool:
    if other_mails(folder, now) or folder.unkept is None:
        return True
    # Without mod-sequences flags can only be compared one by one: every round does.
    return now.highestmodseq is None or now.highestmodseq != folder.modseq
