"""A damaged database is told from a fault of ours (store/damage.py)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from proxyd.domain.errors import LogGone, StoreUnavailable
from proxyd.domain.ports.access_log import LogQuery
from proxyd.domain.types import LogRecord, Right, SeenMode, Server, SharedMailbox
from proxyd.store.damage import damage
from proxyd.store.database import Database


@pytest.fixture
async def filled(database):
    server = Server("imap.example.test", 993, "tls", "support")

    def fill(tx):
        mailbox = SharedMailbox(
            id=0,
            name="support",
            address="support@example.test",
            aliases=(),
            language="en",
            seen=SeenMode.PERSON,
            imap=server,
            smtp=server,
        )
        mailbox = tx.mailboxes.add(mailbox, b"sealed")
        account = tx.accounts.add("anna", "Anna", "staff", "hash")
        tx.accounts.grant(account.id, mailbox.id, Right.RESPOND)
        tx.log.append([LogRecord("open", actor="anna")])

    await database.write(fill)
    return database


def by_hand(database, *statements):
    with closing(sqlite3.connect(database.file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


async def test_a_sound_database(filled):
    assert damage(filled.file) is None


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE accounts SET role = 'king'", "a word that is none of ours"),
        ("UPDATE mailboxes SET imap = '[]'", "a word that is none of ours"),
        ("UPDATE mailboxes SET aliases = '{'", "a word that is none of ours"),
        ("UPDATE grants SET right = 77", "a word that is none of ours"),
        ("UPDATE accounts SET name = x'00'", "accounts.name"),
        ("UPDATE mailboxes SET sealed_password = 5", "mailboxes.sealed_password"),
        ("UPDATE meta SET value = x'00'", "meta.value"),
        ("DELETE FROM mailboxes", "grants refers to what is missing in mailboxes"),
        ("ALTER TABLE views RENAME COLUMN uidnext TO x", "no such column: views.uidnext"),
        ("DROP TABLE outbox", "no such table: outbox"),
        ("ALTER TABLE accounts RENAME COLUMN name TO label", "no such column: accounts.name"),
        ("UPDATE log SET at_us = 'yesterday'", "audit verify"),
    ],
)
async def test_damage_is_named(filled, statement, found):
    by_hand(filled, statement)
    harm = damage(filled.file)
    assert isinstance(harm, StoreUnavailable)
    assert str(filled.file) in str(harm) and found in str(harm)


async def test_pages_that_are_none(filled):
    by_hand(filled, "PRAGMA wal_checkpoint(TRUNCATE)")
    await filled.close()
    content = bytearray(filled.file.read_bytes())
    content[4096 * 3 :] = bytes(len(content) - 4096 * 3)
    filled.file.write_bytes(content)
    assert "damaged" in str(damage(filled.file))


async def test_a_schema_that_is_no_text(filled):
    by_hand(
        filled,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = CAST(x'435245415445aeff' AS TEXT) WHERE name = 'outbox'",
    )
    assert "is damaged: restore it from a backup" in str(damage(filled.file))


async def test_a_log_without_its_table(filled):
    by_hand(filled, "DROP TABLE log")
    with pytest.raises(LogGone, match="restore it from a backup"):
        await filled.read(lambda tx: tx.log.search(LogQuery()))
    with pytest.raises(LogGone):
        await filled.write(lambda tx: tx.log.append([LogRecord("open")]))


@pytest.mark.parametrize(
    ("table", "kind", "found"),
    [
        ("log", LogGone, "the access log's table is gone"),
        ("seen", StoreUnavailable, "no table seen"),
    ],
)
async def test_nobody_is_served_from_a_database_without_a_table(
    filled, keys, clock, table, kind, found
):
    by_hand(filled, f"DROP TABLE {table}")
    again = Database(filled.file, keys=keys, clock=clock)
    with pytest.raises(kind, match=found):
        await again.open()


async def test_tables_that_are_not_ours(filled):
    by_hand(filled, "ALTER TABLE accounts RENAME TO people")
    with pytest.raises(StoreUnavailable, match=r"not as proxyd made it .no such table: accounts"):
        await filled.read(lambda tx: tx.accounts.all())


@pytest.mark.parametrize("value", ["'yesterday'", "x'ff'", "1e300", "-5", "9223372036854775807"])
async def test_a_search_shows_records_of_no_time(filled, value):
    by_hand(filled, f"UPDATE log SET at_us = {value}, conversation = 'x'")
    (stored,) = await filled.read(lambda tx: tx.log.search(LogQuery()))
    assert (stored.at_us, stored.record.conversation, stored.record.actor) == (0, None, "anna")
