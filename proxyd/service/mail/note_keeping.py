"""Notes from a mail client: APPEND to the folder of the notes, a draft that is dropped there, and
what a client files of them by itself (its draft, its copy in Sent).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from proxyd.domain import notes
from proxyd.domain.deleting import FolderUse, place_of
from proxyd.domain.errors import CannotDo
from proxyd.domain.events import Action
from proxyd.domain.note_leaks import How, Leak, Leaks, LookedThrough
from proxyd.domain.passed_on import passed_on
from proxyd.domain.thread import Headers
from proxyd.domain.types import Blob, LogRecord, Right
from proxyd.mailtext.addresses import compared
from proxyd.mailtext.authors import Ambiguous, authors
from proxyd.mailtext.fields import Header, header_end
from proxyd.service.api.appending import AppendResult, NewMessage
from proxyd.service.mail.caller import Caller
from proxyd.service.mail.storing import header_of
from proxyd.service.mail.tree import Entry
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.replying import stage_reply
from proxyd.service.mailbox.sync import Synchroniser
from proxyd.service.notes.writing import NoteWriter


@dataclass(frozen=True, slots=True)
class KeptInside:
    """Why a mail must not get to the provider. ``elsewhere``: nor into this mailbox, because of a
    note that is not known to be one of it.
    """

    elsewhere: bool
    by_words: bool = False  # alone


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
            self._writer.check_note(b"".join(message.content.chunks()))
        there = [await self.keep(message.content) for message in messages]
        return self._result(there)

    async def keep(self, content: Blob) -> Message:
        self._writer.check(content.size)
        octets = b"".join(content.chunks())
        done = await self._writer.write(self._caller.account, octets, self._record)
        return done.message

    async def kept(self, message: NewMessage) -> KeptInside | None:
        """Whether what a client wants to file in a real folder must not get to the provider."""
        headers = header_of(message.content)
        async with self._room.reading:
            mail, found = await asyncio.to_thread(self._looked_through, message.content, headers)
        recipients = _recipients(headers)
        own = self._room.leaks
        leaks = [leak for room in self._rooms if (leak := found[room])]
        # A mistyped address is refused when it is sent to; what is written to it is a note's.
        if not (leaks or mail.marked or any(map(notes.goes_nowhere, recipients))):
            return None
        others = [room for room in self._rooms if room is not self._room]
        theirs = {form for room in others for form in notes.note_addresses(room.mailbox.address)}
        theirs -= notes.note_addresses(self._room.mailbox.address)  # two may share one
        elsewhere = any(found[room] for room in others) or not mail.marked <= own.marked
        whole = mail.marked or any(leak.how is not How.WORDS for leak in leaks)
        by_words = not whole and not any(map(notes.goes_nowhere, recipients))
        return KeptInside(elsewhere or not theirs.isdisjoint(recipients), by_words)

    def _looked_through(
        self, content: Blob, headers: Headers
    ) -> tuple[LookedThrough, dict[Mailroom, Leak | None]]:
        """In a thread."""
        octets = b"".join(content.chunks())
        mail = LookedThrough(octets, headers, passed_on(octets), self._room.shop.marks)
        found = {room: _leak(room.leaks, mail, headers) for room in self._rooms}
        if self._is_theirs(octets):
            # A note may quote the customer; what comes from outside was outside already.
            found = {r: None if x and x.how is How.WORDS else x for r, x in found.items()}
        return mail, found

    def _is_theirs(self, mail: bytes) -> bool:
        """Written by nobody here, and filed where people don't write."""
        folder = self._folder
        if folder is not None and (folder.sent or place_of(folder.attributes) is FolderUse.DRAFTS):
            return False
        ours = {compared(each) for room in self._rooms for each in room.mailbox.addresses}
        try:
            wrote = {
                each.address for each in authors(Header(mail[: header_end(mail)]).first(b"FROM"))
            }
        except Ambiguous:
            return False
        return bool(wrote) and wrote.isdisjoint(ours)

    async def file(
        self, messages: Sequence[NewMessage], kept: Sequence[KeptInside | None]
    ) -> AppendResult:
        """A draft is kept here; the copy of a note that was sent is the note, and one that is filed
        before it is sent, or has no Message-ID by which that is known, a draft.

        Raises CannotDo("note-stays") for any other folder, and for what is of another mailbox: its
        colleagues would read it here.
        """
        folder = self._folder
        if any(each is not None and each.elsewhere for each in kept):
            raise CannotDo("note-stays")
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


def _recipients(headers: Headers) -> set[str]:
    return {notes.plain_address(compared(each)) for each in headers.recipients}


def _leak(leaks: Leaks, mail: LookedThrough, headers: Headers) -> Leak | None:
    """It may be one as well, not only have one in it."""
    return Leak(How.PASSED_ON) if headers.message_id in leaks.ids else leaks.found(mail)


def _is_to_colleagues(message: NewMessage) -> bool:
    """And none of those that were written already."""
    recipients = _recipients(header_of(message.content))
    start = next(iter(message.content.chunks()), b"")
    written = notes.FIELD.lower() + b":" in start.lower()
    return bool(recipients) and not written and all(map(notes.is_note_address, recipients))
