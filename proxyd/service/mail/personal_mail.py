"""The mail of one signed-in person: folder tree, opening, counting, storing, folders.

Implements ``api.Mail``. A name that is not in the person's tree does not exist for that person,
whatever the command (promise 6).
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from proxyd.domain.errors import (
    CannotDo,
    NoSuchReference,
    NoSuchView,
    Refused,
)
from proxyd.domain.events import Action
from proxyd.domain.types import Account, Blob, Origin, Right
from proxyd.domain.workflow import in_our_words
from proxyd.service.api.appending import AppendResult, NewMessage, StoredPart
from proxyd.service.api.folder_tree import DELIMITER, Namespaces, Special, ViewCounts, ViewInfo
from proxyd.service.api.following import Follower
from proxyd.service.api.open_view import Observer
from proxyd.service.api.quota import QuotaRoot
from proxyd.service.mail import annotating, quota, rights
from proxyd.service.mail.appending import Appender
from proxyd.service.mail.attempt import Attempt, attempt
from proxyd.service.mail.bringing_back import BringingBack, whole_moves
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.carried import carried
from proxyd.service.mail.counting import count
from proxyd.service.mail.foldering import Foldering
from proxyd.service.mail.following import Following
from proxyd.service.mail.inserting import Inserter
from proxyd.service.mail.note_keeping import KeptInside, NoteKeeper
from proxyd.service.mail.open_view import OpenedView, Target, refresh
from proxyd.service.mail.referring import referred
from proxyd.service.mail.subscriptions import Subscriptions
from proxyd.service.mail.tree import Entry, Tree
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.sent_folding import SentFolding
from proxyd.service.mailbox.sync import Synchroniser


@dataclass(frozen=True, slots=True)
class Counter:
    """One shared mailbox as the front uses it."""

    room: Mailroom
    sync: Synchroniser
    sent: SentFolding


def room_of(mail: PersonalMail) -> Mailroom:
    return mail._rooms[0]  # any of them would do


class PersonalMail:
    def __init__(
        self, caller: Caller, counters: Sequence[Counter], subscriptions: Subscriptions
    ) -> None:
        self._caller = caller
        self._counters = {counter.room.mailbox.id: counter for counter in counters}
        self._rooms = [counter.room for counter in counters]
        self._subscriptions = subscriptions
        syncs = {counter.room.mailbox.id: counter.sync for counter in counters}
        self._foldering = Foldering(caller, self._rooms[0].shop.store, subscriptions, syncs)
        self._tree: Tree | None = None
        self._tree_version = -1
        self._following: Following | None = None

    @property
    def account(self) -> Account:
        return self._caller.account

    @property
    def origin(self) -> Origin:
        return self._caller.origin

    @property
    def language(self) -> str:
        return self._rooms[0].mailbox.language

    def identify(self, client: str) -> None:
        self._caller.identify(client)

    # ------------------------------------------------------------------ the tree

    def tree(self) -> Tree:
        version = sum(room.version for room in self._rooms)
        if self._tree is None or version != self._tree_version:
            self._tree, self._tree_version = Tree(self.account, self._rooms), version
        return self._tree

    def namespaces(self) -> Namespaces:
        return self.tree().namespaces

    def views(self) -> list[ViewInfo]:
        tree = self.tree()
        parents = tree.children_of()
        return [
            ViewInfo(
                name=entry.name,
                selectable=entry.selectable,
                subscribed=self._subscriptions.has(entry.name),
                children=entry.name in parents,
                special=entry.special,
                virtual=entry.virtual,
                id=self._id_of(entry),
            )
            for entry in tree
        ]

    def _id_of(self, entry: Entry) -> str:
        room = entry.room
        view = room.state.views.get(entry.key) if room and entry.key else None
        return room.shop.ids.of_mailbox(view, alias=entry.alias) if room and view else ""

    def _holder(self, name: str) -> Target:
        """A name that can hold mail; raises as ``Tree.holder``."""
        entry = self.tree().holder(name)
        if entry.room is None:
            raise NoSuchView(name)
        return entry, self._counters[entry.room.mailbox.id].sync

    # ------------------------------------------------------------------ views

    def _attempt(self, action: Action, name: str, **detail: object) -> Attempt:
        entry = self.tree().find(name)
        room = entry.room if entry else None
        store = self._rooms[0].shop.store
        return attempt(self._caller, store, action, name, room=room, detail=detail)

    async def open(self, name: str, *, read_only: bool, observer: Observer) -> OpenedView:
        async with self._attempt(Action.SELECT, name):
            return await self._open(name, read_only=read_only, observer=observer)

    async def _open(self, name: str, *, read_only: bool, observer: Observer) -> OpenedView:
        entry, sync = self._holder(name)
        room = entry.room
        if room is None or entry.key is None:
            raise NoSuchView(name)
        await refresh(entry, room, sync)
        view = room.state.views.get(entry.key)
        if view is None:
            raise NoSuchView(name)
        await room.record([self._caller.record(Action.SELECT, room, name)])
        if room.state.views.get(entry.key) is not view:
            raise NoSuchView(name)  # removed while the record was written
        return OpenedView(
            self._caller, room, sync, view, entry, observer, self._holder, read_only=read_only
        )

    async def counts(self, name: str) -> ViewCounts:
        async with self._attempt(Action.SELECT, name, what="status"):
            return await self._counts(name)

    async def _counts(self, name: str) -> ViewCounts:
        entry, sync = self._holder(name)
        room = entry.room
        if room is None or entry.key is None:
            raise NoSuchView(name)
        if entry.folder is not None:
            await sync.refresh(entry.folder)
        view = room.state.views.get(entry.key)
        if view is None:
            raise NoSuchView(name)
        counted = count(room, view, self.account.id)
        return ViewCounts(
            messages=counted.messages,
            unseen=counted.unseen,
            uidnext=view.uidnext,
            uidvalidity=view.uidvalidity,
            size=counted.size,
            deleted=counted.deleted,
            deleted_size=counted.deleted_size,
            highest_modseq=view.modseq,
            mailbox_id=room.shop.ids.of_mailbox(view, alias=entry.alias),
            recent=view.count_from(view.recent_from(self.account.id)),
        )

    @carried(room_of)
    async def append(self, name: str, messages: Sequence[NewMessage]) -> AppendResult:
        octets = sum(message.content.size for message in messages)
        halves = [BringingBack(self._caller, c.room, c.sync) for c in self._counters.values()]
        moves = whole_moves(halves, self.tree().find(name), messages)
        async with self._attempt(Action.APPEND, name, octets=octets), moves:
            entry, sync = self._holder(name)
            appender = self._appender(entry, sync)
            if not isinstance(appender, NoteKeeper):
                keeper = NoteKeeper(self._caller, entry, sync, self._rooms)
                kept = [await self._kept_inside(keeper, appender, each) for each in messages]
                if any(kept):
                    return await keeper.file(messages, kept)
            return await appender.append(self._in_our_words(entry, messages))

    async def _kept_inside(
        self, keeper: NoteKeeper, appender: Appender | Inserter, message: NewMessage
    ) -> KeptInside | None:
        kept = await keeper.kept(message)
        if kept is None or not kept.by_words or not isinstance(appender, Appender):
            return kept
        # Its sender has consented to these words, and it has gone out.
        return None if await appender.is_double(message) else kept

    def _in_our_words(self, entry: Entry, messages: Sequence[NewMessage]) -> Sequence[NewMessage]:
        if entry.room is None:
            return messages
        statuses = entry.room.shop.statuses
        return [replace(each, flags=in_our_words(each.flags, statuses)) for each in messages]

    def _appender(self, entry: Entry, sync: Synchroniser) -> Appender | Inserter | NoteKeeper:
        room = entry.room
        if entry.folder is not None and entry.folder.notes:
            return NoteKeeper(self._caller, entry, sync)
        if room is not None and entry.virtual:
            inbox, _ = self._holder(self.tree().inbox_of(room).name)
            return Inserter(self._caller, entry, inbox, sync)
        sent = self._counters[room.mailbox.id].sent if room is not None else None
        return Appender(self._caller, entry, sync, sent)

    async def check_append(self, name: str) -> None:
        async with self._attempt(Action.APPEND, name):
            self._appender(*self._holder(name))

    async def record_refused_append(self, name: str, why: str) -> None:
        with contextlib.suppress(CannotDo):
            async with self._attempt(Action.APPEND, name):
                raise CannotDo(why)

    async def referred(self, reference: StoredPart) -> Blob:
        name, section = reference.view, reference.section.decode("latin-1")
        what = f"URL ;UID={reference.uid} {section}"[:200]
        async with self._attempt(Action.COPY_OUT, name, what=what):
            try:
                entry, _ = self._holder(name)
            except Refused as error:
                raise NoSuchReference from error  # there is no telling why
            return await referred(self._caller, entry, reference)

    # ------------------------------------------------------------------ folders

    @carried(room_of)
    async def create(self, name: str, special: Special | None = None) -> str:
        async with self._attempt(Action.FOLDER, name, what="create"):
            known_by = await self._foldering.create(self.tree(), name, special)
            made = self.tree().find(known_by)
            return self._id_of(made) if made else ""

    @carried(room_of)
    async def delete(self, name: str) -> None:
        async with self._attempt(Action.FOLDER, name, what="delete"):
            await self._foldering.delete(self.tree(), name)

    @carried(room_of)
    async def rename(self, name: str, to: str) -> None:
        async with self._attempt(Action.FOLDER, name, what="rename", to=to):
            await self._foldering.rename(self.tree(), name, to)

    async def subscribe(self, name: str, *, subscribed: bool) -> None:
        async with self._attempt(Action.FOLDER, name, what="subscribe", subscribed=subscribed):
            await self._foldering.subscribe(self.tree(), name, subscribed=subscribed)

    def left_over_subscriptions(self) -> list[str]:
        return self._foldering.left_over(self.tree())

    # ------------------------------------------------------------------ rights and quota

    async def rights(self, name: str) -> str:
        async with self._attempt(Action.SELECT, name, what="rights"):
            return self._rights_of(self.tree().named(name), self.account)

    async def grants(self, name: str) -> list[tuple[str, str]]:
        async with self._attempt(Action.SELECT, name, what="grants"):
            entry, me = self.tree().named(name), self.account
        people = [me]
        if entry.room is not None and me.grants.get(entry.room.mailbox.id, 0) >= Right.MANAGE:
            people = entry.room.subscribers_to(Right.READ)
        return [(person.login, self._rights_of(entry, person)) for person in people]

    def _rights_of(self, entry: Entry, person: Account) -> str:
        room = entry.room
        if room is None:
            return rights.LOOKUP
        below = entry.name + DELIMITER + "_"
        place = self.tree().room_for_new(below)
        roomy = place is not None and not self.tree().is_reserved(below, place[0])
        grant = person.grants.get(room.mailbox.id, 0)
        return rights.rights_of(grant, room.mailbox, entry, may_hold_folders=roomy)

    async def quota(self, name: str) -> list[QuotaRoot]:
        async with self._attempt(Action.SELECT, name, what="quota"):
            return await quota.roots_of(self.tree().named(name))

    async def quota_root(self, root: str) -> QuotaRoot:
        async with self._attempt(Action.SELECT, "", what="quota", root=root[:200]):
            return await quota.root_named(self._rooms, root)

    async def annotations(self, name: str) -> Mapping[str, bytes]:
        async with self._attempt(Action.SELECT, name, what="annotations"):
            store = self._rooms[0].shop.store
            return await annotating.read(self._caller, store, self._annotated(name))

    @carried(room_of)
    async def annotate(self, name: str, changes: Mapping[str, bytes | None]) -> None:
        async with self._attempt(Action.FOLDER, name, what="annotate"):
            store, place = self._rooms[0].shop.store, self._annotated(name)
            await annotating.change(self._caller, store, place, changes)
        others = self._subscriptions.followings
        annotating.publish(self._caller, place, changes, others, self._following)

    def _annotated(self, name: str) -> annotating.AnnotationTarget:
        if not name:
            return annotating.AnnotationTarget()
        entry = self.tree().named(name)
        view = entry.room.state.views.get(entry.key) if entry.room and entry.key else None
        return annotating.AnnotationTarget(name, entry.room, view)

    async def decline(self, name: str, what: str) -> None:
        async with self._attempt(Action.FOLDER, name, what=what):
            if name:
                self.tree().named(name)
            raise CannotDo(what)

    def follow(self, follower: Follower | None) -> None:
        if self._following is not None:
            self._subscriptions.followings.discard(self._following)
            self._following.end()
        self._following = None
        if follower is not None:
            who = self.account.id
            self._following = Following(follower, who, self._rooms, self.tree)
            self._subscriptions.followings.add(self._following)

    def heard(self) -> None:
        self._caller.heard()

    async def close(self) -> None:
        self.follow(None)
        self._caller.hang_up()
        store = self._rooms[0].shop.store
        await store.write(lambda tx: tx.log.append([self._caller.record(Action.LOGOUT)]))
