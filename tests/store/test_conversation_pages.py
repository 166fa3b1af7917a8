"""Pages of conversations and what is open now (proxyd/store/conversation_pages.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import insert, text
from sqlalchemy.dialects import sqlite

from proxyd.domain.ports.conversations import ConversationQuery, OpenRow
from proxyd.domain.types import Right
from proxyd.store.conversation_pages import _ARRIVALS, _BESIDE, asked
from proxyd.store.engine import driver_of
from proxyd.store.schema import thread_ids
from tests.bench.response_times import SUPPORT
from tests.service.reports.work import put_work

ANNA, BEN = 1, 2


@pytest.fixture
async def office(database):
    def put(tx):
        for name in ("support", "sales"):
            tx.mailboxes.add(replace(SUPPORT, name=name), b"sealed")
        for login in ("anna", "ben"):
            tx.accounts.add(login, login.title(), "staff", "hash")
            tx.accounts.grant(ANNA if login == "anna" else BEN, 1, Right.RESPOND)

    await database.write(put)
    return database


async def numbers(database, **query):
    found = await database.read(
        lambda tx: tx.conversations.page(ConversationQuery(**{"mailbox_ids": (1, 2), **query}))
    )
    return [row.number for row in found]


async def test_what_was_changed_last_comes_first_in_all_mailboxes(office):
    for changed, mailbox in ((30, 1), (10, 2), (20, 1), (20, 2)):
        await put_work(office, "open", mailbox_id=mailbox, changed_us=changed)
    assert await numbers(office) == [1, 4, 3, 2]
    assert await numbers(office, mailbox_ids=(1,)) == [1, 3]
    assert await numbers(office, mailbox_ids=()) == []


async def test_each_criterion(office):
    await put_work(office, "open", changed_us=1, assignee_id=ANNA, overdue=True)
    await put_work(office, "checking", changed_us=2, assignee_id=BEN)
    await put_work(office, "done", changed_us=3)
    await put_work(office, "open", changed_us=4, mails=False)
    assert await numbers(office) == [3, 2, 1]
    assert await numbers(office, statuses=("open", "checking")) == [2, 1]
    assert await numbers(office, statuses=("done",)) == [3]
    assert await numbers(office, assignee="anna") == [1]
    assert await numbers(office, assignee="") == [3]
    assert await numbers(office, assignee="nobody-of-that-name") == []
    assert await numbers(office, changed_before_us=3) == [2, 1]
    assert await numbers(office, overdue=True) == [1]
    assert await office.read(lambda tx: tx.conversations.mails([1, 2, 4])) == {1: 1, 2: 1}


async def test_on_and_back_page_by_page(office):
    """Also where many were changed in the same instant."""
    for number in range(9):
        status = ("open", "checking")[number % 2]
        await put_work(office, status, mailbox_id=number % 2 + 1, changed_us=number // 4)
    everything = await numbers(office, statuses=("open", "checking", "hold"))
    assert sorted(everything) == list(range(1, 10))
    rows = {one: (number // 4, one) for number, one in enumerate(range(1, 10))}
    shown, beyond = [], None
    while page := await numbers(office, beyond=beyond, limit=2):
        shown += page
        beyond = rows[page[-1]]
    assert shown == everything
    back = await numbers(office, beyond=rows[everything[6]], newer=True, limit=4)
    assert back == everything[2:6]


async def test_what_is_open_now_is_the_same_as_the_load_says(office):
    await put_work(office, "open", waits_us=30, overdue=True)
    await put_work(office, "open", waits_us=20)
    await put_work(office, "hold")
    await put_work(office, "done", waits_us=1)
    await put_work(office, "zombie")  # a status that is configured no more
    await put_work(office, "open", mails=False)
    await put_work(office, "open", use="\\trash")
    await put_work(office, "open", mailbox_id=2)
    found = await office.read(lambda tx: tx.conversations.open_now(1, "done"))
    assert sorted(found, key=lambda one: one.status) == [
        OpenRow("hold", 1, 0, None),
        OpenRow("open", 2, 1, 20),
        OpenRow("zombie", 1, 0, None),
    ]


async def test_arrivals_are_those_that_came_as_work(office):
    await put_work(office, "open")

    def put(tx):
        for name, came, arrived in (
            ("a@x", 100, True),
            ("b@x", 199, True),
            ("c@x", 200, True),
            ("sent@x", 150, False),
            ("before-us@x", None, True),
        ):
            row = {"mailbox_id": 1, "message_id": name, "conversation_id": 1}
            tx.connection.execute(insert(thread_ids).values(**row, arrived=arrived, came_us=came))

    await office.write(put)
    found = await office.read(lambda tx: tx.conversations.arrivals(1, 100, 300, 100))
    assert sorted(found) == [(1, 2), (2, 1)]
    assert await office.read(lambda tx: tx.conversations.arrivals(1, 101, 200, 100)) == [(1, 1)]
    assert await office.read(lambda tx: tx.conversations.arrivals(2, 0, 300, 100)) == []
    assert await office.read(lambda tx: tx.conversations.first_arrival_us(1)) == 100
    assert await office.read(lambda tx: tx.conversations.first_arrival_us(2)) is None


def plan(tx, statement):
    words = str(statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    return [row.detail for row in tx.connection.execute(text(f"EXPLAIN QUERY PLAN {words}"))]


@pytest.mark.parametrize(
    "query",
    [
        {"statuses": ("open",)},
        {"statuses": ("open",), "beyond": (5, 5)},
        {"statuses": ("open",), "beyond": (5, 5), "newer": True},
        {},
        {"beyond": (5, 5)},
        {"changed_before_us": 5},
        {"assignee": "anna"},
        {"assignee": ""},
        {"assignee": "anna", "beyond": (5, 5)},
    ],
)
async def test_a_page_is_read_in_its_order_from_an_index(office, query):
    """Neither a scan nor a sort, however many conversations there are."""
    (statement,) = asked(ConversationQuery((1,), **query))
    steps = await office.read(lambda tx: plan(tx, statement))
    (read,) = [step for step in steps if "SEARCH conversations" in step]
    assert "USING INDEX ix_conversations_" in read and "mailbox_id=?" in read, steps
    assert not [step for step in steps if "TEMP B-TREE" in step or step.startswith("SCAN")], steps


async def test_what_is_open_is_found_without_the_finished_ones(office):
    for statement in _BESIDE:
        filled = statement.params(mailbox=1, done="done")
        steps = await office.read(lambda tx, s=filled: plan(tx, s))
        assert "ix_conversations_status (mailbox_id=? AND status" in steps[0], steps


async def test_arrivals_are_counted_in_an_index_alone(office):
    values = {"mailbox": 1, "since": 0, "until": 9, "step": 1}

    def explained(tx):
        rows = driver_of(tx.connection).execute("EXPLAIN QUERY PLAN " + _ARRIVALS.text, values)
        return [row[3] for row in rows]

    steps = await office.read(explained)
    assert "USING COVERING INDEX ix_thread_ids_came" in steps[0], steps
