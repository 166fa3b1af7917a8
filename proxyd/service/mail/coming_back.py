"""What does not leave is put where its writer finds it: the provider's Drafts, or Trash, and where
somebody else or something else has stopped it, an internal note says so.

Invariants: whatever dies in the middle, it is there once (the octets tell), and the writer is told
once (the note is committed with the end of the waiting). Nothing stays in Sent as if it had gone
out (sent_in_vain.py).
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from proxyd.domain import notes
from proxyd.domain.errors import UpstreamFolderMissing, UpstreamRefused
from proxyd.domain.events import Action
from proxyd.domain.held import DRAFTS, TRASH, HeldMail
from proxyd.domain.note_leaks import ReadNote
from proxyd.domain.note_marks import RANDOM_OCTETS
from proxyd.domain.notes import NoteKind
from proxyd.domain.outbox import Sending
from proxyd.domain.ports.database import Transaction
from proxyd.domain.thread import parse_headers
from proxyd.domain.types import BytesBlob, LogRecord, Origin
from proxyd.service.api.folder_tree import Special
from proxyd.service.mail.as_draft import as_draft
from proxyd.service.mail.come_back_words import ComeBack
from proxyd.service.mail.sent_in_vain import copies_in_vain
from proxyd.service.mail.special_use import CAPABILITY
from proxyd.service.mail.storing import whole_message
from proxyd.service.mail.trash import trash_of
from proxyd.service.mailbox.change import Change
from proxyd.service.mailbox.held_mails import stage_gone, stage_mark_gone
from proxyd.service.mailbox.mailroom import Mailroom
from proxyd.service.mailbox.model import Folder, Message
from proxyd.service.mailbox.replying import stage_reply
from proxyd.service.mailbox.sync import Synchroniser
from proxyd.service.notes.making import NoteFacts, made
from proxyd.service.notes.pieces import field, subject_field, text_part

_FLAGS = ("\\Draft", "\\Seen")
_NAME = "Drafts"  # made where the provider has none


@dataclass(frozen=True, slots=True)
class _Matter:
    mail: HeldMail
    sending: Sending
    draft: bytes


async def come_back(room: Mailroom, sync: Synchroniser, sending_id: int) -> Message | None:
    """Where it lies then; None where it is not to come back, or not any more.

    Raises UpstreamError, StoreUnavailable.
    """
    async with room.coming_back:
        found = await room.shop.store.read(lambda tx: tx.held.find(sending_id))
        if found is None or not found[0].stays:
            return None
        mail, sending = found
        if sending.message is None:  # another master key: there is nothing that could be put back
            await room.change(lambda change: _stage_end(change, room, mail))
            return None
        matter = _Matter(mail, sending, as_draft(sending.message, sending.recipients))
        folder = await folder_for(room, sync, mail.into)
        await sync.sync_folder(folder)
        record = _record(room, matter, folder)
        there = await _there(room, folder, matter)
        vain = await copies_in_vain(room, sending, BytesBlob(matter.draft))
        async with room.begun.asking([record]) as finish:
            if there is None:
                there = await _put(room, sync, folder, matter)
            note = _note(room, matter, there)
            uids: list[int] = []
            await _remove(room, vain)

            def stage(change: Change) -> None:
                change.also.append(finish)
                change.records.append(record)
                _stage_draft(change, room, matter, there)
                _stage_end(change, room, mail)
                change.remove_all(vain)
                stage_mark_gone(change, room, mail, sending.login)
                if note:
                    change.also.append(lambda tx: uids.append(_add_note(tx, room, note)))

            await room.change(stage)
    room.held_news.set()
    room.state.owed.wanted.set()
    await _show_note(room, sync, note, uids)
    return there


# ------------------------------------------------------------------ where it goes


async def folder_for(room: Mailroom, sync: Synchroniser, into: str) -> Folder:
    """``into``: as HeldMail.into. Raises UpstreamError."""
    if room.state.folder_named("INBOX") is None:
        raise room.why_down()  # nobody has said which folders there are
    if into == TRASH:
        return await trash_of(room, sync)
    found = _drafts(room)
    if found is None:
        has_use = CAPABILITY in await room.upstream.capabilities()
        with contextlib.suppress(UpstreamRefused):  # somebody was faster: the list says so
            await room.upstream.create(_NAME, Special.DRAFTS.value if has_use else "")
        await sync.list_anew()
        found = _drafts(room)
    if found is None:
        raise UpstreamFolderMissing("the provider has no folder for drafts")
    return found


def _drafts(room: Mailroom) -> Folder | None:
    return room.state.special_folder("\\drafts") or room.state.folder_named(_NAME)


async def _there(room: Mailroom, folder: Folder, matter: _Matter) -> Message | None:
    """A former process has put it there, and died before it could say so."""
    for message in room.state.by_message_id.get(matter.sending.message_id, ()):
        if message.folder is folder and message.size == len(matter.draft):
            blob = await whole_message(room, message)
            if blob is not None and b"".join(blob.chunks()) == matter.draft:
                return message
    return None


async def _put(
    room: Mailroom, sync: Synchroniser, folder: Folder, matter: _Matter
) -> Message | None:
    """What is there then; None where somebody has taken it away at once."""
    content = BytesBlob(matter.draft)
    place = await room.upstream.append(folder.name, _FLAGS, None, content)
    if place is not None:
        return (await sync.ingest(folder, place[0], [place[1]])).get(place[1])
    await sync.sync_folder(folder)
    return await _there(room, folder, matter)


async def _remove(room: Mailroom, copies: Sequence[Message]) -> None:
    for folder in {copy.folder for copy in copies}:
        uids = [copy.uid for copy in copies if copy.folder is folder]
        await room.upstream.expunge(folder.name, folder.uidvalidity, uids)


# ------------------------------------------------------------------ what is staged


def _stage_draft(change: Change, room: Mailroom, matter: _Matter, there: Message | None) -> None:
    writer = room.shop.people.by_login(matter.sending.login)
    if writer is None or there is None or not change.is_here(there):
        return
    change.draft_by(writer.id, there)
    names = parse_headers(matter.draft).in_reply_to
    if names and matter.mail.into == DRAFTS:
        stage_reply(change, room, writer, Origin("proxyd"), there)


def _stage_end(change: Change, room: Mailroom, mail: HeldMail) -> None:
    number = mail.sending_id

    def end(tx: Transaction) -> None:
        tx.held.gone(number)
        tx.outbox.forget(number)

    stage_gone(change, room, number)
    change.also.append(end)


def _record(room: Mailroom, matter: _Matter, folder: Folder) -> LogRecord:
    sending, mail = matter.sending, matter.mail
    why = {"why": mail.why["why"]} if "why" in mail.why else {}
    return LogRecord(
        action=Action.LEAVING,
        actor=mail.by,
        mailbox=room.mailbox.name,
        view=folder.name,
        message_id=sending.message_id,
        conversation=sending.conversation_id,
        detail={"step": "came-back", "writer": sending.login, **why},
    )


# ------------------------------------------------------------------ what its writer is told


def _note(room: Mailroom, matter: _Matter, there: Message | None) -> bytes:
    """Nothing where the writer has taken it back."""
    mail, sending = matter.mail, matter.sending
    if not mail.why:
        return b""
    headers, mailbox = parse_headers(matter.draft), room.mailbox
    told = _told(room, mail, sending)
    words = ComeBack(mailbox.language, headers.subject, mail.into, told, mail.why)
    own = there.message_id if there is not None else headers.message_id
    known = (id_ for id_ in headers.answered_ids if id_ in room.state.threads)
    about = next(known, own)
    now = datetime.fromtimestamp(room.shop.clock() / 1_000_000).astimezone()
    facts = NoteFacts(
        "", "proxyd", mailbox.name, notes.note_address(mailbox.address), mailbox.language, now,
        room.shop.marks.token(secrets.token_hex(RANDOM_OCTETS)), mentioned=told,
    )  # fmt: skip
    written = subject_field(words.title()) + field("In-Reply-To", f"<{about}>")
    written += text_part(words.text())
    return made(written, parse_headers(written), facts)


def _told(room: Mailroom, mail: HeldMail, sending: Sending) -> tuple[str, ...]:
    """Who has approved it takes it for sent. Who can't come in is told nothing: whoever has the
    conversation now is.
    """
    approved = mail.approved_by if mail.approved_by != mail.by else ""
    writer, heir = room.shop.people.by_login(sending.login), ""
    conversation = room.state.conversations.get(sending.conversation_id or 0)
    if conversation is not None and (writer is None or writer.disabled):
        heir = room.login_of(conversation.assignee)
    return tuple(dict.fromkeys(filter(None, (sending.login, approved, heir))))


def _add_note(tx: Transaction, room: Mailroom, note: bytes) -> int:
    return tx.notes.add(room.mailbox.id, None, room.shop.clock(), note, NoteKind.NOTE)


async def _show_note(room: Mailroom, sync: Synchroniser, note: bytes, uids: Sequence[int]) -> None:
    folder = room.state.special_folder(notes.ATTRIBUTE)
    if uids:  # its words are ours, and a provider's: any answer may have them
        room.leaks.know(ReadNote.of_reminder(note, room.shop.marks))
    if uids and folder is not None:
        await sync.ingest(folder, notes.UIDVALIDITY, uids)
