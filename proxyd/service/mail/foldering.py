"""The folders of one signed-in person: making, removing, renaming, subscribing.

Whether a name exists for that person is said by the tree that is handed in (promise 6). What is
refused is recorded by who calls; what is done is recorded here, around the provider's answer
(promise 5). Must never hold a tree: it would be out of date with the next folder.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from proxyd.domain.errors import AlreadyExists, CannotDo, NoSuchView, UpstreamUnavailable
from proxyd.domain.events import Action
from proxyd.domain.ports.database import Database, Transaction
from proxyd.domain.types import LogRecord, Right
from proxyd.service.api.folder_tree import DELIMITER, Special
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.emptying import empty
from proxyd.service.mail.special_use import check_special
from proxyd.service.mail.subscriptions import Subscriptions
from proxyd.service.mail.tree import Tree, levels_of, shown_as, upstream_name
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder
from proxyd.service.mailbox.sync import Synchroniser


class Foldering:
    def __init__(
        self,
        caller: Caller,
        store: Database,
        subscriptions: Subscriptions,
        syncs: Mapping[int, Synchroniser],
    ) -> None:
        """``syncs``: of each of this person's mailboxes, by its id."""
        self._caller = caller
        self._store = store
        self._subscriptions = subscriptions
        self._syncs = syncs

    async def create(self, tree: Tree, name: str, special: Special | None) -> str:
        """Returns the name it is known by."""
        # RFC 9051 §6.3.4: a trailing delimiter only announces levels
        clean = name.rstrip(DELIMITER)
        room, upstream = _new_place(tree, clean)
        self._caller.need(Right.RESPOND, room)
        if special is not None:
            await check_special(room, special)
        new = [level for level in levels_of(clean) if tree.find(level) is None]

        def there() -> bool:
            return room.state.folder_named(upstream) is not None

        async with self._asking(room, clean, there, what="create"):
            await room.upstream.create(upstream, special.value if special else "")
        undecided = self._subscriptions.undecided(new)
        await self._wish(undecided, subscribed=False, is_news=False)
        return clean

    async def delete(self, tree: Tree, name: str) -> None:
        room, folder = _changeable(tree, name, "delete-folder")
        self._caller.need(Right.MANAGE, room)
        if not folder.selectable and name in tree.children_of():
            # RFC 9051 §6.3.5. A provider may say that there is none, where LIST shows one.
            raise CannotDo("holds-no-mail")

        sync = self._syncs[room.mailbox.id]
        if folder.selectable:
            await empty(self._caller, room, sync, folder, name)

        def gone() -> bool:
            return folder.id not in room.state.folders

        async with self._asking(room, name, gone, what="delete"):
            await sync.delete(folder)

    async def rename(self, tree: Tree, name: str, to: str) -> None:
        room, folder = _changeable(tree, name, "rename-folder")
        target_room, upstream = _new_place(tree, to.rstrip(DELIMITER))
        self._caller.need(Right.MANAGE, room)
        if target_room is not room:
            raise CannotDo("other-mailbox")

        def renamed() -> bool:
            return folder.name == upstream

        async with self._asking(room, name, renamed, what="rename", to=to):
            await self._syncs[room.mailbox.id].rename(folder, upstream)

    @contextlib.asynccontextmanager
    async def _asking(
        self, room: Mailroom, name: str, done: Callable[[], bool], **detail: object
    ) -> AsyncIterator[None]:
        """The provider is asked inside; then folders are listed anew, and it is recorded.

        ``done``: whether the list says that it was. A line that breaks before the answer is looked
        into: nobody hears NO of what was done. Nor of a list that fails behind it.
        """
        record = self._caller.record(Action.FOLDER, room, name, detail=detail)
        sync = self._syncs[room.mailbox.id]
        async with room.begun.asking([record]) as finish:
            try:
                yield
            except UpstreamUnavailable:
                if not await sync.list_soon() or not done():
                    raise
            else:
                await sync.list_soon()
            await room.record([record], finish)

    # ------------------------------------------------------------------ subscriptions

    def left_over(self, tree: Tree) -> list[str]:
        """Names subscribed to that are not there any more."""
        names = {entry.name for entry in tree}
        return [name for name in self._subscriptions.left_over(names) if tree.may_name(name)]

    async def subscribe(self, tree: Tree, name: str, *, subscribed: bool) -> None:
        """Everything is subscribed at first, but for what this person makes: CREATE is no
        SUBSCRIBE. A person's own wish is kept. Unknown names: NoSuchView for who subscribes; who
        unsubscribes has what was wanted, as with Dovecot (clients clean up what is long gone).
        """
        is_known = tree.find(name) is not None or name in self.left_over(tree)
        if subscribed and not is_known:
            raise NoSuchView(name)
        record = self._caller.record(
            Action.FOLDER, view=name, detail={"what": "subscribe", "subscribed": subscribed}
        )
        await self._wish([name] if is_known else [], [record], subscribed=subscribed)

    async def _wish(
        self,
        names: Sequence[str],
        records: Sequence[LogRecord] = (),
        *,
        subscribed: bool,
        is_news: bool = True,
    ) -> None:
        account_id = self._caller.account.id

        def work(tx: Transaction) -> None:
            for name in names:
                tx.mail.subscribe(account_id, name, subscribed=subscribed)
            if records:
                tx.log.append(list(records))

        if names or records:
            await self._store.write(work)
        for name in names:
            self._subscriptions.set(name, subscribed=subscribed, is_news=is_news)


def _changeable(tree: Tree, name: str, reason: str) -> tuple[Mailroom, Folder]:
    """Raises CannotDo(reason) for what is no real folder, and for INBOX (RFC 9051 §6.3.5)."""
    entry = tree.find(name)
    if entry is None or entry.room is None:
        raise NoSuchView(name)
    if entry.folder is None or entry.is_inbox or entry.folder.ours:
        raise CannotDo(reason)
    return entry.room, entry.folder


def _new_place(tree: Tree, name: str) -> tuple[Mailroom, str]:
    r"""Mailbox and upstream name for a folder to be created under this name.

    A mere level above other folders is none yet, so it may become one, also where the provider
    lists it (\Noselect): what it thinks of that is its answer.
    """
    there = tree.find(name)
    place = tree.room_for_new(name)
    if place is None or tree.is_reserved(name, place[0]):
        raise AlreadyExists(name) if there else CannotDo("create-there")
    if there is not None and there.folder is not None and there.selectable:
        raise AlreadyExists(name)
    prefix, inbox = place
    assert inbox.room is not None
    if inbox.folder is None:
        raise inbox.room.why_down()
    bare = name.removeprefix(prefix)
    if not bare:
        raise CannotDo("create-there")
    delimiter = inbox.folder.delimiter
    upstream = upstream_name(bare, delimiter)
    # The provider's delimiter in a level's name: levels that nobody has looked at.
    if tree.is_reserved(prefix + shown_as(upstream, delimiter), prefix):
        raise CannotDo("create-there")
    return inbox.room, upstream
