"""Numbers and wishes of an older copy that goes on (store/restored.py)."""

from __future__ import annotations

from sqlalchemy import insert, select, text

from proxyd.store import schema as t
from proxyd.store.restored import SKIPPED_IDS


def fill(tx):
    run = tx.connection.execute
    box = {"name": "s", "address": "a", "imap": "{}", "smtp": "{}", "sealed_password": b""}
    run(insert(t.mailboxes).values(id=1, created_us=0, **box))
    person = {"login": "a", "name": "A", "role": "staff", "password_hash": "", "disabled": False}
    run(insert(t.accounts).values(id=1, created_us=0, **person))
    run(insert(t.conversations).values(id=4, mailbox_id=1, status="open", changed_us=0))
    run(insert(t.folders).values(id=2, mailbox_id=1, name="INBOX", delimiter="/", attributes=""))
    facts = {"message_id": "m", "size": 1, "internal_date": "", "flags": "", "inbound": True}
    facts |= {"automatic": False, "subject_digest": "", "conversation_id": 4}
    run(insert(t.messages).values(id=7, folder_id=2, uid=1, **facts))
    for id_, kind in ((1, "folder"), (5, "status")):
        row = {"kind": kind, "subject": "2", "uidvalidity": 1000 + id_, "uidnext": 9}
        run(insert(t.views).values(id=id_, mailbox_id=1, **row))
    wish = {"word": "\\deleted", "flag": "\\Deleted", "wanted": True, "at_us": 1, "actor": "a"}
    run(insert(t.owed).values(message_id=7, **wish))
    run(insert(t.view_messages).values(view_id=1, uid=3, message_id=7))
    left = {"deleted": True, "into": "Done", "copies": "7", "at_us": 1, "account_id": 1}
    run(insert(t.departures).values(view_id=1, uid=3, **left))
    run(insert(t.refusals).values(account_id=1, digest="d", guard="answered", at_us=1))
    run(insert(t.begun).values(id=3, mailbox_id=1, at_us=1, records="[]"))
    folder = {"folder": "INBOX", "uidvalidity": 1, "uidnext": 1, "marked": True}
    run(insert(t.half_done).values(begun_id=3, **folder))
    for position, uid in enumerate((8, None, 0)):
        mail = {"position": position, "digest": b"x", "uid": uid}
        run(insert(t.half_done_mails).values(begun_id=3, **mail))


async def test_every_view_is_another_one_and_no_number_comes_again(database):
    def work(tx):
        fill(tx)
        tx.restored.renumber(2_000_000_000)  # µs: the clock is behind what was given

    await database.write(work)
    validities = await database.read(
        lambda tx: list(tx.connection.scalars(select(t.views.c.uidvalidity)))
    )
    assert min(validities) > 1005 and len(set(validities)) == 2
    assert await database.read(lambda tx: tx.mail.next_id("messages")) == 7 + SKIPPED_IDS + 1
    assert await database.read(lambda tx: tx.mail.next_id("views")) == 5 + SKIPPED_IDS + 1
    answers = await database.read(
        lambda tx: tx.connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name='outbox'"))
    )
    assert answers == SKIPPED_IDS


async def test_the_clock_counts_where_it_is_ahead(database):
    def work(tx):
        fill(tx)
        tx.restored.renumber(5_000 * 1_000_000)
        return sorted(tx.connection.scalars(select(t.views.c.uidvalidity)))

    first, second = await database.write(work)
    assert first >= 5000 and second == first + 1


async def test_nothing_is_done_at_the_provider_on_the_word_of_an_old_copy(database):
    def work(tx):
        fill(tx)
        found = tx.restored.forget_wishes()
        left = [
            tx.connection.execute(select(table)).all()
            for table in (t.owed, t.refusals, t.departures)
        ]
        uids = list(tx.connection.scalars(select(t.half_done_mails.c.uid)))
        return found, left, uids

    found, left, uids = await database.write(work)
    assert found == {"flags": 1, "consents": 1, "moves": 1, "half_done": 1}
    assert left == [[], [], []] and uids == [0, 0, 0]


async def test_where_it_lies(database):
    assert await database.read(lambda tx: tx.restored.place()) is None
    for mark in ("a 1 1", "b 2 2"):
        await database.write(lambda tx, mark=mark: tx.restored.set_place(mark))
        assert await database.read(lambda tx: tx.restored.place()) == mark


async def test_what_was_sent_in_the_life_that_is_lost(database):
    """Only what lies at the provider since before, and no draft."""
    day = 1_764_288_000_000_000  # 28-Nov-2025 00:00:00 +0000

    def work(tx, flags="", inbound=False, date="28-Nov-2025 00:00:00 +0000"):
        fill(tx)
        run = tx.connection.execute
        row = {"flags": flags, "inbound": inbound, "internal_date": date}
        run(t.messages.update().values(**row))
        run(insert(t.thread_ids).values(mailbox_id=1, message_id="m", conversation_id=4))
        found = [tx.restored.sent_before(1, "m")]
        for at_us in (day + 1, day - 1):
            tx.restored.note_time(at_us)
            found.append(tx.restored.sent_before(1, "m"))
        tx.restored.note_time(day + 1)
        found += [tx.restored.sent_before(1, "other"), tx.restored.sent_before(2, "m")]
        raise Undone(found)

    class Undone(Exception):
        pass

    async def found(**more):
        try:
            await database.write(lambda tx: work(tx, **more))
        except Undone as undone:
            return undone.args[0]

    assert await found() == [None, day, None, None, None]
    for more in ({"flags": "\\Draft \\Seen"}, {"inbound": True}, {"date": "nonsense"}):
        assert await found(**more) == [None] * 5
