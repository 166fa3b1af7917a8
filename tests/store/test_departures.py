"""What people have said of mails that are to leave a view goes with UID and person."""

from __future__ import annotations

import pytest

from proxyd.domain.ports.database import Transaction
from proxyd.domain.ports.departures import DepartureRow
from proxyd.domain.types import Role, SeenMode, SharedMailbox
from proxyd.store.database import Database
from tests.store.test_owed import SERVER, add_mails

VIEW = 7


def fill(tx: Transaction) -> tuple[int, int]:
    """A mailbox with two mails in one view, and anna; (mailbox, account)."""
    box = SharedMailbox(
        0, "support", "support@example.test", (), "en", SeenMode.PERSON, SERVER, SERVER
    )
    mailbox_id = tx.mailboxes.add(box, b"sealed").id
    numbers = add_mails(tx, mailbox_id, 2)
    view = {"id": VIEW, "mailbox_id": mailbox_id, "kind": "status", "subject": "open"}
    tx.mail.add("views", [{**view, "uidvalidity": 1, "uidnext": 3, "modseq": 1}])
    tx.mail.enter((VIEW, uid, number, 0) for uid, number in enumerate(numbers, 1))
    return mailbox_id, tx.accounts.add("anna", "Anna", Role.STAFF, "hash").id


@pytest.fixture
async def filled(database: Database) -> tuple[Database, int, int]:
    return (database, *await database.write(fill))


async def test_rows_come_back_as_they_were_and_are_replaced(filled) -> None:  # type: ignore[no-untyped-def]
    database, mailbox_id, anna = filled
    first = DepartureRow(anna, VIEW, 1, deleted=True, into="Status/完了", copies=(), at_us=5)
    other = DepartureRow(anna, VIEW, 2, deleted=False, into="", copies=(8, 9), at_us=6)
    await database.write(lambda tx: tx.departures.add([first, other]))
    assert await database.read(lambda tx: tx.departures.all(mailbox_id)) == [first, other]
    assert await database.read(lambda tx: tx.departures.all(mailbox_id + 1)) == []
    await database.write(lambda tx: tx.departures.remove([(anna, VIEW, 1), (anna, VIEW, 99)]))
    assert await database.read(lambda tx: tx.departures.all(mailbox_id)) == [other]


async def test_they_go_with_the_uid_the_person_or_their_time(filled) -> None:  # type: ignore[no-untyped-def]
    database, mailbox_id, anna = filled
    rows = [
        DepartureRow(anna, VIEW, 1, deleted=True, into="", copies=(), at_us=0),
        DepartureRow(anna, VIEW, 2, deleted=False, into="x", copies=(), at_us=5),
    ]
    await database.write(lambda tx: tx.departures.add(rows))
    await database.write(lambda tx: tx.departures.forget(mailbox_id, 5))
    assert await database.read(lambda tx: tx.departures.all(mailbox_id)) == rows
    await database.write(lambda tx: tx.departures.forget(mailbox_id, 6))
    assert await database.read(lambda tx: tx.departures.all(mailbox_id)) == rows[:1]
    await database.write(lambda tx: tx.mail.leave([(VIEW, 1)]))
    assert await database.read(lambda tx: tx.departures.all(mailbox_id)) == []
    await database.write(lambda tx: tx.departures.add(rows[1:]))
    await database.write(lambda tx: tx.accounts.remove(anna))
    assert await database.read(lambda tx: tx.departures.all(mailbox_id)) == []


async def test_whose_a_draft_is_goes_with_the_draft(filled) -> None:  # type: ignore[no-untyped-def]
    database, mailbox_id, anna = filled
    numbers = await database.read(lambda tx: [m.id for m in tx.mail.messages(mailbox_id)])
    await database.write(lambda tx: tx.departures.add_draft(numbers[0], anna))
    assert await database.read(lambda tx: tx.departures.drafts(mailbox_id)) == {numbers[0]: anna}
    await database.write(lambda tx: tx.mail.delete("messages", [numbers[0]]))
    assert await database.read(lambda tx: tx.departures.drafts(mailbox_id)) == {}
