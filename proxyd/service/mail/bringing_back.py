"""A mail that a person has just deleted and now stores again was moved, not deleted.

The order in which mbsync and offlineimap say a move whose source comes first by name
(docs/decisions/021, 036, 038). Into a virtual folder the mail itself comes out of Trash again; in a
folder lies what the client has stored, and Trash gets no second copy. Where it can't be stored the
deletion was half of what is refused, and is undone; one that comes later is no deletion. One that
the provider could not carry out counts as one.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from proxyd.domain.deleting import (
    TRASHED_REMEMBERED_US,
    UNDONE_REMEMBERED_US,
    Fate,
    FolderUse,
    Half,
    place_of,
)
from proxyd.domain.errors import Refused, UpstreamError
from proxyd.domain.events import Action
from proxyd.domain.types import Blob
from proxyd.service.api.appending import NewMessage
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.departing import stage_deleted
from proxyd.service.mail.expunging import Expunger
from proxyd.service.mail.same_mail import MOST_READ, alike, same_mails
from proxyd.service.mail.transferring import Transfer
from proxyd.service.mail.tree import Entry
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message, View
from proxyd.service.mailbox.sync import Synchroniser


class BringingBack:
    """Of one person, in one mailbox."""

    def __init__(self, caller: Caller, room: Mailroom, sync: Synchroniser) -> None:
        self._caller = caller
        self.room = self._room = room
        self._sync = sync

    async def into(self, folder: Folder, content: Blob, to: str) -> Message | None:
        """The mail that says the same, in ``folder`` again; None where there is none. ``to``: the
        virtual folder, for the log. Raises UpstreamError.
        """
        for message in await same_mails(self._room, content, self._is_trashed):
            view, name = message.folder.view, message.folder.name
            uid = message.views.get(view, 0) if view is not None else 0
            detail = {"to": to, "by": "append"}
            transfer = Transfer(self._caller, self._room, name, Action.MOVE, detail)
            result = await transfer.move([(uid, message)], folder, self._sync)
            for _, now in result.pairs:
                return folder.view.members.get(now) if folder.view is not None else None
        return None

    async def stored(self, content: Blob, copy: Message | None, to: str) -> None:
        """``copy`` lies in the folder ``to``, so what was deleted goes for good."""
        if copy is None:
            return
        with contextlib.suppress(UpstreamError):  # then it lies in Trash as well
            for message in await same_mails(self._room, content, self._is_deleted):
                view = message.folder.view
                if message is copy or view is None:
                    continue
                expunger = Expunger(self._caller, self._room, self._sync, view, to)
                await expunger.remove([(message.views.get(view, 0), message)], Fate.MOVED)

    async def copied(self, content: Blob) -> None:
        """Into a virtual folder: what could not be expunged has left now as well."""
        with contextlib.suppress(UpstreamError, Refused):  # then it is marked still
            for message in await same_mails(self._room, content, self._is_in_vain):
                for view, uid in self._marks(message):
                    name = message.folder.name
                    expunger = Expunger(self._caller, self._room, self._sync, view, name)
                    await expunger.expunge({uid: message})

    async def refused(self, content: Blob, to: str, *, moves: bool) -> None:
        """Out of Trash again, under a new UID: a client believes that the old one is gone. So is
        what could not even be expunged; should it be stored after all, that was a move still. What
        was not deleted yet may be in a moment, and was not meant to be, where the APPEND ``moves``.
        """
        room, who = self._room, self._caller.account.id
        with contextlib.suppress(UpstreamError):  # then it lies in Trash
            inbox = room.state.folder_named("INBOX")
            back = await self.into(inbox, content, to) if inbox is not None else None
            if back is not None:
                await room.change(lambda change: change.in_vain(Half.EXPUNGED, who, [back]))
        gone = await self._likely(content, self._is_in_vain)
        if any(self._marks(message) for message in gone):
            await room.change(lambda change: self._take_back(change, gone))
        there = await self._likely(content, lambda each: each not in gone) if moves else []
        if there:
            await room.change(lambda change: change.in_vain(Half.STORED, who, there))

    async def _likely(self, content: Blob, fits: Callable[[Message], bool]) -> list[Message]:
        """Looked at more closely where that can be: it takes nothing away."""
        with contextlib.suppress(UpstreamError):
            return await same_mails(self._room, content, fits)
        return [message for message in alike(self._room, content) if fits(message)][:MOST_READ]

    async def stored_after_all(self, content: Blob) -> None:
        """What is deleted now was moved, or is to be deleted."""
        room, who = self._room, self._caller.account.id
        in_vain = room.state.in_vain
        if not len(in_vain):
            return
        known = [m for m in alike(room, content) if in_vain.knows(Half.STORED, who, m)]
        if known:
            await room.change(lambda change: change.in_vain_no_more(Half.STORED, who, known))

    def _take_back(self, change: Change, messages: Sequence[Message]) -> None:
        caller, room = self._caller, self._room
        for message in messages:
            for view, _ in self._marks(message):
                name = message.folder.name
                stage_deleted(change, caller, room, view, name, [message], deleted=False)
                change.reappear(view, message)

    def _marks(self, message: Message) -> list[tuple[View, int]]:
        """Where this person has marked it \\Deleted."""
        account_id = self._caller.account.id
        return [
            (view, uid)
            for view, uid in message.views.items()
            if uid in view.departures.deleted_by(account_id)
        ]

    def _is_trashed(self, message: Message) -> bool:
        trashed, now_us = self._room.state.trashed.get(message), self._room.shop.clock()
        return trashed is not None and trashed.lately_by(self._caller.account.id, now_us)

    def _is_in_vain(self, message: Message) -> bool:
        room, who = self._room, self._caller.account.id
        return room.state.in_vain.by(Half.EXPUNGED, who, message, room.shop.clock())

    def _is_deleted(self, message: Message) -> bool:
        if self._is_trashed(message):
            return True
        within_us = TRASHED_REMEMBERED_US if self._marks(message) else UNDONE_REMEMBERED_US
        room, who = self._room, self._caller.account.id
        return room.state.in_vain.by(Half.EXPUNGED, who, message, room.shop.clock(), within_us)


@contextlib.asynccontextmanager
async def whole_moves(
    halves: Sequence[BringingBack], target: Entry | None, messages: Sequence[NewMessage]
) -> AsyncIterator[None]:
    """An APPEND into ``target`` that is refused, or can't be carried out, is no half of a move.

    ``halves``: in all mailboxes of the person, because the mail may come out of any. None: there is
    no such folder.
    """
    try:
        yield
    except (Refused, UpstreamError):
        folder, name = (target.folder, target.name) if target is not None else (None, "")
        use = place_of(folder.attributes) if folder is not None else FolderUse.WORK
        # What is stored in Sent or Drafts was written here, and is hardly ever moved there.
        moves = use is not FolderUse.DRAFTS and not (folder is not None and folder.sent)
        for message in messages if use is not FolderUse.TRASH else ():  # there it lies, or is to
            for back in halves:
                await back.refused(message.content, name, moves=moves)
        raise
    for message in messages:
        for back in halves:
            if target is not None and target.virtual and target.room is back.room:
                await back.copied(message.content)
            await back.stored_after_all(message.content)
