"""A view opened by one person (SELECT, EXAMINE): reading, flags, search, copy, move, expunge.

Each method is one use case: check the grant, do it, record it. Text and protocol are the edge's.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from functools import partial

from proxyd.domain.errors import CannotDo, ReadOnly, UpstreamUnavailable
from proxyd.domain.events import Action
from proxyd.domain.keywords import TOLD, can_be_told
from proxyd.domain.ordering import Algorithm, SortKey, ThreadNode
from proxyd.domain.search import Term
from proxyd.domain.types import Right, SeenMode
from proxyd.domain.workflow import ASSIGNEE_PREFIX, OVERDUE, REPLYING
from proxyd.service.api.changing import CopyResult, FlagMode, StoreResult
from proxyd.service.api.open_view import Observer
from proxyd.service.api.reading import FetchedRow, Reading
from proxyd.service.api.rows import Block, Marks, MessageFacts
from proxyd.service.mail import flagging, ordering, searching, shared_flags
from proxyd.service.mail.attempt import Attempt, attempt
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.carried import carried
from proxyd.service.mail.content import FetchedContent, recorded_as
from proxyd.service.mail.departing import marked
from proxyd.service.mail.expunging import Expunger
from proxyd.service.mail.just_left import JustLeft
from proxyd.service.mail.kept_flags import kept_flags
from proxyd.service.mail.moving import Mover
from proxyd.service.mail.reading_record import ReadingRecord
from proxyd.service.mail.second_look import Left, SecondLook
from proxyd.service.mail.taken import naming_mail
from proxyd.service.mail.taking_back import barred
from proxyd.service.mail.too_late import check_in_time
from proxyd.service.mail.transferring import Wanted
from proxyd.service.mail.tree import Entry
from proxyd.service.mailbox.departures import DELETED
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Message, View
from proxyd.service.mailbox.sync import Synchroniser
from proxyd.service.mailbox.vanished import absent

Target = tuple[Entry, Synchroniser]


def room_of(view: OpenedView) -> Mailroom:
    return view._room


class OpenedView:
    def __init__(
        self,
        caller: Caller,
        room: Mailroom,
        sync: Synchroniser,
        view: View,
        entry: Entry,
        observer: Observer,
        holder: Callable[[str], Target],
        *,
        read_only: bool,
    ) -> None:
        self._caller = caller
        self._room = room
        self._sync = sync
        self._view = view
        self._entry = entry
        self._observer = observer
        self._holder = holder  # of a name: what can hold mail; raises for others
        self._read_only = read_only
        self._look = SecondLook(room, sync, view)
        self._just_left = JustLeft(view, room.shop.clock)
        # Of what waits: put elsewhere by COPY, so that \\Deleted comes next; and what has it.
        self._put_elsewhere: set[int] = set()
        self._marked: set[int] = set()
        view.observers[observer] = caller.account.id

    @property
    def name(self) -> str:
        return self._entry.name

    @property
    def language(self) -> str:
        return self._room.mailbox.language

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
    def may_change(self) -> bool:
        grants = self._caller.account.grants
        return grants.get(self._room.mailbox.id, 0) >= Right.RESPOND

    @property
    def may_mark_seen(self) -> bool:
        return self.may_change or self._room.mailbox.seen is SeenMode.PERSON

    @property
    def kept_flags(self) -> Sequence[str]:
        return kept_flags(self._room, self._entry.folder)

    @property
    def virtual(self) -> bool:
        return self._entry.virtual

    @property
    def waits(self) -> bool:
        return self._entry.folder is not None and self._entry.folder.held

    @property
    def keywords(self) -> tuple[str, ...]:
        room = self._room
        ours = [*room.shop.statuses.keywords, REPLYING, OVERDUE]
        ours += [ASSIGNEE_PREFIX + person.login for person in room.subscribers_to(Right.RESPOND)]
        used = {flag for flags, local in self._view.flag_sets for flag in (*flags, *local)}
        told = sorted(f for f in used if not f.startswith("\\") and can_be_told(f))
        return (*ours, *told[:TOLD])

    def uids(self) -> Sequence[int]:
        return self._view.snapshot()

    def block(self, number: int) -> Block:
        return self._room.sheets.block(self._view, self._caller.account.id, number)

    def modseqs(self, number: int) -> Sequence[int]:
        return self._room.sheets.modseqs(self._view, self._caller.account.id, number)

    def facts(self, uid: int) -> MessageFacts | None:
        message = self._view.members.get(uid)
        if message is None:
            return None
        flags = self._room.flags(message, self._caller.account.id, self._view)
        return MessageFacts(flags, message.size, message.internal_date)

    def marks(self, uid: int) -> Marks | None:
        message = self._view.members.get(uid)
        if message is None:
            return None
        ids = self._room.shop.ids
        return Marks(
            modseq=message.modseq_for(self._caller.account.id),
            email_id=ids.of_mail(message),
            thread_id=ids.of_thread(message),
            saved_us=self._view.saved_at(uid),
        )

    def modseq(self, uid: int) -> int:
        message = self._view.members.get(uid)
        return 0 if message is None else message.modseq_for(self._caller.account.id)

    @property
    def just_left(self) -> Collection[int]:
        return self._just_left.uids

    @property
    def highest_modseq(self) -> int:
        return self._view.modseq

    @property
    def recent_from(self) -> int:
        return self._view.recent_from(self._caller.account.id)

    def recent_told(self, up_to: int) -> None:
        if not self._read_only:
            self._view.recent_told(self._caller.account.id, up_to)

    @property
    def mailbox_id(self) -> str:
        return self._room.shop.ids.of_mailbox(self._view, alias=self._entry.alias)

    def vanished_since(self, modseq: int) -> Sequence[tuple[int, int]]:
        known = self._view.vanished.since(modseq)
        return absent(self._view.uids, self._view.uidnext) if known is None else known

    # ------------------------------------------------------------------ reading

    async def fetch(
        self, uids: Sequence[int], attributes: Sequence[bytes], how: Reading
    ) -> AsyncIterator[list[FetchedRow]]:
        left = dict(self._wanted(uids))
        how = recorded_as(attributes, how)
        record = ReadingRecord(self._caller, self._room, self._view, self.name, attributes, how)
        each = () if how is Reading.LIST else left.values()
        async with self._attempt(record.action, each, what=record.what):
            content = FetchedContent(self._room, attributes)
            told = partial(record.write, list(left.items()), read_only=self._read_only)
            batches = self._look.read(content, left, told)
            async with contextlib.aclosing(batches):  # a reader who hangs up ends it now
                async for rows in batches:
                    yield rows

    async def search(self, term: Term) -> list[int]:
        keys = [key.decode("utf-8", "replace")[:200] for key in searching.provider_keys(term)]
        detail = {"keys": sorted(keys)}
        async with self._attempt(Action.SEARCH, keys=sorted(keys)):
            await self._room.record(
                [self._caller.record(Action.SEARCH, self._room, self.name, detail=detail)]
            )
            return await self._matching(term)

    async def sort(self, term: Term, keys: Sequence[SortKey]) -> list[int]:
        wanted = self._wanted(await self.search(term))
        async with self._attempt(Action.SEARCH, sort=[key.by.value for key in keys]):
            return await self._look.twice(lambda: ordering.sorted_uids(self._room, wanted, keys))

    async def thread(self, term: Term, algorithm: Algorithm) -> list[ThreadNode]:
        wanted = self._wanted(await self.search(term))
        async with self._attempt(Action.SEARCH, thread=algorithm.value):
            return await self._look.twice(lambda: ordering.threads(self._room, wanted, algorithm))

    async def refresh(self) -> None:
        await refresh(self._entry, self._room, self._sync)

    # ------------------------------------------------------------------ changing

    @carried(room_of)
    async def store(
        self,
        uids: Sequence[int],
        mode: FlagMode,
        flags: Sequence[str],
        *,
        unchanged_since: int | None = None,
    ) -> StoreResult:
        wanted = self._wanted(uids)
        # \Deleted is of one view, and UNCHANGEDSINCE of a state that it has left.
        if DELETED not in flags and unchanged_since is None:
            wanted += self._just_left.pairs(uids)
        messages = [message for _, message in wanted]
        adds = mode is not FlagMode.REMOVE
        deletes = self.waits and adds and DELETED in flags
        action = flagging.action_of(flags)
        async with self._attempt(
            action, messages, mode=mode.value, flags=shared_flags.recorded(flags)
        ):
            self._may_write()
            if deletes:
                await self._check_in_time(uids, deletes=True)
            why = {m: barred(self._caller, self._room, m) for m in messages if deletes}
            messages = [message for message in messages if not why.get(message)]
            async with naming_mail(self._room, messages), self._look.unavailable():
                with self._just_left.storing(messages):
                    done = await self._storing(mode, flags, unchanged_since).carry_out(messages)
            silent = {uid: m for uid, m in wanted if m in done.unanswered}
            gone = await self._gone(silent)
            if deletes:
                self._marked.update(self._uids_of(messages))
            elif not adds and DELETED in flags:
                self._marked.difference_update(uids)
            if reason := max(why.values(), default=""):
                raise CannotDo(reason)
        return StoreResult(self._uids_of(done.changed), self._uids_of(done.modified), gone)

    @carried(room_of)
    async def copy(self, uids: Sequence[int], target: str) -> CopyResult:
        wanted = self._wanted(uids) + self._just_left.pairs(uids)
        async with self._attempt(Action.COPY, (m for _, m in wanted), to=target):
            entry, sync = self._holder(target)
            await self._check_in_time(uids)
            async with self._naming(wanted), self._look.unavailable():
                done = await self._mover().copy(wanted, entry, sync)
            self._put_elsewhere.update(uids if self.waits else ())
            await self._gone({uid: m for uid, m in wanted if uid in done.gone})
            return done

    @carried(room_of)
    async def move(self, uids: Sequence[int], target: str) -> CopyResult:
        wanted = self._wanted(uids) + self._just_left.pairs(uids)
        async with self._attempt(Action.MOVE, (m for _, m in wanted), to=target):
            self._may_write()
            entry, sync = self._holder(target)
            await self._check_in_time(uids)
            async with self._naming(wanted), self._look.unavailable():
                done = await self._mover().move(wanted, entry, sync)
            await self._gone({uid: m for uid, m in wanted if uid in done.gone})
            return done

    @carried(room_of)
    async def expunge(self, uids: Sequence[int] | None) -> None:
        left = dict(marked(self._view, self._caller.account.id, uids))
        meant = sorted(self._marked) if uids is None else uids
        async with self._attempt(Action.EXPUNGE, left.values()):
            self._may_write()
            self._marked.difference_update(meant)
            if left:
                async with self._look.unavailable():
                    gone = await self._expunger().expunge(left)
                await self._gone(gone)
            await self._check_in_time(meant, deletes=True)

    def close(self) -> None:
        self._view.observers.pop(self._observer, None)

    # ------------------------------------------------------------------ helpers

    async def _matching(self, term: Term) -> list[int]:
        view = self._view
        wanted = self._wanted(view.uids)
        account_id = self._caller.account.id
        return await self._look.twice(
            lambda: searching.matching(self._room, view, wanted, term, account_id)
        )

    async def _gone(self, silent: Left) -> tuple[int, ...]:
        """Of what upstream said nothing about; raises where it is there all the same."""
        uids = tuple(silent)
        if silent:
            await self._look.drop_gone(silent)
        if silent:
            raise UpstreamUnavailable("the provider said nothing of a mail that is there")
        return uids

    def _storing(
        self, mode: FlagMode, flags: Sequence[str], since: int | None = None
    ) -> flagging.FlagChange:
        view = self._view
        return flagging.FlagChange(self._caller, self._room, view, self.name, mode, flags, since)

    def _uids_of(self, messages: Iterable[Message]) -> tuple[int, ...]:
        return tuple(sorted(m.views[self._view] for m in messages if self._view in m.views))

    def _wanted(self, uids: Sequence[int]) -> list[tuple[int, Message]]:
        members = self._view.members
        return [(uid, members[uid]) for uid in uids if uid in members]

    def _attempt(
        self, action: Action, messages: Iterable[Message] = (), **detail: object
    ) -> Attempt:
        room = self._room
        return attempt(
            self._caller, room.shop.store, action, self.name,
            room=room, messages=messages, detail=detail,
        )  # fmt: skip

    def _naming(self, wanted: Wanted) -> contextlib.AbstractAsyncContextManager[None]:
        return naming_mail(self._room, (message for _, message in wanted))

    def _mover(self) -> Mover:
        return Mover(self._caller, self._room, self._view, self.name, self._expunger())

    def _expunger(self) -> Expunger:
        return Expunger(self._caller, self._room, self._sync, self._view, self.name)

    async def _check_in_time(self, uids: Collection[int], *, deletes: bool = False) -> None:
        """Raises CannotDo, see too_late.py."""
        if self.waits:
            late = set(uids) - self._put_elsewhere if deletes else uids
            await check_in_time(self._room, self._view, late, deletes=deletes)

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
