"""What was begun comes back as it was, until it is finished."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.ports.begun import HalfDone, HalfDoneMail
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

COUNT = "SELECT (SELECT count(*) FROM half_done) + (SELECT count(*) FROM half_done_mails)"


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


async def test_half_done_mails_are_apart_and_know_how_far_they_got(
    database: Database, mailbox: SharedMailbox
) -> None:
    each = [RECORD, replace(RECORD, message_id="b@x")]
    mails = tuple(HalfDoneMail(digest) for digest in (b"one", b"two", b"three"))
    half = HalfDone("受信/箱", 4294967295, 17, True, mails)
    plain = await database.write(lambda tx: tx.begun.begin(mailbox.id, 4, [RECORD]))
    number = await database.write(lambda tx: tx.begun.begin(mailbox.id, 5, each))
    await database.write(lambda tx: tx.begun.begin_mails(number, half))
    assert await database.read(lambda tx: tx.begun.half_done(mailbox.id)) == [
        (number, 5, each, half)
    ]
    assert await database.read(lambda tx: tx.begun.half_done(mailbox.id + 1)) == []
    (row,) = await database.read(lambda tx: tx.begun.interrupted(mailbox.id))
    assert row[0] == plain
    await database.write(lambda tx: tx.begun.stored_mail(number, 0, 4294967295))
    await database.write(lambda tx: tx.begun.stored_mail(number, 1, 0))
    ((*_, now),) = await database.read(lambda tx: tx.begun.half_done(mailbox.id))
    assert [mail.uid for mail in now.mails] == [4294967295, 0, None]
    assert [mail.digest for mail in now.mails] == [b"one", b"two", b"three"]
    await database.write(lambda tx: tx.begun.finish({number}))
    assert await database.read(lambda tx: tx.begun.half_done(mailbox.id)) == []
    left = await database.read(lambda tx: tx.connection.exec_driver_sql(COUNT).scalar())
    assert left == 0
