"""Conversations as they are now, for those who look after them: admins and reviewers.

Reads only; what changes one goes through the mailbox it belongs to (store/mail.py).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Integer, Select, cast, exists, func, select

from proxyd.domain.folder_work import NO_WORK
from proxyd.domain.ports.conversations import ConversationRow, LoadRow
from proxyd.store.schema import (
    accounts,
    conversations,
    folders,
    mailboxes,
    messages,
    thread_ids,
)

LIKE = 2_000  # Message-IDs that are compared with one that is mistyped


class ConversationStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, number: int) -> ConversationRow | None:
        found = self._rows(_ALL.where(conversations.c.id == number))
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
        query = _ALL.where(these & (changed < before_us)).order_by(changed, conversations.c.id)
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
        query = _ALL
        if not empty:
            query = query.where(_HAS_MAILS)
        if mailbox is not None:
            query = query.where(mailboxes.c.name == mailbox)
        if status is not None:
            query = query.where(conversations.c.status == status)
        if assignee is not None:
            query = query.where(func.coalesce(accounts.c.login, "") == assignee)
        return self._rows(query.order_by(conversations.c.changed_us.desc()).limit(limit))

    def page(
        self,
        mailbox_ids: Collection[int],
        status: str | None,
        assignee: str | None,
        after: int,
        limit: int,
    ) -> list[ConversationRow]:
        """By number, those of which mails are here. ``assignee`` "" is nobody."""
        number = conversations.c.id
        query = _ALL.where(_HAS_MAILS, conversations.c.mailbox_id.in_(mailbox_ids), number > after)
        if status is not None:
            query = query.where(conversations.c.status == status)
        if assignee is not None:
            query = query.where(func.coalesce(accounts.c.login, "") == assignee)
        return self._rows(query.order_by(number).limit(limit))

    def load(self, mailbox_ids: Collection[int], done: str) -> list[LoadRow]:
        """All whose status is not ``done``, but for those of which no mail is work any more."""
        theirs = conversations.c.mailbox_id.in_(mailbox_ids) & (conversations.c.status != done)
        return [LoadRow(*row) for row in self._connection.execute(_LOAD.where(theirs))]

    def _rows(self, query: Select[Any]) -> list[ConversationRow]:
        return [ConversationRow(*row) for row in self._connection.execute(query)]


_HAS_MAILS = exists().where(messages.c.conversation_id == conversations.c.id)
# What lies in Trash or Junk is in no list of work, and nobody can finish it there.
_HAS_WORK = exists().where(
    messages.c.conversation_id == conversations.c.id,
    messages.c.inbound,
    folders.c.id == messages.c.folder_id,
    *(~folders.c.attributes.contains(word, autoescape=True) for word in sorted(NO_WORK)),
)
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
    .where(_HAS_WORK)
    .group_by(conversations.c.assignee_id, conversations.c.status)
)
_ALL = (
    select(
        conversations.c.id,
        mailboxes.c.name,
        conversations.c.status,
        func.coalesce(accounts.c.login, ""),
        conversations.c.changed_us,
        conversations.c.waits_us,
        conversations.c.overdue,
        conversations.c.until_us,
    )
    .join(mailboxes, mailboxes.c.id == conversations.c.mailbox_id)
    .outerjoin(accounts, accounts.c.id == conversations.c.assignee_id)
)
