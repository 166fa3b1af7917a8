"""A view opened by one person (SELECT, EXAMINE): reading, flags, search, copy, move, expunge.

Each method is one use case: check the grant, do it, record it. Text and protocol are the edge's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from proxyd.domain.errors import NoSuchView, ReadOnly
from proxyd.domain.events import Action
from proxyd.domain.search import Term
from proxyd.domain.types import LogRecord, SeenMode
from proxyd.domain.workflow import ASSIGNEE_PREFIX
from proxyd.service import flagging, reading, searching
from proxyd.service.api import CopyResult, Facts, FlagMode, Observer, Reading, Row
from proxyd.service.caller import Caller
from proxyd.service.change import Change
from proxyd.service.mailroom import Mailroom
from proxyd.service.model import Message, View
from proxyd.service.moving import Mover
from proxyd.service.sync import Synchroniser
from proxyd.service.tree import Entry

Target = tuple[Entry, Synchroniser]


class OpenedView:
    def __init__(
        self,
        caller: Caller,
        room: Mailroom,
        sync: Synchroniser,
        view: View,
        entry: Entry,
        observer: Observer,
        find: Callable[[str], Target],
        *,
        read_only: bool,
    ) -> None:
        self._caller = caller
        self._room = room
        self._sync = sync
        self._view = view
        self._entry = entry
        self._observer = observer
        self._find = find
        self._read_only = read_only
        view.observers[observer] = caller.account.id

    @property
    def name(self) -> str:
        return self._entry.name

    @property
    def uidvalidity(self) -> int:
        return self._view.uidvalidity

    @property
    def uidnext(self) -> int:
        return self._view.uidnext

    @property
    def read_only(self) -> bool:
        return self._read_only

    @property
    def virtual(self) -> bool:
        return self._entry.virtual

    @property
    def keywords(self) -> tuple[str, ...]:
        room = self._room
        ours = list(room.shop.statuses.keywords)
        ours += [ASSIGNEE_PREFIX + person.login for person in room.subscribers_to(2)]
        used = {
            flag
            for message in self._view.members.values()
            for flag in (*message.flags, *message.local_keywords)
            if not flag.startswith("\\")
        }
        return (*ours, *sorted(used))

    def uids(self) -> Sequence[int]:
        return self._view.uids

    def facts(self, uid: int) -> Facts | None:
        message = self._view.members.get(uid)
        if message is None:
            return None
        flags = self._room.flags(message, self._caller.account.id)
        return Facts(flags, message.size, message.internal_date)

    # ------------------------------------------------------------------ reading

    async def fetch(
        self, uids: Sequence[int], attributes: Sequence[bytes], how: Reading
    ) -> AsyncIterator[list[Row]]:
        wanted = self._wanted(uids)
        await self._record_reading(wanted, attributes, how)
        async for rows in reading.read(self._room, wanted, attributes, how):
            yield rows

    async def _record_reading(
        self, wanted: list[tuple[int, Message]], attributes: Sequence[bytes], how: Reading
    ) -> None:
        if not wanted:
            return
        caller, room, view = self._caller, self._room, self.name
        messages = [message for _, message in wanted]
        what = b" ".join(attributes).decode("latin-1")[:200]
        if how is Reading.LIST:
            detail = {"first": wanted[0][0], "last": wanted[-1][0], "count": len(wanted)}
            one = messages[0] if len(messages) == 1 else None
            await room.record([caller.record(Action.LIST, room, view, one, detail=detail)])
            return
        action = Action.OPEN if how is Reading.OPEN else Action.COPY_OUT
        records = caller.records(action, room, view, messages, detail={"what": what})
        if how is Reading.COPY or self._read_only:
            await room.record(records)
        else:
            await self._open(messages, records)

    async def _open(self, messages: list[Message], records: list[LogRecord]) -> None:
        """Record the opening; it makes the messages \\Seen (RFC 9051 §6.4.5, BODY[])."""
        caller, room = self._caller, self._room
        unseen = [m for m in messages if not room.seen(m, caller.account.id)]
        if unseen and room.mailbox.seen is SeenMode.SHARED:
            await room.record(records)
            await flagging.store(caller, room, self.name, unseen, FlagMode.ADD, ["\\Seen"])
            return

        def stage(change: Change) -> None:
            change.records += records
            for message in unseen:
                change.set_seen(caller.account.id, message, seen=True)

        if unseen:
            await room.change(stage)
        else:
            await room.record(records)

    async def search(self, term: Term) -> list[int]:
        keys = [key.decode("utf-8", "replace")[:200] for key in searching.provider_keys(term)]
        if keys:
            detail = {"keys": sorted(keys)}
            await self._room.record(
                [self._caller.record(Action.SEARCH, self._room, self.name, detail=detail)]
            )
        wanted = self._wanted(self._view.uids)
        return await searching.matching(self._room, wanted, term, self._caller.account.id)

    async def refresh(self) -> None:
        await refresh(self._entry, self._room, self._sync)

    # ------------------------------------------------------------------ changing

    async def store(self, uids: Sequence[int], mode: FlagMode, flags: Sequence[str]) -> list[int]:
        self._may_write()
        messages = [message for _, message in self._wanted(uids)]
        changed = await flagging.store(self._caller, self._room, self.name, messages, mode, flags)
        return sorted(m.views[self._view] for m in changed if self._view in m.views)

    async def copy(self, uids: Sequence[int], target: str) -> CopyResult:
        entry, sync = self._target(target)
        return await self._mover().copy(self._wanted(uids), entry, sync)

    async def move(self, uids: Sequence[int], target: str) -> CopyResult:
        self._may_write()
        entry, sync = self._target(target)
        return await self._mover().move(self._wanted(uids), entry, sync)

    async def expunge(self, uids: Sequence[int] | None) -> None:
        self._may_write()
        wanted = self._wanted(self._view.uids if uids is None else uids)
        deleted = [pair for pair in wanted if "\\Deleted" in pair[1].flags]
        if deleted:
            await self._mover().expunge(deleted)

    def close(self) -> None:
        self._view.observers.pop(self._observer, None)

    # ------------------------------------------------------------------ helpers

    def _wanted(self, uids: Sequence[int]) -> list[tuple[int, Message]]:
        members = self._view.members
        return [(uid, members[uid]) for uid in uids if uid in members]

    def _mover(self) -> Mover:
        return Mover(self._caller, self._room, self._view, self.name)

    def _target(self, name: str) -> Target:
        entry, sync = self._find(name)
        if not entry.selectable:
            raise NoSuchView(name)
        return entry, sync

    def _may_write(self) -> None:
        if self._read_only:
            raise ReadOnly


async def refresh(entry: Entry, room: Mailroom, sync: Synchroniser) -> None:
    """Bring what the view shows up to date; virtual folders follow INBOX, where new work comes
    in.
    """
    folder = entry.folder or room.state.folder_named("INBOX")
    if folder is not None:
        await sync.refresh(folder)
