"""Which index a question to the access log goes by (store/log_criteria.py)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from proxyd.domain.ports.access_log import LogQuery

BETWEEN = {"after_number": 10, "before_number": 20_000, "limit": 50, "newest_first": True}


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"actor": "anna"}, "ix_log_actor"),
        ({"actor": "anna", "action": "copy", "mailbox": "support"}, "ix_log_actor"),
        ({"address": "192.0.2.7", "action": "copy"}, "ix_log_address"),
        ({"outcome": "refused", "action": "login"}, "ix_log_outcome"),
        ({"outcome": "refused"}, "ix_log_outcome"),
        ({"action": "expunge", "mailbox": "support"}, "ix_log_action"),
        ({"mailbox": "support"}, "ix_log_mailbox"),
        ({"mailbox": "support", "outcome": "ok"}, "ix_log_mailbox"),
        ({"conversation": 7, "actor": "anna"}, "ix_log_conversation"),
        ({"outcome": "ok"}, "INTEGER PRIMARY KEY"),
        ({"client": "iphone"}, "INTEGER PRIMARY KEY"),
        ({"actions": ("open", "copy")}, "INTEGER PRIMARY KEY"),
        ({"accounts_only": True}, "INTEGER PRIMARY KEY"),
        ({"since_us": 1, "until_us": 2}, "INTEGER PRIMARY KEY"),
    ],
)
async def test_the_narrowest_index_and_no_sorting(database, asked, index):
    """Within a stretch of numbers, as looking.py asks."""
    told = []

    def search(tx):
        driver = tx.connection.connection.driver_connection
        driver.set_trace_callback(told.append)
        try:
            tx.log.numbers(LogQuery(**BETWEEN, **asked))
        finally:
            driver.set_trace_callback(None)

    await database.read(search)
    (statement,) = [text for text in told if text.lstrip().startswith("SELECT")]
    with closing(sqlite3.connect(database.file)) as connection:
        steps = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + statement)]
    assert len(steps) == 1 and index in steps[0], steps
    assert "rowid" in steps[0] or "number>" in steps[0], "between the numbers, not over all"
