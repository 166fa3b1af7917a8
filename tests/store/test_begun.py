"""What was begun comes back as it was, until it is finished."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.types import LogRecord, Origin, SeenMode, Server, SharedMailbox
from proxyd.store.database import Database

SERVER = Server("127.0.0.1", 1, "plain", "support")
RECORD = LogRecord(
    action="move",
    actor="anna",
    mailbox="サポート",
    view="INBOX",
    message_id='a"\u202e@x',
    subject_digest="d",
    conversation=7,
    origin=Origin("imap", "127.0.0.1", "mutt", "word"),
    detail={"to": "Archive", "count": 2},
)


@pytest.fixture
async def mailbox(database: Database) -> SharedMailbox:
    mailbox = SharedMailbox(
        0, "support", "support@example.test", (), "en", SeenMode.PERSON, SERVER, SERVER
    )
    return await database.write(lambda tx: tx.mailboxes.add(mailbox, b"sealed"))


async def test_what_is_begun_stands_until_it_is_finished(
    database: Database, mailbox: SharedMailbox
) -> None:
    each = [RECORD, replace(RECORD, message_id="b@x", conversation=None)]
    one = await database.write(lambda tx: tx.begun.begin(mailbox.id, 5, each))
    two = await database.write(lambda tx: tx.begun.begin(mailbox.id, 6, [RECORD]))
    found = await database.read(lambda tx: tx.begun.interrupted(mailbox.id))
    assert found == [(one, 5, each), (two, 6, [RECORD])]
    assert await database.read(lambda tx: tx.begun.interrupted(mailbox.id + 1)) == []
    await database.write(lambda tx: tx.begun.finish(set()))
    await database.write(lambda tx: tx.begun.finish({one, 99}))
    assert await database.read(lambda tx: tx.begun.interrupted(mailbox.id)) == found[1:]
    await database.write(lambda tx: tx.mailboxes.remove(mailbox.id))
    assert await database.read(lambda tx: tx.begun.interrupted(mailbox.id)) == []
