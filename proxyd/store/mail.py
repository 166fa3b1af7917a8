"""Folders, messages, conversations and views in the database.

Called with plain dictionaries and numbers, one call per kind of row, so that a change of 500
messages is a handful of statements (executemany). The one server process is the only writer of
these tables, so it numbers the rows itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, text, update

from proxyd.store import schema as t
from proxyd.store.prepared import Prepared

Row = Mapping[str, Any]
_NUMBERED = {
    table.name: table for table in (t.folders, t.conversations, t.messages, t.views, t.answers)
}
# SQLite allows 32,766 parameters in a statement; PostgreSQL 65,535.
_IN_LIST = 10_000
# Keys of ``meta``: the last UIDVALIDITY handed out; with a mailbox's number behind it, to that one;
# without, to anybody, by an earlier version or in a life that was lost (restored.py).
_UIDVALIDITY = "uidvalidity"
# Seconds by which a UIDVALIDITY may be ahead of what is due, by chance. A mailbox's first ones go
# further, because its many views have to find room between those of others.
_CHANCE_S, _FIRST_CHANCE_S = 16, 4096

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


class MailStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ------------------------------------------------------------------ reading, at start

    def folders(self, mailbox_id: int) -> Sequence[Any]:
        return self._all(t.folders, t.folders.c.mailbox_id == mailbox_id)

    def conversations(self, mailbox_id: int) -> Sequence[Any]:
        return self._all(t.conversations, t.conversations.c.mailbox_id == mailbox_id)

    def messages(self, mailbox_id: int) -> Sequence[Any]:
        of_mailbox = select(t.folders.c.id).where(t.folders.c.mailbox_id == mailbox_id)
        query = select(t.messages).where(t.messages.c.folder_id.in_(of_mailbox))
        return self._connection.execute(query.order_by(t.messages.c.id)).all()

    def thread_ids(self, mailbox_id: int) -> Sequence[Any]:
        return self._all(t.thread_ids, t.thread_ids.c.mailbox_id == mailbox_id)

    def answers(self, mailbox_id: int) -> Sequence[Any]:
        query = select(t.answers).join(
            t.conversations, t.conversations.c.id == t.answers.c.conversation_id
        )
        query = query.where(t.conversations.c.mailbox_id == mailbox_id)
        return self._connection.execute(query.order_by(t.answers.c.at_us)).all()

    def views(self, mailbox_id: int) -> Sequence[Any]:
        return self._all(t.views, t.views.c.mailbox_id == mailbox_id)

    def view_messages(self, mailbox_id: int) -> Sequence[Any]:
        of_mailbox = select(t.views.c.id).where(t.views.c.mailbox_id == mailbox_id)
        query = select(t.view_messages).where(t.view_messages.c.view_id.in_(of_mailbox))
        order = (t.view_messages.c.view_id, t.view_messages.c.uid)
        return self._connection.execute(query.order_by(*order)).all()

    def seen(self, mailbox_id: int) -> Sequence[Any]:
        query = (
            select(t.seen)
            .join(t.messages, t.messages.c.id == t.seen.c.message_id)
            .join(t.folders, t.folders.c.id == t.messages.c.folder_id)
            .where(t.folders.c.mailbox_id == mailbox_id)
        )
        return self._connection.execute(query).all()

    def subscriptions(self, account_id: int) -> dict[str, bool]:
        query = select(t.subscriptions.c.name, t.subscriptions.c.subscribed)
        rows = self._connection.execute(query.where(t.subscriptions.c.account_id == account_id))
        return {row.name: row.subscribed for row in rows}

    def existing_accounts(self, ids: Collection[int]) -> set[int]:
        """Those of ``ids`` that are (still) accounts."""
        return {id_ for id_ in ids if _ACCOUNT.rows(self._connection, {"account_id": id_})}

    # ------------------------------------------------------------------ numbers

    def next_id(self, table: str) -> int:
        """A number never given before in this table; the caller is the table's only writer.

        Not the highest one present plus one: the access log goes on naming conversations that have
        been joined, and what a number meant there must not change.
        """
        given = text("SELECT seq FROM sqlite_sequence WHERE name = :name")  # AUTOINCREMENT's own
        last = self._connection.scalar(given, {"name": table}) or 0
        present = self._connection.scalar(select(func.max(_NUMBERED[table].c.id))) or 0
        return max(int(last), int(present)) + 1

    def fresh_uidvalidity(self, mailbox_id: int, now_us: int, count: int = 1) -> int:
        """The first of ``count`` UIDVALIDITY values for views of this mailbox (0: of none yet).

        RFC 9051 §2.3.1.1: greater than any that the mailbox has had, also for views that are gone,
        because a folder of the same name may be made again. The same holds for the mailboxes that
        are gone. No view of another mailbox has it: names pass from one to another with a grant.

        Nothing else of other mailboxes goes in, and chance (the microseconds of ``now_us``) hides
        where a number was left out: nobody can count what is made where they have no grant.
        """
        marks = self._uidvalidity_marks()
        due, chance_s = now_us // 1_000_000, _CHANCE_S
        if mailbox_id not in marks:
            chance_s = _FIRST_CHANCE_S
            there = set(self._connection.scalars(select(t.mailboxes.c.id)))
            gone = [last for owner, last in marks.items() if owner not in there]
            due = max(due, *(last + 1 for last in gone)) if gone else due
        least = max(due, marks.get(mailbox_id, 0) + 1, self._own_highest(mailbox_id) + 1)
        first = self._free_block(least + now_us % chance_s, count, marks.values())
        key = f"{_UIDVALIDITY} {mailbox_id}" if mailbox_id else _UIDVALIDITY
        self._connection.execute(delete(t.meta).where(t.meta.c.key == key))
        self._connection.execute(insert(t.meta), {"key": key, "value": str(first + count - 1)})
        return first

    def _uidvalidity_marks(self) -> dict[int, int]:
        """The last one handed out, by mailbox; 0: to whichever."""
        rows = self._connection.execute(
            select(t.meta.c.key, t.meta.c.value).where(t.meta.c.key.startswith(_UIDVALIDITY))
        )
        return {int(key[len(_UIDVALIDITY) :] or 0): int(value) for key, value in rows}

    def _own_highest(self, mailbox_id: int) -> int:
        query = select(func.max(t.views.c.uidvalidity)).where(t.views.c.mailbox_id == mailbox_id)
        return self._connection.scalar(query) or 0

    def _free_block(self, first: int, count: int, marks: Iterable[int]) -> int:
        """From ``first`` on, where ``count`` numbers in a row are used nowhere."""
        there = select(t.views.c.uidvalidity).where(t.views.c.uidvalidity >= first)
        for used in sorted({*self._connection.scalars(there), *marks}):
            if used >= first + count:
                break
            first = max(first, used + 1)
        return first

    # ------------------------------------------------------------------ writing

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Insert rows into "folders", "conversations", "messages", "views" or "answers"."""
        self._many(insert(_NUMBERED[table]), rows)

    def update(self, table: str, rows: Sequence[Row]) -> None:
        """Set columns by id; every row names the same columns."""
        if rows:
            columns = tuple(name for name in rows[0] if name != "id")
            _update_of(table, columns).run(self._connection, [_renamed(row) for row in rows])

    def delete(self, table: str, ids: Sequence[int]) -> None:
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
                "m": mailbox_id,
                "i": id_,
                "conversation_id": conversation,
                "arrived": arrived,
                "came_us": came_us or None,
            }
            for id_, (conversation, arrived, came_us) in threads.items()
        ]
        where = (t.thread_ids.c.mailbox_id == bindparam("m")) & (
            t.thread_ids.c.message_id == bindparam("i")
        )
        self._many(delete(t.thread_ids).where(where), [{"m": r["m"], "i": r["i"]} for r in rows])
        self._many(
            insert(t.thread_ids).values(mailbox_id=bindparam("m"), message_id=bindparam("i")), rows
        )

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

    def _all(self, table: Table, where: Any) -> Sequence[Any]:
        return self._connection.execute(select(table).where(where)).all()

    def _many(self, statement: Any, rows: Sequence[Row]) -> None:
        if rows:
            self._connection.execute(statement, [dict(row) for row in rows])


@cache
def _update_of(table: str, columns: tuple[str, ...]) -> Prepared:
    """There are as many as places that call ``update``."""
    target = _NUMBERED[table]
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    return Prepared(update(target).where(target.c.id == bindparam("row_id")).values(values))


def _renamed(row: Row) -> dict[str, Any]:
    # SQLAlchemy reserves the columns' own names for VALUES.
    return {("row_id" if name == "id" else f"new_{name}"): value for name, value in row.items()}
