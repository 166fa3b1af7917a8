"""A colleague writes a note: what it stands with, whom it names, and that it is there once.

Who may is the caller's business. Invariants: a note is durable before anybody hears of it; it is in
a conversation of its own mailbox; nothing of it is asked of the provider.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from proxyd.domain import notes
from proxyd.domain.deleting import FolderUse, place_of
from proxyd.domain.errors import CannotDo
from proxyd.domain.note_leaks import ReadNote, written
from proxyd.domain.ports.database import Transaction
from proxyd.domain.thread import Headers, parse_headers
from proxyd.domain.types import Account, LogRecord, Right
from proxyd.mailtext.addresses import compared
from proxyd.mailtext.authors import Ambiguous, authors
from proxyd.mailtext.fields import fields, first, header_end
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.sync import Synchroniser
from proxyd.service.notes.making import NoteFacts, made


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """``repeated``: it was there when it was asked for."""

    message: Message
    repeated: bool = False


class NoteWriter:
    """Of one mailbox."""

    def __init__(
        self,
        room: Mailroom,
        sync: Synchroniser,
        token: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        self._room = room
        self._sync = sync
        self._token = token

    def check(self, octets: int) -> None:
        """Raises CannotDo("note-too-big"), UpstreamUnavailable while there is no folder yet."""
        if octets > notes.MOST_OCTETS:
            raise CannotDo("note-too-big", limit=str(notes.MOST_OCTETS // 1_000_000))
        self._folder(draft=False)

    def _folder(self, *, draft: bool) -> Folder:
        word = notes.DRAFTS_ATTRIBUTE if draft else notes.ATTRIBUTE
        folder = self._room.state.special_folder(word)
        if folder is None:
            raise self._room.why_down()
        return folder

    async def write(
        self, account: Account, message: bytes, record: Callable[[Message | None], LogRecord]
    ) -> WrittenNote:
        """``record`` makes the log's, of what is there where that is known.

        Raises what ``check`` does, CannotDo("note-answers-none") and CannotDo("note-not-ours").
        """
        self.check(len(message))
        folder = self._folder(draft=False)
        headers = parse_headers(message)
        self._require_ours(message)
        if not any(id_ in self._room.state.threads for id_ in headers.answered_ids):
            raise CannotDo("note-answers-none")
        if (there := self._there(folder, account, headers)) is not None:
            await self._room.record([record(there)])
            return WrittenNote(there, repeated=True)
        facts, logins = self._facts(account), {p.login for p in self._room.staff(Right.READ)}
        facts = replace(facts, keeps_id=not self._is_taken(headers.message_id))
        # In a thread: it may have megabytes, and others want their turn.
        note, read = await asyncio.to_thread(_made, message, headers, facts, logins)
        there = await self._keep(folder, account, note, record)
        self._room.leaks.know(read)
        return WrittenNote(there)

    async def keep_draft(
        self, account: Account, message: bytes, record: Callable[[Message | None], LogRecord]
    ) -> Message:
        """As it is: it comes again, and is a note when it is sent."""
        self.check(len(message))
        whose = b"%b: %b\r\n" % (notes.AUTHOR, account.login.encode())
        draft = whose + _with_crlf(message)
        return await self._keep(self._folder(draft=True), account, draft, record)

    async def _keep(
        self,
        folder: Folder,
        account: Account,
        message: bytes,
        record: Callable[[Message | None], LogRecord],
    ) -> Message:
        room = self._room
        add = partial(
            _add, mailbox_id=room.mailbox.id, account_id=account.id, now_us=room.shop.clock(),
            message=message, draft=folder.note_drafts,
        )  # fmt: skip
        async with room.begun.asking([record(None)]) as finish:
            uid = await room.shop.store.write(add)
            there = await self._sync.ingest(folder, notes.UIDVALIDITY, [uid])
            await room.record([record(there.get(uid))], finish)
        return there[uid]

    def _there(self, folder: Folder, account: Account, headers: Headers) -> Message | None:
        """Sent again because the answer was lost, it is there already."""
        for message in self._room.state.by_message_id.get(headers.message_id, ()):
            own = self._room.state.drafts.get(message) == account.id
            if message.folder is folder and own and headers.message_id:
                return message
        return None

    def _is_taken(self, message_id: str) -> bool:
        """By a mail that is no draft: who answers that one has not answered the note."""
        named = self._room.state.by_message_id.get(message_id, ())
        places = (message.folder for message in named)
        return any(place_of(each.attributes) is not FolderUse.DRAFTS for each in places)

    def _require_ours(self, message: bytes) -> None:
        """A customer's mail is no note, wherever it is dropped."""
        value = first(fields(message[: header_end(message)]), b"FROM")
        room = self._room
        ours = {compared(address) for address in room.mailbox.addresses}
        ours.add(notes.note_address(room.mailbox.address))
        try:
            wrote = {author.address for author in authors(value or b"")}
        except Ambiguous:
            wrote = {""}
        if not wrote <= ours:
            raise CannotDo("note-not-ours")

    def _facts(self, account: Account) -> NoteFacts:
        mailbox, now_us = self._room.mailbox, self._room.shop.clock()
        return NoteFacts(
            account.login,
            account.name,
            mailbox.name,
            notes.note_address(mailbox.address),
            mailbox.language,
            datetime.fromtimestamp(now_us / 1_000_000).astimezone(),
            self._token(),
        )


def _made(
    message: bytes, headers: Headers, facts: NoteFacts, logins: set[str]
) -> tuple[bytes, ReadNote]:
    named = notes.mentioned(written(message), logins)
    note = made(_with_crlf(message), headers, replace(facts, mentioned=named))
    return note, ReadNote.of(note)


def _with_crlf(message: bytes) -> bytes:
    return message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def _add(
    tx: Transaction, *, mailbox_id: int, account_id: int, now_us: int, message: bytes, draft: bool
) -> int:
    return tx.notes.add(mailbox_id, account_id, now_us, message, draft=draft)
