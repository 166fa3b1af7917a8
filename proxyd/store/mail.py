"""Folders, messages, conversations and views in the database.

Called with plain dictionaries and numbers, one call per kind of row, so that a change of 500
messages is a handful of statements (executemany). The one server process is the only writer of
these tables, so it numbers the rows itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Executable,
    Result,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from proxyd.domain.ports.mail_rows import (
    Alike,
    Numbered,
    StoredAnswer,
    StoredConversation,
    StoredFolder,
    StoredLeft,
    StoredMessage,
    StoredPlace,
    StoredSeen,
    StoredThreadId,
    StoredView,
)
from proxyd.store import schema as t
from proxyd.store.prepared import Prepared
from proxyd.store.uidvalidity import fresh

Row = Mapping[str, object]
_NUMBERED = {
    table.name: table for table in (t.folders, t.conversations, t.messages, t.views, t.answers)
}
# SQLite allows 32,766 parameters in a statement; PostgreSQL 65,535.
_IN_LIST = 10_000
# Of mails with one subject; a machine's notices may be thousands.
_ALIKE = 200
# Mails of which no topic was kept: those of some weeks, in a busy mailbox.
_OLD_LOOKED_AT = 20_000

# What a status or a \Seen takes, again and again.
_ACCOUNT = Prepared(select(t.accounts.c.id).where(t.accounts.c.id == bindparam("account_id")))
_LEAVE = Prepared(
    delete(t.view_messages).where(
        t.view_messages.c.view_id == bindparam("v"), t.view_messages.c.uid == bindparam("u")
    )
)
_ENTER = Prepared(insert(t.view_messages))
_UNMARK = Prepared(
    delete(t.seen).where(
        t.seen.c.account_id == bindparam("account_id"),
        t.seen.c.message_id == bindparam("message_id"),
    )
)
_MARK = Prepared(insert(t.seen))
# What a new mail takes.
_FORGET_THREAD = Prepared(
    delete(t.thread_ids).where(
        t.thread_ids.c.mailbox_id == bindparam("mailbox_id"),
        t.thread_ids.c.message_id == bindparam("message_id"),
    )
)
_KEEP_THREAD = Prepared(insert(t.thread_ids))
_FORGET_LEFT = Prepared(
    delete(t.left_mails).where(
        t.left_mails.c.mailbox_id == bindparam("mailbox_id"),
        t.left_mails.c.message_id == bindparam("message_id"),
    )
)
_KEEP_LEFT = Prepared(insert(t.left_mails))
# By AUTOINCREMENT's own account, and by what is there.
_GIVEN = Prepared(text("SELECT seq FROM sqlite_sequence WHERE name = :name"))
_PRESENT = {name: Prepared(select(func.max(table.c.id))) for name, table in _NUMBERED.items()}


class MailStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ------------------------------------------------------------------ reading, at start

    def folders(self, mailbox_id: int) -> Sequence[StoredFolder]:
        rows = self._all(t.folders, StoredFolder._fields, t.folders.c.mailbox_id == mailbox_id)
        return [StoredFolder._make(row) for row in rows]

    def conversations(self, mailbox_id: int) -> Sequence[StoredConversation]:
        of_mailbox = t.conversations.c.mailbox_id == mailbox_id
        rows = self._all(t.conversations, StoredConversation._fields, of_mailbox)
        return [StoredConversation._make(row) for row in rows]

    def messages(self, mailbox_id: int) -> Sequence[StoredMessage]:
        of_mailbox = select(t.folders.c.id).where(t.folders.c.mailbox_id == mailbox_id)
        query = select(*_columns(t.messages, StoredMessage._fields))
        query = query.where(t.messages.c.folder_id.in_(of_mailbox)).order_by(t.messages.c.id)
        return [StoredMessage._make(row) for row in self._connection.execute(query)]

    def thread_ids(self, mailbox_id: int) -> Sequence[StoredThreadId]:
        of_mailbox = t.thread_ids.c.mailbox_id == mailbox_id
        rows = self._all(t.thread_ids, StoredThreadId._fields, of_mailbox)
        return [StoredThreadId._make(row) for row in rows]

    def left(self, mailbox_id: int) -> Sequence[StoredLeft]:
        of_mailbox = t.left_mails.c.mailbox_id == mailbox_id
        rows = self._all(t.left_mails, StoredLeft._fields, of_mailbox)
        return [StoredLeft._make(row) for row in rows]

    def answers(self, mailbox_id: int) -> Sequence[StoredAnswer]:
        query = select(*_columns(t.answers, StoredAnswer._fields)).join(
            t.conversations, t.conversations.c.id == t.answers.c.conversation_id
        )
        query = query.where(t.conversations.c.mailbox_id == mailbox_id)
        rows = self._connection.execute(query.order_by(t.answers.c.at_us))
        return [StoredAnswer._make(row) for row in rows]

    def views(self, mailbox_id: int) -> Sequence[StoredView]:
        rows = self._all(t.views, StoredView._fields, t.views.c.mailbox_id == mailbox_id)
        return [StoredView._make(row) for row in rows]

    def view_messages(self, mailbox_id: int) -> Sequence[StoredPlace]:
        of_mailbox = select(t.views.c.id).where(t.views.c.mailbox_id == mailbox_id)
        query = select(*_columns(t.view_messages, StoredPlace._fields))
        query = query.where(t.view_messages.c.view_id.in_(of_mailbox))
        order = (t.view_messages.c.view_id, t.view_messages.c.uid)
        return [StoredPlace._make(row) for row in self._connection.execute(query.order_by(*order))]

    def seen(self, mailbox_id: int) -> Sequence[StoredSeen]:
        query = (
            select(*_columns(t.seen, StoredSeen._fields))
            .join(t.messages, t.messages.c.id == t.seen.c.message_id)
            .join(t.folders, t.folders.c.id == t.messages.c.folder_id)
            .where(t.folders.c.mailbox_id == mailbox_id)
        )
        return [StoredSeen._make(row) for row in self._connection.execute(query)]

    def subscriptions(self, account_id: int) -> dict[str, bool]:
        query = select(t.subscriptions.c.name, t.subscriptions.c.subscribed)
        rows = self._connection.execute(query.where(t.subscriptions.c.account_id == account_id))
        return {row.name: row.subscribed for row in rows}

    def alike(
        self, topic: bytes, digests: Collection[str], mailbox_ids: Collection[int]
    ) -> Sequence[Alike]:
        """Mails of before the topics are looked for among the newest only."""
        m = t.messages
        columns = (m.c.id, t.folders.c.mailbox_id, m.c.folder_id, m.c.uid)
        where = t.folders.c.mailbox_id.in_(mailbox_ids)
        query = select(*columns).join(t.folders, t.folders.c.id == m.c.folder_id).where(where)
        query = query.order_by(m.c.id.desc()).limit(_ALIKE)
        newest = self._connection.scalar(select(func.max(m.c.id))) or 0
        old = and_(m.c.topic.is_(None), m.c.id > newest - _OLD_LOOKED_AT, m.c.inbound)
        found = [
            *self._connection.execute(query.where(m.c.topic == topic)),
            *self._connection.execute(query.where(old, m.c.subject_digest.in_(digests))),
        ]
        return sorted(map(Alike._make, found), reverse=True)

    def existing_accounts(self, ids: Collection[int]) -> set[int]:
        """Those of ``ids`` that are (still) accounts."""
        return {id_ for id_ in ids if _ACCOUNT.rows(self._connection, {"account_id": id_})}

    # ------------------------------------------------------------------ numbers

    def next_id(self, table: Numbered) -> int:
        """A number never given before in this table; the caller is the table's only writer.

        Not the highest one present plus one: the access log goes on naming conversations that have
        been joined, and what a number meant there must not change.
        """
        given = _GIVEN.rows(self._connection, {"name": table})
        present = _PRESENT[table].rows(self._connection)
        return max(0, *(int(number or 0) for (number,) in (*given, *present))) + 1

    def fresh_uidvalidity(self, mailbox_id: int, now_us: int, count: int = 1) -> int:
        """See ``uidvalidity.fresh``."""
        return fresh(self._connection, mailbox_id, now_us, count)

    # ------------------------------------------------------------------ writing

    def add(self, table: Numbered, rows: Sequence[Row]) -> None:
        """Insert rows into "folders", "conversations", "messages", "views" or "answers"."""
        self._many(insert(_NUMBERED[table]), rows)

    def update(self, table: Numbered, rows: Sequence[Row]) -> None:
        """Set columns by id; every row names the same columns."""
        if rows:
            columns = tuple(name for name in rows[0] if name != "id")
            _update_of(table, columns).run(self._connection, [_renamed(row) for row in rows])

    def delete(self, table: Numbered, ids: Sequence[int]) -> None:
        target = _NUMBERED[table]
        for start in range(0, len(ids), _IN_LIST):
            chunk = ids[start : start + _IN_LIST]
            self._connection.execute(delete(target).where(target.c.id.in_(chunk)))

    def move_conversation(self, from_id: int, to_id: int) -> None:
        """Let everything that refers to one conversation refer to another."""
        for table in (t.messages, t.thread_ids, t.answers, t.outbox, t.refusals):
            column = table.c.conversation_id
            statement = update(table).where(column == from_id).values(conversation_id=to_id)
            self._connection.execute(statement)

    def set_threads(self, mailbox_id: int, threads: Mapping[str, tuple[int, bool, int]]) -> None:
        """Message-ID → (conversation, arrived, came_us); replaces what was there."""
        rows = [
            {
                "mailbox_id": mailbox_id,
                "message_id": id_,
                "conversation_id": conversation,
                "arrived": arrived,
                "came_us": came_us or None,
            }
            for id_, (conversation, arrived, came_us) in threads.items()
        ]
        _FORGET_THREAD.run(self._connection, rows)
        _KEEP_THREAD.run(self._connection, rows)

    def set_left(self, mailbox_id: int, last: Iterable[StoredLeft]) -> None:
        """Replaces what was kept of their Message-IDs."""
        rows = [{"mailbox_id": mailbox_id, **one._asdict()} for one in last]
        _FORGET_LEFT.run(self._connection, rows)
        _KEEP_LEFT.run(self._connection, rows)

    def leave(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Take (view, UID) pairs out."""
        _LEAVE.run(self._connection, [{"v": v, "u": u} for v, u in pairs])

    def enter(self, rows: Iterable[tuple[int, int, int, int]]) -> None:
        """Put (view, UID, message, when) in."""
        named = [{"view_id": v, "uid": u, "message_id": m, "saved_us": at} for v, u, m, at in rows]
        _ENTER.run(self._connection, named)

    def set_seen(self, rows: Iterable[tuple[int, int, bool, int]]) -> None:
        """(account, message, seen, mod-sequence): a person's own \\Seen."""
        named = [
            {"account_id": a, "message_id": m, "seen": seen, "modseq": n} for a, m, seen, n in rows
        ]
        _UNMARK.run(self._connection, named)
        _MARK.run(self._connection, named)

    def subscribe(self, account_id: int, name: str, *, subscribed: bool) -> None:
        where = (t.subscriptions.c.account_id == account_id) & (t.subscriptions.c.name == name)
        self._connection.execute(delete(t.subscriptions).where(where))
        row = {"account_id": account_id, "name": name, "subscribed": subscribed}
        self._connection.execute(insert(t.subscriptions), row)

    # ------------------------------------------------------------------ helpers

    def _all(
        self, table: Table, fields: Sequence[str], where: ColumnElement[bool]
    ) -> Result[*tuple[Any, ...]]:
        return self._connection.execute(select(*_columns(table, fields)).where(where))

    def _many(self, statement: Executable, rows: Sequence[Row]) -> None:
        if rows:
            self._connection.execute(statement, [dict(row) for row in rows])


def _columns(table: Table, fields: Iterable[str]) -> list[Column[Any]]:
    return [table.c[name] for name in fields]


@cache
def _update_of(table: str, columns: tuple[str, ...]) -> Prepared:
    """There are as many as places that call ``update``."""
    target = _NUMBERED[table]
    values: dict[str, BindParameter[Any]] = {name: bindparam(f"new_{name}") for name in columns}
    return Prepared(update(target).where(target.c.id == bindparam("row_id")).values(values))


def _renamed(row: Row) -> dict[str, object]:
    # SQLAlchemy reserves the columns' own names for VALUES.
    return {("row_id" if name == "id" else f"new_{name}"): value for name, value in row.items()}
