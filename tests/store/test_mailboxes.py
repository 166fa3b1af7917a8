"""Shared mailboxes as rows (store/mailboxes.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, insert, select

from proxyd.domain.errors import AlreadyExists
from proxyd.domain.types import SeenMode, Server, SharedMailbox
from proxyd.store import schema

BOX = SharedMailbox(
    0,
    "サポート",
    "support@example.test",
    ("info@example.test", "ヘルプ@example.test"),
    "ja",
    SeenMode.SHARED,
    Server("mail.example.test", 993, "tls", "support@example.test", "/etc/ca.pem"),
    Server("smtp.example.test", 587, "starttls", "relay"),
)


async def test_every_field_comes_back(database):
    added = await database.write(lambda tx: tx.mailboxes.add(BOX, b"sealed"))
    assert added == replace(BOX, id=added.id)
    assert await database.read(lambda tx: tx.mailboxes.find("サポート")) == added
    assert await database.read(lambda tx: tx.mailboxes.all()) == [added]
    assert await database.read(lambda tx: tx.mailboxes.sealed_password(added.id)) == b"sealed"


async def test_changes(database):
    added = await database.write(lambda tx: tx.mailboxes.add(BOX, b"sealed"))
    changed = replace(added, name="support", language="en", aliases=(), seen=SeenMode.PERSON)
    await database.write(lambda tx: tx.mailboxes.update(changed))
    await database.write(lambda tx: tx.mailboxes.set_sealed_password(added.id, b"other"))
    assert await database.read(lambda tx: tx.mailboxes.all()) == [changed]
    assert await database.read(lambda tx: tx.mailboxes.sealed_password(added.id)) == b"other"


async def test_a_name_is_taken_once(database):
    await database.write(lambda tx: tx.mailboxes.add(BOX, b"s"))
    other = await database.write(lambda tx: tx.mailboxes.add(replace(BOX, name="b"), b"s"))
    with pytest.raises(AlreadyExists):
        await database.write(lambda tx: tx.mailboxes.add(BOX, b"s"))
    with pytest.raises(AlreadyExists):
        await database.write(lambda tx: tx.mailboxes.update(replace(other, name="サポート")))


async def test_unknown(database):
    assert await database.read(lambda tx: tx.mailboxes.find("x")) is None
    with pytest.raises(KeyError):
        await database.read(lambda tx: tx.mailboxes.sealed_password(1))


async def test_removing_takes_everything_along_but_the_log(database):
    """Rows of every kind that hang on a mailbox, some of them on each other."""
    added = await database.write(lambda tx: tx.mailboxes.add(BOX, b"s"))

    def fill(tx):
        rows = [
            (schema.folders, {"mailbox_id": added.id, "id": 1, "name": "INBOX", "delimiter": "/",
                              "attributes": ""}),
            (schema.conversations, {"id": 1, "mailbox_id": added.id, "status": "open",
                                    "changed_us": 0}),
            (schema.messages, {"id": 1, "folder_id": 1, "uid": 1, "conversation_id": 1,
                               "message_id": "a@b", "size": 1, "internal_date": "", "flags": "",
                               "inbound": True, "automatic": False, "subject_digest": ""}),
            (schema.thread_ids, {"mailbox_id": added.id, "message_id": "a@b",
                                 "conversation_id": 1}),
            (schema.answers, {"conversation_id": 1, "name": "", "message_id": "", "at_us": 0}),
            (schema.views, {"id": 1, "mailbox_id": added.id, "kind": "folder", "subject": "1",
                            "uidvalidity": 1, "uidnext": 2}),
            (schema.view_messages, {"view_id": 1, "uid": 1, "message_id": 1}),
            (schema.outbox, {"mailbox_id": added.id, "login": "a", "conversation_id": 1,
                             "message_id": "", "digest": "", "sender": "", "recipients": "[]",
                             "state": "filed", "created_us": 0}),
        ]  # fmt: skip
        for table, values in rows:
            tx.connection.execute(insert(table).values(values))

    def left(tx):
        tables = [t for t in schema.metadata.sorted_tables if t.name not in {"meta", "log"}]
        counts = {t.name: tx.connection.scalar(select(func.count()).select_from(t)) for t in tables}
        return {name for name, count in counts.items() if count}

    await database.write(fill)
    assert len(await database.read(left)) == 9
    await database.write(lambda tx: tx.mailboxes.remove(added.id))
    assert await database.read(left) == set()
