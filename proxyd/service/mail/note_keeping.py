"""Notes from a mail client: APPEND to the folder of the notes, a draft that is dropped there, and
what a client files of them by itself (its draft, its copy in Sent).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from itertools import islice

from proxyd.domain import notes
from proxyd.domain.deleting import FolderUse, place_of
from proxyd.domain.errors import CannotDo
from proxyd.domain.events import Action
from proxyd.domain.thread import Headers
from proxyd.domain.types import Blob, LogRecord, Right
from proxyd.mailtext.addresses import compared
from proxyd.service.api.appending import AppendResult, NewMessage
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.storing import header_of
from proxyd.service.mail.tree import Entry
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.replying import stage_reply
from proxyd.service.mailbox.sync import Synchroniser
from proxyd.service.notes.writing import NoteWriter

CHUNKS = 32  # of 64 KiB, of what is to be filed at the provider: texts stand at its beginning


class NoteKeeper:
    """One person's, in one folder: that of the notes, or any other."""

    def __init__(
        self,
        caller: Caller,
        target: Entry,
        targets: Synchroniser,
        others: Sequence[Mailroom] = (),
    ) -> None:
        """``others``: all mailboxes whose notes this person reads. Raises NotPermitted."""
        assert target.room is not None
        caller.need(Right.RESPOND, target.room)
        self._caller = caller
        self._room: Mailroom = target.room
        self._folder: Folder | None = target.folder  # None: a virtual one
        self._name = target.name
        self._writer = NoteWriter(target.room, targets)
        self._rooms = others or (target.room,)

    async def append(self, messages: Sequence[NewMessage]) -> AppendResult:
        """To the folder of the notes. What can be refused of one is refused of all before."""
        for message in messages:
            self._writer.check(message.content.size)
        there = [await self.keep(message.content) for message in messages]
        return self._result(there)

    async def keep(self, content: Blob) -> Message:
        self._writer.check(content.size)
        octets = b"".join(content.chunks())
        done = await self._writer.write(self._caller.account, octets, self._record)
        return done.message

    async def is_of_notes(self, message: NewMessage) -> bool:
        """Whether what a client wants to file in a real folder must not get to the provider."""
        headers = header_of(message.content)
        if any(map(notes.is_note_address, map(compared, headers.recipients))):
            return True
        known = [room.leaks for room in self._rooms if room.leaks.ids]
        octets = b"".join(islice(message.content.chunks(), CHUNKS)) if known else b""
        return any([await asyncio.to_thread(leaks.is_one, octets) for leaks in known])

    async def file(self, messages: Sequence[NewMessage]) -> AppendResult:
        """A draft is kept here; the copy of a note that was sent is the note, and one that is filed
        before it is sent, or has no Message-ID by which that is known, a draft.

        Raises CannotDo("note-stays") for any other folder.
        """
        folder = self._folder
        if folder is not None and place_of(folder.attributes) is FolderUse.DRAFTS:
            return self._result([await self._keep_draft(message) for message in messages])
        filed = [message for message in messages if not self._is_known(message)]
        if folder is None or not folder.sent or not all(map(_is_to_colleagues, filed)):
            raise CannotDo("note-stays")
        for message in filed:
            await self._keep_draft(message)
        await self._room.record([self._record(None)])
        view = folder.view
        return AppendResult(view.uidvalidity if view else 0, ())

    async def _keep_draft(self, message: NewMessage) -> Message:
        octets, caller, room = b"".join(message.content.chunks()), self._caller, self._room
        draft = await self._writer.keep_draft(caller.account, octets, self._record)
        if header_of(message.content).in_reply_to and not _is_to_colleagues(message):
            stage = partial(stage_reply, room=room, account=caller.account, origin=caller.origin)
            await room.change(partial(stage, draft=draft))  # it answers the customer
        return draft

    def _is_known(self, message: NewMessage) -> bool:
        headers: Headers = header_of(message.content)
        known = self._room.state.by_message_id.get(headers.message_id, ())
        return any(each.folder.notes for each in known)

    def _result(self, there: Sequence[Message]) -> AppendResult:
        view = self._folder.view if self._folder is not None else None
        assert view is not None
        uids = tuple(message.views.get(view, 0) for message in there)
        return AppendResult(view.uidvalidity, uids if all(uids) else ())

    def _record(self, message: Message | None) -> LogRecord:
        caller, room = self._caller, self._room
        return caller.record(Action.APPEND, room, self._name, message, detail={"what": "note"})


def _is_to_colleagues(message: NewMessage) -> bool:
    """And none of those that were written already."""
    recipients = header_of(message.content).recipients
    start = next(iter(message.content.chunks()), b"")
    written = notes.FIELD.lower() + b":" in start.lower()
    return (
        bool(recipients)
        and not written
        and all(map(notes.is_note_address, map(compared, recipients)))
    )
