"""What the notes of a mailbox say is known before the first mail is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from proxyd.domain.note_leaks import ReadNote
from proxyd.domain.ports.database import Transaction
from proxyd.service.mailbox.mailroom import Mailroom

AT_ONCE = 200  # that are read in one go


async def load_notes(room: Mailroom) -> None:
    """Raises StoreUnavailable."""
    mailbox_id, store = room.mailbox.id, room.shop.store
    rows = await store.read(lambda tx: tx.notes.all(mailbox_id, draft=False))
    for start in range(0, len(rows), AT_ONCE):
        uids = [row.uid for row in rows[start : start + AT_ONCE]]

        def read(tx: Transaction, uids: list[int] = uids) -> dict[int, bytes]:
            return tx.notes.messages(mailbox_id, uids)

        found = await store.read(read)
        room.leaks.know(*await asyncio.to_thread(_read, list(found.values())))


def _read(found: Sequence[bytes]) -> list[ReadNote]:
    return [ReadNote.of(note) for note in found]
