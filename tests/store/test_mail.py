"""Numbers that are never given twice, and rows as the services need them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxyd.domain.ports.database import Transaction
from proxyd.domain.types import SeenMode, Server, SharedMailbox
from proxyd.store.database import Database

SERVER = Server("127.0.0.1", 1, "plain", "support")
NOW = 1_750_000_000_000_000


@pytest.fixture
async def mailbox(database: Database) -> SharedMailbox:
    mailbox = SharedMailbox(
        0, "support", "support@example.test", (), "en", SeenMode.PERSON, SERVER, SERVER
    )
    return await database.write(lambda tx: tx.mailboxes.add(mailbox, b"sealed"))


def view(tx: Transaction, mailbox_id: int, uidvalidity: int) -> None:
    number = tx.mail.next_id("views")
    row = {"id": number, "mailbox_id": mailbox_id, "kind": "status", "subject": str(number)}
    tx.mail.add("views", [{**row, "uidvalidity": uidvalidity, "uidnext": 1}])


async def test_a_conversation_number_that_is_gone_is_not_given_again(
    database: Database, mailbox: SharedMailbox
) -> None:
    def work(tx: Transaction) -> tuple[int, int]:
        first = tx.mail.next_id("conversations")
        row = {"mailbox_id": mailbox.id, "status": "open", "assignee_id": None, "changed_us": 1}
        tx.mail.add("conversations", [{**row, "id": first}, {**row, "id": first + 1}])
        tx.mail.delete("conversations", [first + 1])
        return first, tx.mail.next_id("conversations")

    first, later = await database.write(work)
    assert later == first + 2


async def test_uidvalidity_is_greater_than_any_before_also_of_views_that_are_gone(
    database: Database, mailbox: SharedMailbox
) -> None:
    def many(tx: Transaction) -> int:
        first: int = tx.mail.fresh_uidvalidity(mailbox.id, NOW, 100)
        for offset in range(100):
            view(tx, mailbox.id, first + offset)
        return first

    first = await database.write(many)
    assert first == NOW // 1_000_000
    await database.write(lambda tx: tx.mailboxes.remove(mailbox.id))
    again = await database.write(lambda tx: tx.mail.fresh_uidvalidity(9, NOW + 10_000_000))
    assert again >= first + 100, "ten seconds later the clock alone would give one that was used"
    assert again < first + 100 + 4096
    later = await database.write(lambda tx: tx.mail.fresh_uidvalidity(9, NOW + 7_200_000_000))
    assert later == NOW // 1_000_000 + 7200


async def made(database: Database, owner: SharedMailbox, count: int, at_us: int) -> set[int]:
    def work(tx: Transaction) -> set[int]:
        first: int = tx.mail.fresh_uidvalidity(owner.id, at_us, count)
        for number in range(first, first + count):
            view(tx, owner.id, number)
        return set(range(first, first + count))

    return await database.write(work)


async def another(database: Database, mailbox: SharedMailbox) -> SharedMailbox:
    other = replace(mailbox, name="sales", address="sales@example.test")
    return await database.write(lambda tx: tx.mailboxes.add(other, b"sealed"))


async def test_a_uidvalidity_does_not_tell_what_is_made_in_another_mailbox(
    database: Database, mailbox: SharedMailbox
) -> None:
    other = await another(database, mailbox)
    await made(database, mailbox, 10, NOW)
    later = NOW + 86_400_000_007

    async def due() -> int:
        found: list[int] = []

        def asked(tx: Transaction) -> None:
            found.append(tx.mail.fresh_uidvalidity(mailbox.id, later))
            raise ValueError  # as if nobody had

        with pytest.raises(ValueError):
            await database.write(asked)
        return found[0]

    before = await due()
    for count in (1, 500):  # reaching into the future, as those of a big mailbox do
        await made(database, other, count, later + 3_600_000_000)
        assert await due() == before


async def test_no_two_mailboxes_have_a_uidvalidity_in_common(
    database: Database, mailbox: SharedMailbox
) -> None:
    """The INBOX of a person is another mailbox's when a grant goes: the same UIDs are other mails
    then."""
    other = await another(database, mailbox)
    one, two = set(), set()
    for step, count in enumerate((40, 1, 7, 1, 30, 2)):
        one |= await made(database, mailbox, count, NOW + step)
        two |= await made(database, other, count, NOW + step)
    assert len(one) == len(two) == 81 and not one & two


async def test_numbers_taken_by_a_unit_that_failed_are_free_again(
    database: Database, mailbox: SharedMailbox
) -> None:
    def failing(tx: Transaction) -> None:
        view(tx, mailbox.id, tx.mail.fresh_uidvalidity(mailbox.id, NOW))
        raise ValueError

    with pytest.raises(ValueError):
        await database.write(failing)
    assert await database.write(lambda tx: tx.mail.next_id("views")) == 1
    assert (
        await database.write(lambda tx: tx.mail.fresh_uidvalidity(mailbox.id, NOW))
        == NOW // 1_000_000
    )


async def test_joining_takes_everything_along(database: Database, mailbox: SharedMailbox) -> None:
    def work(tx: Transaction) -> list[tuple[str, int, bool]]:
        row = {"mailbox_id": mailbox.id, "status": "open", "assignee_id": None, "changed_us": 1}
        tx.mail.add("conversations", [{**row, "id": 1}, {**row, "id": 2}])
        tx.mail.set_threads(mailbox.id, {"a@x": (1, True, 7), "b@x": (2, False, 0)})
        tx.mail.move_conversation(2, 1)
        tx.mail.delete("conversations", [2])
        rows = tx.mail.thread_ids(mailbox.id)
        return sorted((r.message_id, r.conversation_id, r.arrived) for r in rows)

    assert await database.write(work) == [("a@x", 1, True), ("b@x", 1, False)]


async def test_mails_about_the_same_are_found_by_an_index(
    database: Database, mailbox: SharedMailbox
) -> None:
    def work(tx: Transaction) -> tuple[list[int], list[int], list[str]]:
        folder = {"id": 1, "mailbox_id": mailbox.id, "name": "INBOX", "delimiter": "/"}
        tx.mail.add("folders", [{**folder, "attributes": ""}])
        row = {"mailbox_id": mailbox.id, "status": "open", "assignee_id": None, "changed_us": 1}
        tx.mail.add("conversations", [{**row, "id": 1, "modseq": 1}])
        same = {"folder_id": 1, "conversation_id": 1, "size": 1, "internal_date": "", "flags": ""}
        same |= {"local_keywords": "", "automatic": False, "modseq": 1, "origin": 0, "thread": 1}
        mails = [
            {"inbound": True, "subject_digest": "d", "topic": b"order"},
            {"inbound": False, "subject_digest": "d", "topic": b"order"},
            {"inbound": True, "subject_digest": "d", "topic": b"other"},
            {"inbound": True, "subject_digest": "old", "topic": None},
            {"inbound": False, "subject_digest": "old", "topic": None},
        ]
        tx.mail.add(
            "messages",
            [
                {**same, **each, "id": n, "uid": n, "message_id": f"m{n}"}
                for n, each in enumerate(mails, 1)
            ],
        )
        here = [each.id for each in tx.mail.alike(b"order", ["old"], [mailbox.id])]
        plan = "EXPLAIN QUERY PLAN SELECT id FROM messages WHERE topic = ? ORDER BY id DESC"
        steps = tx.connection.exec_driver_sql(plan, (b"order",))
        elsewhere = [each.id for each in tx.mail.alike(b"order", ["old"], [mailbox.id + 1])]
        return here, elsewhere, [step[-1] for step in steps]

    here, elsewhere, plan = await database.write(work)
    assert (here, elsewhere) == ([4, 2, 1], [])
    assert len(plan) == 1 and "ix_messages_topic" in plan[0]
