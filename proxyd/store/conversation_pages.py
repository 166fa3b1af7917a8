"""Conversations page by page, and how many are open: read from indexes, never by a scan.

Each shared mailbox and status is asked by itself, and the answers are merged: so each question has
an index that holds its rows in the order of the list (a test looks at the plans).
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    bindparam,
    cast,
    column,
    func,
    select,
    tuple_,
)

from proxyd.domain.ports.conversations import ConversationQuery, ConversationRow, OpenRow
from proxyd.store.conversation_rows import ALL, HAS_MAILS, HAS_WORK
from proxyd.store.prepared import Prepared
from proxyd.store.schema import accounts, conversations, messages, thread_ids

_OPEN = (
    select(
        conversations.c.status,
        func.count(),
        func.sum(cast(conversations.c.overdue, Integer)),
        func.min(conversations.c.waits_us),
    )
    .where(conversations.c.mailbox_id == bindparam("mailbox"), HAS_WORK)
    .group_by(conversations.c.status)
)
# "Not this status" finds nothing in an index; what sorts before and after it does.
_BESIDE = (
    _OPEN.where(conversations.c.status < bindparam("done")),
    _OPEN.where(conversations.c.status > bindparam("done")),
)
_ARRIVALS = Prepared(
    select(thread_ids.c.came_us.op("/")(bindparam("step")).label("step"), func.count())
    .where(
        thread_ids.c.mailbox_id == bindparam("mailbox"),
        thread_ids.c.came_us >= bindparam("since"),
        thread_ids.c.came_us < bindparam("until"),
        thread_ids.c.arrived,
    )
    .group_by(column("step"))
)


def open_now(connection: Connection, mailbox_id: int, done: str) -> list[OpenRow]:
    values = {"mailbox": mailbox_id, "done": done}
    return [OpenRow(*row) for one in _BESIDE for row in connection.execute(one, values)]


def page(connection: Connection, query: ConversationQuery) -> list[ConversationRow]:
    wanted = list(asked(query))
    found = [_rows(connection, one) for one in wanted]
    merged = heapq.merge(*found, key=_place, reverse=not query.newer)
    rows = list(islice(merged, query.limit))
    return rows[::-1] if query.newer else rows


def asked(query: ConversationQuery) -> Iterator[Select[Any]]:
    """A question for each mailbox and status."""
    statuses: Sequence[str | None] = (None,) if query.statuses is None else query.statuses
    for mailbox_id in query.mailbox_ids:
        for status in statuses:
            yield _of(mailbox_id, status, query)


def _of(mailbox_id: int, status: str | None, query: ConversationQuery) -> Select[Any]:
    changed, number = conversations.c.changed_us, conversations.c.id
    found = ALL.where(conversations.c.mailbox_id == mailbox_id, HAS_MAILS)
    if status is not None:
        found = found.where(conversations.c.status == status)
    if query.assignee == "":
        found = found.where(conversations.c.assignee_id.is_(None))
    elif query.assignee is not None:
        whose = select(accounts.c.id).where(accounts.c.login == query.assignee)
        found = found.where(conversations.c.assignee_id == whose.scalar_subquery())
    if query.changed_before_us is not None:
        found = found.where(changed < query.changed_before_us)
    if query.overdue:
        found = found.where(conversations.c.overdue)
    if query.beyond is not None:
        here, there = tuple_(changed, number), tuple_(*query.beyond)
        found = found.where(here > there if query.newer else here < there)
    order = (changed, number) if query.newer else (changed.desc(), number.desc())
    return found.order_by(*order).limit(query.limit)


def mails(connection: Connection, numbers: Sequence[int]) -> Mapping[int, int]:
    listed = func.json_each(json.dumps(list(numbers))).table_valued("value")
    counted = (
        select(messages.c.conversation_id, func.count(messages.c.message_id.distinct()))
        .where(messages.c.conversation_id.in_(select(listed.c.value)))
        .group_by(messages.c.conversation_id)
    )
    rows = connection.execute(counted)
    return {row[0]: row[1] for row in rows}


def first_arrival_us(connection: Connection, mailbox_id: int) -> int | None:
    came = thread_ids.c.came_us
    theirs = (thread_ids.c.mailbox_id == mailbox_id) & came.is_not(None)
    found: int | None = connection.scalar(select(func.min(came)).where(theirs))
    return found


def arrivals(
    connection: Connection, mailbox_id: int, since_us: int, until_us: int, step_us: int
) -> list[tuple[int, int]]:
    period = {"since": since_us, "until": until_us, "step": step_us}
    rows = _ARRIVALS.rows(connection, {"mailbox": mailbox_id, **period})
    return [(step, count) for step, count in rows]


def _rows(connection: Connection, query: Select[Any]) -> list[ConversationRow]:
    return [ConversationRow(*row) for row in connection.execute(query)]


def _place(row: ConversationRow) -> tuple[int, int]:
    return row.changed_us, row.number
