"""Conversations as they are now, for those who look after them: admins and reviewers.

Reads only; what changes one goes through the mailbox it belongs to (store/mail.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Integer, Select, cast, func, select

from proxyd.domain.ports.conversations import (
    ConversationQuery,
    ConversationRow,
    LoadRow,
    OpenRow,
)
from proxyd.store import conversation_pages
from proxyd.store.conversation_rows import ALL, HAS_MAILS, HAS_WORK
from proxyd.store.schema import accounts, conversations, mailboxes, thread_ids

LIKE = 2_000  # Message-IDs that are compared with one that is mistyped


class ConversationStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, number: int) -> ConversationRow | None:
        found = self._rows(ALL.where(conversations.c.id == number))
        return found[0] if found else None

    def of_message(self, message_id: str) -> list[int]:
        """In each shared mailbox that knows the mail, the oldest conversation first."""
        query = select(thread_ids.c.conversation_id).where(thread_ids.c.message_id == message_id)
        return sorted(set(self._connection.scalars(query)))

    def like(self, message_id: str) -> list[str]:
        """Message-IDs that begin or end as this one does; some, where there are many."""
        half = max(1, len(message_id) // 2)
        column = thread_ids.c.message_id
        begins = column.startswith(message_id[:half], autoescape=True)
        ends = column.endswith(message_id[-half:], autoescape=True)
        query = select(column).where(begins | ends).limit(LIKE)
        return list(self._connection.scalars(query))

    def message_ids(self, number: int) -> list[str]:
        query = select(thread_ids.c.message_id).where(thread_ids.c.conversation_id == number)
        return sorted(self._connection.scalars(query))

    def untouched(
        self, mailbox: str, status: str, before_us: int, limit: int
    ) -> list[ConversationRow]:
        changed = conversations.c.changed_us
        these = (mailboxes.c.name == mailbox) & (conversations.c.status == status)
        query = ALL.where(these & (changed < before_us)).order_by(changed, conversations.c.id)
        return self._rows(query.limit(limit))

    def all(
        self,
        mailbox: str | None,
        status: str | None,
        assignee: str | None,
        limit: int,
        *,
        empty: bool = False,
    ) -> list[ConversationRow]:
        """What was changed last comes first. ``assignee`` "" is nobody; None asks for anything."""
        query = ALL
        if not empty:
            query = query.where(HAS_MAILS)
        if mailbox is not None:
            query = query.where(mailboxes.c.name == mailbox)
        if status is not None:
            query = query.where(conversations.c.status == status)
        if assignee is not None:
            query = query.where(func.coalesce(accounts.c.login, "") == assignee)
        return self._rows(query.order_by(conversations.c.changed_us.desc()).limit(limit))

    def by_number(
        self,
        mailbox_ids: Collection[int],
        status: str | None,
        assignee: str | None,
        after: int,
        limit: int,
    ) -> list[ConversationRow]:
        """By number, those of which mails are here. ``assignee`` "" is nobody."""
        number = conversations.c.id
        query = ALL.where(HAS_MAILS, conversations.c.mailbox_id.in_(mailbox_ids), number > after)
        if status is not None:
            query = query.where(conversations.c.status == status)
        if assignee is not None:
            query = query.where(func.coalesce(accounts.c.login, "") == assignee)
        return self._rows(query.order_by(number).limit(limit))

    def load(self, mailbox_ids: Collection[int], done: str) -> list[LoadRow]:
        """All whose status is not ``done``, but for those of which no mail is work any more."""
        theirs = conversations.c.mailbox_id.in_(mailbox_ids) & (conversations.c.status != done)
        return [LoadRow(*row) for row in self._connection.execute(_LOAD.where(theirs))]

    def open_now(self, mailbox_id: int, done: str) -> list[OpenRow]:
        return conversation_pages.open_now(self._connection, mailbox_id, done)

    def page(self, query: ConversationQuery) -> list[ConversationRow]:
        return conversation_pages.page(self._connection, query)

    def mails(self, numbers: Sequence[int]) -> Mapping[int, int]:
        return conversation_pages.mails(self._connection, numbers)

    def first_arrival_us(self, mailbox_id: int) -> int | None:
        return conversation_pages.first_arrival_us(self._connection, mailbox_id)

    def arrivals(
        self, mailbox_id: int, since_us: int, until_us: int, step_us: int
    ) -> list[tuple[int, int]]:
        return conversation_pages.arrivals(
            self._connection, mailbox_id, since_us, until_us, step_us
        )

    def _rows(self, query: Select[Any]) -> list[ConversationRow]:
        return [ConversationRow(*row) for row in self._connection.execute(query)]


_LOAD = (
    select(
        conversations.c.assignee_id,
        conversations.c.status,
        func.count(),
        func.count(conversations.c.waits_us),
        func.sum(cast(conversations.c.overdue, Integer)),
        func.min(conversations.c.waits_us),
        func.count(conversations.c.until_us),
    )
    .where(HAS_WORK)
    .group_by(conversations.c.assignee_id, conversations.c.status)
)
