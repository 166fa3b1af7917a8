"""What the notes of a mailbox say, and which reminders there are, is known before the first mail is
sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from proxyd.domain.note_leaks import ReadNote
from proxyd.domain.note_marks import Marks
from proxyd.domain.notes import AUTHOR, NoteKind
from proxyd.domain.ports.database import Transaction
from proxyd.mailtext.fields import Header
from proxyd.service.mailbox.mailroom import Mailroom

AT_ONCE = 200  # that are read in one go


async def load_notes(room: Mailroom) -> None:
    """Raises StoreUnavailable."""
    readers = {
        NoteKind.NOTE: _read_note,
        NoteKind.DRAFT: ReadNote.of_draft,
        NoteKind.REMINDER: ReadNote.of_reminder,
    }
    for kind, read in readers.items():
        async for found in _of_kind(room, kind):
            room.leaks.know(*await asyncio.to_thread(_read, found, read, room.shop.marks))


def _read_note(note: bytes, marks: Marks) -> ReadNote:
    """What nobody has written is ours: its words say nothing that must not leave."""
    written = Header(note).first(AUTHOR.upper())
    return ReadNote.of(note, marks) if written else ReadNote.of_reminder(note, marks)


async def _of_kind(room: Mailroom, kind: NoteKind) -> AsyncIterator[list[bytes]]:
    mailbox_id, store = room.mailbox.id, room.shop.store
    rows = await store.read(lambda tx: tx.notes.all(mailbox_id, kind))
    for start in range(0, len(rows), AT_ONCE):
        uids = [row.uid for row in rows[start : start + AT_ONCE]]

        def read(tx: Transaction, uids: list[int] = uids) -> dict[int, bytes]:
            return tx.notes.messages(mailbox_id, uids)

        yield list((await store.read(read)).values())


def _read(
    found: Sequence[bytes], read: Callable[[bytes, Marks], ReadNote], marks: Marks
) -> list[ReadNote]:
    return [read(each, marks) for each in found]
