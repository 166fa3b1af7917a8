"""Promise 5: no record without a chain, and tampering shows (store/access_log.py)."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import event

from proxyd.domain.errors import StoreUnavailable
from proxyd.domain.events import Action
from proxyd.domain.ports.access_log import LogFault, LogQuery
from proxyd.domain.types import LogRecord, Origin
from proxyd.store.database import Database

LAPTOP = Origin("imap", "192.0.2.7", "Thunderbird 140", "s1")


def opened(number, **changed):
    facts = {
        "actor": "anna",
        "mailbox": "support",
        "view": "INBOX",
        "message_id": f"{number}@example.test",
        "origin": LAPTOP,
    }
    return LogRecord(Action.OPEN, **(facts | changed))


async def filled(database, count=6):
    for number in range(1, count + 1):
        await database.write(lambda tx, n=number: tx.log.append([opened(n)]))


async def check(database, limit=1000):
    return await database.read(lambda tx: tx.log.check(0, None, limit))


def by_hand(database, *statements):
    """As somebody would who has the file and no key."""
    with closing(sqlite3.connect(database.file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


async def test_numbers_have_no_gaps_and_the_chain_is_good(database, clock):
    await filled(database)
    clock.advance(seconds=1)
    await database.write(lambda tx: tx.log.append(opened(n) for n in range(7, 107)))
    records = await database.read(lambda tx: tx.log.search(LogQuery()))
    assert [stored.number for stored in records] == list(range(1, 107))
    assert records[6].at_us - records[5].at_us == 1_000_000
    assert records[6].record == opened(7)
    result = await check(database)
    assert (result.number, result.count, result.fault) == (106, 106, None)
    assert await database.read(lambda tx: tx.log.head()) == (106, result.chain)


async def test_pages_join(database):
    await filled(database)
    whole = await check(database)
    number, chain = 0, None
    for _ in range(3):
        page = await database.read(lambda tx, n=number, c=chain: tx.log.check(n, c, 2))
        assert (page.count, page.fault) == (2, None)
        number, chain = page.number, page.chain
    assert (number, chain) == (whole.number, whole.chain)


async def test_an_empty_log(database):
    result = await check(database)
    assert (result.number, result.count, result.fault) == (0, 0, None)
    await database.write(lambda tx: tx.log.append([]))
    assert (await database.read(lambda tx: tx.log.head()))[0] == 0


async def test_a_unit_that_fails_takes_its_records_along(database):
    def fails(tx):
        tx.log.append([opened(1)])
        raise LookupError

    await asyncio.gather(
        database.write(lambda tx: tx.log.append([opened(1)])),
        database.write(fails),
        database.write(lambda tx: tx.log.append([opened(2)])),
        return_exceptions=True,
    )
    result = await check(database)
    assert (result.number, result.fault) == (2, None)


async def test_two_processes_append_to_one_chain(database, keys, clock):
    other = Database(database.file, keys=keys, clock=clock)
    await other.open()
    for _ in range(5):
        await asyncio.gather(filled(database, 4), filled(other, 4))
    result = await check(database)
    assert (result.number, result.fault) == (40, None)
    await other.close()


# ---------------------------------------------------------------- tampering

SWAP = (
    "UPDATE log SET number = -1 WHERE number = 3",
    "UPDATE log SET number = 3 WHERE number = 4",
    "UPDATE log SET number = 4 WHERE number = -1",
)
INSERT = (
    "UPDATE log SET number = -number WHERE number > 3",
    "UPDATE log SET number = 1 - number WHERE number < 0",
    "INSERT INTO log SELECT 4, at_us, action, outcome, 'forged', mailbox, view, message_id,"
    " subject_digest, conversation, door, address, client, session, detail, chain"
    " FROM log WHERE number = 3",
)
COLUMNS = (
    "at_us = at_us + 1",
    "action = 'list'",
    "outcome = 'refused'",
    "actor = 'hanako'",
    "mailbox = 'sales'",
    "view = 'Inbox'",
    "message_id = '7@example.test'",
    "subject_digest = 'ab'",
    "conversation = 1",
    "door = 'smtp'",
    "address = '192.0.2.8'",
    "client = ''",
    "session = 's2'",
    "detail = '{ }'",
    "actor = x'616e6e61'",  # the same letters as a blob
    "client = 7",
    "actor = CAST(x'ff61' AS TEXT)",  # no text at all
)


@pytest.mark.parametrize("change", COLUMNS)
async def test_a_changed_column_is_found(database, change):
    await filled(database)
    by_hand(database, f"UPDATE log SET {change} WHERE number = 4")
    result = await check(database)
    assert result.fault == LogFault("changed", 4)
    assert (result.number, result.count) == (3, 3)


@pytest.mark.parametrize("change", ["actor = 'x'", "actor = CAST(x'ff61' AS TEXT)"])
@pytest.mark.parametrize("number", [1, 6])
async def test_the_first_and_the_last_record_are_no_exception(database, number, change):
    await filled(database)
    by_hand(database, f"UPDATE log SET {change} WHERE number = {number}")
    assert (await check(database)).fault == LogFault("changed", number)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 100])
async def test_a_fault_is_found_at_any_place_in_a_page(database, limit):
    await filled(database)
    by_hand(database, "UPDATE log SET actor = CAST(x'ff61' AS TEXT) WHERE number = 4")
    number, chain, fault = 0, None, None
    while number < 6 and fault is None:
        page = await database.read(lambda tx, n=number, c=chain: tx.log.check(n, c, limit))
        number, chain, fault = page.number, page.chain, page.fault
    assert fault == LogFault("changed", 4)


@pytest.mark.parametrize(
    ("statements", "fault"),
    [
        (["DELETE FROM log WHERE number = 3"], LogFault("missing", 3)),
        (["DELETE FROM log WHERE number < 3"], LogFault("missing", 1)),
        (["DELETE FROM log WHERE number IN (2, 3)"], LogFault("missing", 2)),
        (
            [
                "DELETE FROM log WHERE number = 3",
                "UPDATE log SET number = number - 1 WHERE number > 3",
            ],
            LogFault("chain", 3),
        ),
        (["UPDATE log SET number = 9 WHERE number = 6"], LogFault("missing", 6)),
        (SWAP, LogFault("chain", 3)),
        (INSERT, LogFault("chain", 4)),
        (["UPDATE log SET chain = randomblob(32) WHERE number = 4"], LogFault("chain", 4)),
        (["UPDATE log SET chain = 'text' WHERE number = 4"], LogFault("changed", 4)),
        (
            ["DELETE FROM log WHERE number = 3", "UPDATE log SET actor = 'x' WHERE number = 5"],
            LogFault("missing", 3),
        ),
    ],
)
async def test_deleted_swapped_and_inserted_records_are_found(database, statements, fault):
    await filled(database)
    by_hand(database, *statements)
    assert (await check(database)).fault == fault


async def test_without_the_key_nobody_can_chain_anew(database, clock):
    """The whole log rewritten by somebody who knows everything but the key."""
    from proxyd.store.chain import chained, genesis

    await filled(database)
    wrong, chain = bytes(32), genesis(bytes(32))
    with closing(sqlite3.connect(database.file)) as connection, connection:
        connection.row_factory = sqlite3.Row
        connection.execute("UPDATE log SET actor = 'hanako'")
        for row in connection.execute("SELECT * FROM log ORDER BY number").fetchall():
            chain = chained(wrong, chain, dict(row))
            values = (chain, row["number"])
            connection.execute("UPDATE log SET chain = ? WHERE number = ?", values)
    assert (await check(database)).fault.number == 1


async def test_a_search_over_damaged_records_shows_what_is_there(database):
    await filled(database, 1)
    by_hand(database, "UPDATE log SET detail = '[', chain = 'text', client = 7")
    (stored,) = await database.read(lambda tx: tx.log.search(LogQuery()))
    assert stored.record.detail == {"unreadable": "["}
    assert (stored.chain, stored.record.origin.client) == (b"", "7")


async def test_a_search_over_text_that_is_none_says_what_to_do(database):
    await filled(database, 1)
    by_hand(database, "UPDATE log SET actor = CAST(x'ff61' AS TEXT)")
    with pytest.raises(StoreUnavailable, match="audit verify"):
        await database.read(lambda tx: tx.log.search(LogQuery()))


# ---------------------------------------------------------------- searching


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (LogQuery(), [1, 2, 3, 4]),
        (LogQuery(newest_first=True, limit=2), [4, 3]),
        (LogQuery(limit=2), [1, 2]),
        (LogQuery(after_number=2), [3, 4]),
        (LogQuery(actor="anna"), [1, 3]),
        (LogQuery(action="send"), [3]),
        (LogQuery(mailbox="sales"), [2]),
        (LogQuery(outcome="refused"), [4]),
        (LogQuery(address="198.51.100.1"), [4]),
        (LogQuery(message_id="1@example.test"), [1]),
        (LogQuery(conversation=7), [2]),
        (LogQuery(since_us=1_750_000_000_000_002), [3, 4]),
        (LogQuery(until_us=1_750_000_000_000_002), [1, 2]),
        (LogQuery(actor="anna", action="open"), [1]),
        (LogQuery(actor="nobody"), []),
        (LogQuery(actor="evil\u202e"), []),
    ],
)
async def test_search(database, clock, query, numbers):
    records = [
        opened(1),
        opened(2, actor="taro", mailbox="sales", conversation=7),
        LogRecord(Action.SEND, actor="anna"),
        LogRecord(Action.LOGIN, "refused", "taro", origin=Origin("imap", "198.51.100.1")),
    ]
    for record in records:
        await database.write(lambda tx, r=record: tx.log.append([r]))
        clock.advance(us=1)
    found = await database.read(lambda tx: tx.log.search(query))
    assert [stored.number for stored in found] == numbers


async def test_what_clients_choose_is_stored_visibly_and_found_again(database):
    evil = "a\r\nb\x1b[2J\u202egnp"
    record = opened(1, view=evil, message_id=evil, detail={evil: [evil, {"deep": evil}]})
    await database.write(lambda tx: tx.log.append([record]))
    (stored,) = await database.read(lambda tx: tx.log.search(LogQuery(message_id=evil)))
    shown = "a\\u000d\\u000ab\\u001b[2J\\u202egnp"
    assert stored.record.view == stored.record.message_id == shown
    assert stored.record.detail == {shown: [shown, {"deep": shown}]}
    assert (await check(database)).fault is None


ANSWER = "answer@example.test"


async def answered_mail(database):
    """1-3: the mail itself; 4-7: what was done to its conversation; 8-10: what has nothing to do
    with it.
    """
    about = {"conversation": 7}
    mail = "1@example.test"
    records = [
        opened(1, message_id=mail),
        opened(1, message_id=mail, **about),
        LogRecord(Action.CLAIM, message_id=mail, **about),
        LogRecord(Action.SEND, "refused", "ben", message_id=ANSWER, **about),
        LogRecord(Action.OVERRIDE, actor="ben", message_id=ANSWER, **about),
        LogRecord(Action.STATUS, actor="ben", message_id=ANSWER, **about),
        LogRecord(Action.FILE_SENT, message_id=ANSWER, **about),
        opened(2, **about),
        LogRecord(Action.SEND, message_id="other@example.test", conversation=8),
        LogRecord(Action.SEND, message_id="new@example.test"),
    ]
    await database.write(lambda tx: tx.log.append(records))


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (LogQuery(message_id="1@example.test"), [1, 2, 3, 4, 5, 6, 7]),
        (LogQuery(message_id=ANSWER), [3, 4, 5, 6, 7]),
        (LogQuery(message_id="2@example.test", newest_first=True, limit=2), [8, 7]),
        (LogQuery(message_id="1@example.test", after_number=2, limit=3), [3, 4, 5]),
        (LogQuery(message_id="1@example.test", action="send"), [4]),
        (LogQuery(message_id="1@example.test", actor="anna"), [1, 2]),
        (LogQuery(message_id="new@example.test"), [10]),
        (LogQuery(message_id="nobody@example.test"), []),
        (LogQuery(conversation=7, action="open"), [2, 8]),
    ],
)
async def test_who_answered_a_mail_is_found_by_that_mail(database, query, numbers):
    await answered_mail(database)
    found = await database.read(lambda tx: tx.log.search(query))
    assert [stored.number for stored in found] == numbers


@pytest.mark.parametrize("more", [{}, {"after_number": 2}, {"action": "send", "since_us": 1}])
async def test_a_search_by_message_never_reads_the_whole_log(database, more):
    await answered_mail(database)
    asked = []

    def search(tx):
        tx.connection.connection.driver_connection.set_trace_callback(asked.append)
        try:
            tx.log.search(LogQuery(message_id="1@example.test", limit=10, **more))
        finally:
            tx.connection.connection.driver_connection.set_trace_callback(None)

    await database.read(search)
    (statement,) = [text for text in asked if "message_id" in text]
    with closing(sqlite3.connect(database.file)) as connection:
        steps = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + statement)]
    assert any("ix_log_message" in step for step in steps)
    assert any("ix_log_conversation" in step for step in steps)
    assert not [step for step in steps if step.startswith("SCAN log")]


async def test_a_person_s_sign_ins_are_found_without_reading_what_else_was_done(database):
    """By the index of them, also of somebody who never signed in, in whatever else is asked."""
    records = [LogRecord("login", outcome, who) for outcome in ("ok", "refused") for who in "ab"]
    await database.write(lambda tx: tx.log.append([*records, LogRecord("open", "ok", "a")]))
    plans = []

    def search(tx):
        def explained(connection, _cursor, statement, parameters, _context, _many):
            plan = connection.connection.driver_connection.execute(
                f"EXPLAIN QUERY PLAN {statement}", parameters
            )
            plans.extend(str(row[3]) for row in plan)

        event.listen(tx.connection, "before_cursor_execute", explained)
        found = [
            tx.log.search(LogQuery(actor=actor, action="login", limit=1, newest_first=True, **more))
            for actor in ("a", "nobody")
            for more in ({}, {"outcome": "ok", "since_us": 1})
        ]
        event.remove(tx.connection, "before_cursor_execute", explained)
        return [[one.number for one in some] for some in found]

    assert await database.read(search) == [[3], [1], [], []]
    assert len(plans) == 4 and all("ix_log_sign_ins" in plan for plan in plans), plans


@pytest.mark.parametrize(
    ("network", "numbers"),
    [
        ("192.0.2.0/24", [1, 2]),
        ("192.0.2.8/32", [2]),
        ("0.0.0.0/0", [1, 2, 3]),
        ("2001:db8::/32", [4]),
        ("198.51.100.0/24", []),
    ],
)
async def test_search_by_network(database, network, numbers):
    places = ["192.0.2.7", "::ffff:192.0.2.8", "203.0.113.1", "2001:db8::1", "", "not an address"]
    records = [LogRecord(Action.LOGIN, origin=Origin("imap", place)) for place in places]
    await database.write(lambda tx: tx.log.append(records))
    found = await database.read(lambda tx: tx.log.search(LogQuery(address=network)))
    assert [stored.number for stored in found] == numbers


# ---------------------------------------------------------------- around the records


async def around(database):
    return await database.read(lambda tx: tx.log.surroundings(indexes=True))


def insert_at(number):
    return (
        f"INSERT INTO log SELECT {number}, at_us, action, outcome, 'boss', mailbox, view,"
        " message_id, subject_digest, conversation, door, address, client, session, detail, chain"
        " FROM log WHERE number = 3"
    )


async def test_nothing_lies_around_the_records(database):
    assert await around(database) is None
    await filled(database)
    assert await around(database) is None


@pytest.mark.parametrize("number", [0, -5, -(2**63)])
async def test_a_record_below_the_first_is_found(database, number):
    await filled(database)
    by_hand(database, insert_at(number))
    assert await around(database) == LogFault("added", number)
    await filled(database, 1)
    assert (await check(database)).number == 7


async def test_records_below_the_first_are_no_head(database):
    """Nor are they what the next record is chained to."""
    await filled(database)
    by_hand(database, insert_at(-5), "DELETE FROM log WHERE number > 0")
    assert (await database.read(lambda tx: tx.log.head()))[0] == 0


async def test_a_log_without_a_next_number_refuses_access(database):
    await filled(database)
    by_hand(database, insert_at(2**63 - 1))
    with pytest.raises(StoreUnavailable, match="tampered"):
        await filled(database, 1)


async def test_an_emptied_log_is_found(database):
    await database.write(lambda tx: tx.accounts.add("anna", "Anna", "staff", "hash"))
    await filled(database, 1)
    assert await around(database) is None
    by_hand(database, "DELETE FROM log")
    assert await around(database) == LogFault("emptied", 1)


FOREIGN = {
    "a trigger on the log": (
        ["CREATE TRIGGER x AFTER UPDATE ON log BEGIN SELECT 1; END"],
        "trigger x",
    ),
    "a trigger elsewhere": (
        ["CREATE TRIGGER x AFTER INSERT ON seen BEGIN DELETE FROM log WHERE number = 3; END"],
        "trigger x",
    ),
    "a view": (["CREATE VIEW v AS SELECT * FROM log"], "view v"),
    "a view in the table's place": (
        ["ALTER TABLE log RENAME TO l", "CREATE VIEW log AS SELECT * FROM l WHERE actor = 'x'"],
        "view log",
    ),
    "a column that compares otherwise": (
        [
            "PRAGMA writable_schema=ON",
            "UPDATE sqlite_schema SET sql = replace(sql, 'actor VARCHAR',"
            " 'actor VARCHAR COLLATE NOCASE') WHERE name = 'log'",
        ],
        "table log",
    ),
    "a table without a key": (
        [
            "CREATE TABLE l AS SELECT * FROM log",
            "DROP TABLE log",
            "ALTER TABLE l RENAME TO log",
        ],
        "table log",
    ),
    "an index too many": (["CREATE INDEX i ON log (actor) WHERE actor = 'x'"], "index i"),
    "an index of another kind": (
        [
            "DROP INDEX ix_log_actor",
            "CREATE INDEX ix_log_actor ON log (actor, number) WHERE actor <> 'boss'",
        ],
        "index ix_log_actor",
    ),
    "an index that is gone": (["DROP INDEX ix_log_actor"], "missing ix_log_actor"),
}


@pytest.mark.parametrize("name", FOREIGN)
async def test_what_proxyd_did_not_make_is_named(database, name):
    statements, what = FOREIGN[name]
    await filled(database)
    by_hand(database, *statements)
    assert await around(database) == LogFault("foreign", 0, what)


async def test_a_record_hidden_from_its_index_is_found(database):
    """A search for the person does not find it, and the chain is good."""
    await filled(database, 3)
    get = "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema WHERE name='ix_log_actor'"
    with closing(sqlite3.connect(database.file)) as connection, connection:
        row = connection.execute(get).fetchone()
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("DELETE FROM sqlite_schema WHERE name = 'ix_log_actor'")
        connection.execute("PRAGMA schema_version=1000")
    await database.write(lambda tx: tx.log.append([opened(4, actor="boss")]))
    with closing(sqlite3.connect(database.file)) as connection, connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", row)
        connection.execute("PRAGMA schema_version=1001")
    assert await database.read(lambda tx: tx.log.search(LogQuery(actor="boss"))) == []
    assert (await check(database)).fault is None
    found = await around(database)
    assert found.kind == "index" and "ix_log_actor" in found.what


@pytest.mark.parametrize(
    "trigger",
    [
        "BEFORE INSERT ON log WHEN NEW.actor = 'boss' BEGIN SELECT RAISE(IGNORE); END",
        "AFTER INSERT ON log WHEN NEW.actor = 'boss' BEGIN"
        " DELETE FROM log WHERE number = NEW.number; END",
    ],
)
async def test_who_takes_records_away_as_they_are_written_gets_no_access(database, trigger):
    await filled(database)
    by_hand(database, f"CREATE TRIGGER x {trigger}")
    with pytest.raises(StoreUnavailable, match="does not keep what is written"):
        await database.write(lambda tx: tx.log.append([opened(7, actor="boss")]))
    await filled(database, 1)
    assert (await check(database)).number == 7


@pytest.mark.parametrize(
    ("statements", "fault"),
    [
        (["DELETE FROM log WHERE number > 4"], LogFault("missing", 5)),
        (["DELETE FROM log WHERE number = 6"], LogFault("missing", 6)),
        (["DELETE FROM log"], LogFault("missing", 1)),
        (["UPDATE log SET chain = randomblob(32) WHERE number = 6"], LogFault("chain", 6)),
    ],
)
async def test_a_tail_taken_away_under_a_running_server_leaves_a_gap(database, statements, fault):
    await filled(database)
    by_hand(database, *statements)
    await filled(database, 2)
    records = await database.read(lambda tx: tx.log.search(LogQuery()))
    assert [stored.number for stored in records][-2:] == [7, 8]
    assert (await check(database)).fault == fault


async def test_records_of_another_process_are_no_gap(database, keys, clock):
    await filled(database)
    other = Database(database.file, keys=keys, clock=clock)
    await other.open()
    for count in (1, 2):
        await filled(other, count)
        await filled(database, 1)
    await other.close()
    assert (await check(database)).number == 11


async def test_a_group_that_was_undone_is_not_gone_on_from(database):
    def fails(tx):
        tx.log.append([opened(1)])
        raise ValueError

    await filled(database)
    for _ in range(2):
        with pytest.raises(ValueError):
            await database.write(fails)
    await filled(database, 1)
    assert (await check(database)).number == 7
