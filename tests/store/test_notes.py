"""Notes, drafts and reminders as rows: encrypted, by kind, and readable under another key."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from proxyd.domain.notes import NoteKind
from proxyd.domain.types import SharedMailbox
from proxyd.store import schema
from proxyd.store.database import Database
from proxyd.store.notes import NoteStore, reseal_notes
from tests.store.test_mailboxes import BOX

MAIL = b"Subject: 3 mails are overdue\r\n\r\nOrder 12\r\n"


@pytest.fixture
async def mailbox(database: Database) -> SharedMailbox:
    return await database.write(lambda tx: tx.mailboxes.add(BOX, b"sealed"))


async def test_each_kind_is_listed_by_itself(database: Database, mailbox: SharedMailbox) -> None:
    for number, kind in enumerate(NoteKind, 1):
        uid = await database.write(lambda tx, k=kind: tx.notes.add(mailbox.id, None, 5, MAIL, k))
        assert uid == number
    for number, kind in enumerate(NoteKind, 1):
        rows = await database.read(lambda tx, k=kind: tx.notes.all(mailbox.id, k))
        assert [row.uid for row in rows] == [number]
    found = await database.read(lambda tx: tx.notes.messages(mailbox.id, [1, 2, 3, 4]))
    assert found == dict.fromkeys([1, 2, 3], MAIL)
    stored = await database.read(
        lambda tx: list(tx.connection.scalars(select(schema.notes.c.message)))
    )
    assert not any(b"Order" in each for each in stored)


async def test_a_reminder_opens_under_the_next_master_key(
    database: Database, mailbox: SharedMailbox
) -> None:
    before, after = bytes(32), bytes(range(32))
    kind = NoteKind.REMINDER
    uid = await database.write(
        lambda tx: NoteStore(tx.connection, before).add(mailbox.id, None, 5, MAIL, kind)
    )
    await database.write(lambda tx: reseal_notes(tx.connection, before, after))
    for key, shown in ((before, {}), (after, {uid: MAIL})):
        assert shown == await database.read(
            lambda tx, k=key: NoteStore(tx.connection, k).messages(mailbox.id, [uid])
        )


async def test_a_time_that_is_done_with_is_the_mailbox_s_own(
    database: Database, mailbox: SharedMailbox
) -> None:
    other = await database.write(
        lambda tx: tx.mailboxes.add(replace(BOX, name="b", address="b@example.test"), b"s")
    )
    assert await database.read(lambda tx: tx.notes.reminded_us(mailbox.id)) == 0
    await database.write(lambda tx: tx.notes.remind(mailbox.id, 7))
    assert await database.read(lambda tx: tx.notes.reminded_us(mailbox.id)) == 7
    assert await database.read(lambda tx: tx.notes.reminded_us(other.id)) == 0
    # a change of its settings leaves it alone
    await database.write(lambda tx: tx.mailboxes.update(replace(mailbox, language="en")))
    assert await database.read(lambda tx: tx.notes.reminded_us(mailbox.id)) == 7
