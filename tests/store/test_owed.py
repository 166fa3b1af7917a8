"""What is owed to a provider comes back as it was, once for each message and flag."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.owed import OwedFlag
from proxyd.domain.types import SeenMode, Server, SharedMailbox
from proxyd.store.database import Database

SERVER = Server("127.0.0.1", 1, "plain", "support")
FLAGGED = OwedFlag("\\Flagged", wanted=True, at_us=5, actor="anna")


def add_mails(tx: Transaction, mailbox_id: int, count: int) -> Sequence[int]:
    folder = tx.mail.next_id("folders")
    tx.mail.add(
        "folders",
        [{"id": folder, "mailbox_id": mailbox_id, "name": "INBOX", "delimiter": "/",
          "attributes": ""}],
    )  # fmt: skip
    talk = tx.mail.next_id("conversations")
    tx.mail.add(
        "conversations",
        [{"id": talk, "status": "open", "mailbox_id": mailbox_id, "changed_us": 1, "modseq": 1}],
    )
    first = tx.mail.next_id("messages")
    rows = [
        {"id": first + n, "folder_id": folder, "uid": n + 1, "conversation_id": talk,
         "message_id": f"m{n}@x", "size": 1, "internal_date": "", "flags": "",
         "local_keywords": "", "inbound": True, "automatic": False, "subject_digest": "",
         "modseq": 1, "origin": 0, "thread": talk}
        for n in range(count)
    ]  # fmt: skip
    tx.mail.add("messages", rows)
    return [row["id"] for row in rows]  # type: ignore[misc]


@pytest.fixture
async def mailboxes(database: Database) -> list[SharedMailbox]:
    def work(tx: Transaction) -> list[SharedMailbox]:
        made = [
            SharedMailbox(0, name, f"{name}@x", (), "en", SeenMode.PERSON, SERVER, SERVER)
            for name in ("support", "sales")
        ]
        return [tx.mailboxes.add(each, b"sealed") for each in made]

    return await database.write(work)


async def test_the_last_wish_of_each_flag_is_owed(
    database: Database, mailboxes: list[SharedMailbox]
) -> None:
    one, two = mailboxes
    first, second = await database.write(lambda tx: add_mails(tx, one.id, 2))
    (other,) = await database.write(lambda tx: add_mails(tx, two.id, 1))
    label = OwedFlag("$Label1", wanted=False, at_us=4, actor="ben")
    owed = [(first, FLAGGED), (second, label), (other, FLAGGED)]
    await database.write(lambda tx: tx.owed.owe(owed))
    assert await database.read(lambda tx: tx.owed.all(one.id)) == [
        (second, label),
        (first, FLAGGED),
    ]
    assert await database.read(lambda tx: tx.owed.count(one.id)) == (2, 4)
    now = OwedFlag("$LABEL1", wanted=True, at_us=6, actor="anna")
    await database.write(lambda tx: tx.owed.owe([(second, now)]))
    assert await database.read(lambda tx: tx.owed.all(one.id)) == [(first, FLAGGED), (second, now)]
    await database.write(lambda tx: tx.owed.settle([(first, "\\flagged"), (second, "other")]))
    assert await database.read(lambda tx: tx.owed.all(one.id)) == [(second, now)]
    await database.write(lambda tx: tx.owed.owe([]))
    assert await database.read(lambda tx: tx.owed.count(two.id)) == (1, 5)


async def test_it_goes_with_its_message(database: Database, mailboxes: list[SharedMailbox]) -> None:
    (first,) = await database.write(lambda tx: add_mails(tx, mailboxes[0].id, 1))
    await database.write(lambda tx: tx.owed.owe([(first, FLAGGED)]))
    await database.write(lambda tx: tx.mail.delete("messages", [first]))
    assert await database.read(lambda tx: tx.owed.count(mailboxes[0].id)) == (0, 0)
