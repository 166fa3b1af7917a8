"""A colleague writes a note: what it stands with, whom it names, and that it is there once.

Who may is the caller's business. Invariants: a note is durable before anybody hears of it; it is in
a conversation of its own mailbox; nothing of it is asked of the provider.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from proxyd.domain import notes
from proxyd.domain.deleting import FolderUse, place_of
from proxyd.domain.errors import CannotDo
from proxyd.domain.note_leaks import ReadNote, written
from proxyd.domain.note_marks import RANDOM_OCTETS, Marks
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
from proxyd.service.notes.same_note import text_digest


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
        dice: Callable[[], str] = lambda: secrets.token_hex(RANDOM_OCTETS),
    ) -> None:
        self._room = room
        self._sync = sync
        self._dice = dice

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

        Raises what ``check_note`` does.
        """
        self.check_note(message)
        message, room = _with_crlf(message), self._room
        # Two connections may bring the same at once.
        async with room.noting:
            if (there := await self._there(account, message)) is not None:
                await room.record([record(there)])
                return WrittenNote(there, repeated=True)
            headers = parse_headers(message)
            facts, logins = self._facts(account), {p.login for p in room.staff(Right.READ)}
            if self._is_taken(headers.message_id):
                facts = replace(facts, id=self._other_id(account, headers, message))
            # In a thread: it may have megabytes, and others want their turn.
            note, read = await asyncio.to_thread(
                _made, message, headers, facts, logins, room.shop.marks
            )
            there = await self._keep(self._folder(draft=False), account, note, record)
            room.leaks.know(read)
        return WrittenNote(there)

    def check_note(self, message: bytes) -> None:
        """Raises what ``check`` does, CannotDo("note-answers-none"), CannotDo("note-not-ours")."""
        self.check(len(message))
        self._require_ours(message)
        if not any(map(self._is_a_mail, parse_headers(message).answered_ids)):
            raise CannotDo("note-answers-none")

    async def keep_draft(
        self, account: Account, message: bytes, record: Callable[[Message | None], LogRecord]
    ) -> Message:
        """As it is: it comes again, and is a note when it is sent."""
        self.check(len(message))
        whose = b"%b: %b\r\n" % (notes.AUTHOR, account.login.encode())
        draft = whose + _with_crlf(message)
        there = await self._keep(self._folder(draft=True), account, draft, record)
        # Colleagues read it already.
        marks = self._room.shop.marks
        self._room.leaks.know(await asyncio.to_thread(ReadNote.of_draft, draft, marks))
        return there

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
            message=message, kind=notes.KINDS[folder.name],
        )  # fmt: skip
        async with room.begun.asking([record(None)]) as finish:
            uid = await room.shop.store.write(add)
            there = await self._sync.ingest(folder, notes.UIDVALIDITY, [uid])
            await room.record([record(there.get(uid))], finish)
        return there[uid]

    async def _there(self, account: Account, message: bytes) -> Message | None:
        """Sent again because the answer was lost, or stored again as it is, it is there already."""
        headers, room = parse_headers(message), self._room
        if headers.message_id not in room.state.by_message_id:
            return None
        value = first(fields(message[: header_end(message)]), notes.FIELD.upper()) or b""
        is_note = bool(room.shop.marks.among(value))
        ids = headers.message_id, self._other_id(account, headers, message)
        known = [each for id_ in ids for each in room.state.by_message_id.get(id_, ())]
        for there in known:
            theirs = room.state.drafts.get(there) == account.id or is_note
            may_be = theirs and there.folder is self._folder(draft=False)
            if may_be and await self._says_the_same(there, message):
                return there
        return None

    async def _says_the_same(self, there: Message, message: bytes) -> bool:
        mailbox_id, uid = self._room.mailbox.id, there.uid
        found = await self._room.shop.store.read(lambda tx: tx.notes.messages(mailbox_id, [uid]))
        return uid in found and text_digest(found[uid]) == text_digest(message)

    def _other_id(self, account: Account, headers: Headers, message: bytes) -> str:
        """Of a note whose Message-ID another mail has; the same when it is sent again."""
        facts = f"{account.id} {headers.message_id} ".encode() + text_digest(message)
        domain = notes.note_address(self._room.mailbox.address).rpartition("@")[2]
        return f"{hashlib.sha256(facts).hexdigest()[:24]}@{domain}"

    def _is_a_mail(self, message_id: str) -> bool:
        """What answers a reminder alone would be in no thread that anybody sees."""
        return message_id in self._room.state.threads and not notes.is_reminder_id(message_id)

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
        ours |= notes.note_addresses(room.mailbox.address)
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
            self._room.shop.marks.token(self._dice()),
        )


def _made(
    message: bytes, headers: Headers, facts: NoteFacts, logins: set[str], marks: Marks
) -> tuple[bytes, ReadNote]:
    named = notes.mentioned(written(message), logins)
    note = made(message, headers, replace(facts, mentioned=named))
    return note, ReadNote.of(note, marks)


def _with_crlf(message: bytes) -> bytes:
    return message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def _add(
    tx: Transaction,
    *,
    mailbox_id: int,
    account_id: int,
    now_us: int,
    message: bytes,
    kind: notes.NoteKind,
) -> int:
    return tx.notes.add(mailbox_id, account_id, now_us, message, kind)
