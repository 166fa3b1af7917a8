"""What people have said of mails in views that are to leave them, whose drafts are, and who has put
a mail into Trash.

A row goes with the UID or mail it is about. Never a body.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, insert, select, update

from proxyd.domain.deleting import Half
from proxyd.domain.ports.departures import DepartureRow
from proxyd.domain.replying import DraftAnswer
from proxyd.store.prepared import Prepared
from proxyd.store.schema import departures, drafts, folders, in_vain, messages, trashed, views

_REMOVE = Prepared(
    delete(departures).where(
        departures.c.account_id == bindparam("a"),
        departures.c.view_id == bindparam("v"),
        departures.c.uid == bindparam("u"),
    )
)
_REPLIES = Prepared(
    update(drafts)
    .where(drafts.c.message_id == bindparam("m"))
    .values(replying_us=bindparam("at"), claims=bindparam("claims"))
)
_TAKE_BACK = Prepared(
    delete(in_vain).where(
        in_vain.c.message_id == bindparam("m"),
        in_vain.c.account_id == bindparam("a"),
        in_vain.c.half == bindparam("h"),
    )
)


class DepartureStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, mailbox_id: int) -> list[DepartureRow]:
        query = select(departures).join(views, views.c.id == departures.c.view_id)
        rows = self._connection.execute(query.where(views.c.mailbox_id == mailbox_id))
        return [
            DepartureRow(
                row.account_id,
                row.view_id,
                row.uid,
                row.deleted,
                row.into,
                tuple(map(int, row.copies.split())),
                row.at_us,
                row.elsewhere,
            )
            for row in rows
        ]

    def forget(self, mailbox_id: int, before_us: int) -> None:
        """Copies made before then that no \\Deleted has followed, and what was put into Trash, or
        could not be moved.
        """
        there = select(views.c.id).where(views.c.mailbox_id == mailbox_id)
        old = ~departures.c.deleted & (departures.c.at_us < before_us)
        self._connection.execute(delete(departures).where(old, departures.c.view_id.in_(there)))
        here = select(messages.c.id).join(folders).where(folders.c.mailbox_id == mailbox_id)
        for table in (trashed, in_vain):
            past = table.c.at_us < before_us
            self._connection.execute(delete(table).where(past, table.c.message_id.in_(here)))

    def add(self, rows: Iterable[DepartureRow]) -> None:
        values = [{**asdict(row), "copies": " ".join(map(str, row.copies))} for row in rows]
        if values:
            self._connection.execute(insert(departures), values)

    def remove(self, keys: Iterable[tuple[int, int, int]]) -> None:
        """(account, view, UID)"""
        _REMOVE.run(self._connection, [{"a": a, "v": v, "u": u} for a, v, u in keys])

    # ------------------------------------------------------------------ drafts

    def drafts(self, mailbox_id: int) -> dict[int, int]:
        """Message → account."""
        query = (
            select(drafts)
            .join(messages, messages.c.id == drafts.c.message_id)
            .join(folders, folders.c.id == messages.c.folder_id)
            .where(folders.c.mailbox_id == mailbox_id)
        )
        return {row.message_id: row.account_id for row in self._connection.execute(query)}

    def add_draft(self, message_id: int, account_id: int) -> None:
        row = {"message_id": message_id, "account_id": account_id}
        self._connection.execute(insert(drafts), row)

    def replies(self, mailbox_id: int) -> list[tuple[int, DraftAnswer]]:
        """Drafts that are answers on the way."""
        rows = self._said_of(drafts, mailbox_id)
        return [
            (row.message_id, DraftAnswer(row.account_id, row.replying_us, row.claims))
            for row in rows
            if row.replying_us is not None
        ]

    def set_replies(self, rows: Iterable[tuple[int, DraftAnswer | None]]) -> None:
        """Of drafts that are known; None: it is no more."""
        values = [
            {"m": m, "at": r.at_us if r else None, "claims": r is not None and r.claims}
            for m, r in rows
        ]
        if values:
            _REPLIES.run(self._connection, values)

    # ------------------------------------------------------------------ put into Trash

    def trashed(self, mailbox_id: int) -> list[tuple[int, int, int]]:
        """(message, as it lies in Trash; account; when)"""
        rows = self._said_of(trashed, mailbox_id)
        return [(row.message_id, row.account_id, row.at_us) for row in rows]

    def add_trashed(self, rows: Iterable[tuple[int, int, int]]) -> None:
        values = [{"message_id": m, "account_id": a, "at_us": at_us} for m, a, at_us in rows]
        if values:
            self._connection.execute(insert(trashed).prefix_with("OR REPLACE"), values)

    # ------------------------------------------------------------------ halves of moves, in vain

    def in_vain(self, mailbox_id: int) -> list[tuple[int, int, Half, int]]:
        """(message, account, which half, when)"""
        rows = self._said_of(in_vain, mailbox_id)
        return [(row.message_id, row.account_id, Half(row.half), row.at_us) for row in rows]

    def _said_of(self, table: Table, mailbox_id: int) -> Sequence[Row[Any]]:
        query = (
            select(table)
            .join(messages, messages.c.id == table.c.message_id)
            .join(folders, folders.c.id == messages.c.folder_id)
            .where(folders.c.mailbox_id == mailbox_id)
        )
        return self._connection.execute(query).all()

    def set_in_vain(self, rows: Iterable[tuple[int, int, Half, int | None]]) -> None:
        """(message, account, which half, when; None: it holds no more)"""
        news = [
            {"message_id": m, "account_id": a, "half": half.value, "at_us": at_us}
            for m, a, half, at_us in rows
        ]
        if not news:
            return
        keys = [{"m": n["message_id"], "a": n["account_id"], "h": n["half"]} for n in news]
        _TAKE_BACK.run(self._connection, keys)
        if left := [row for row in news if row["at_us"] is not None]:
            self._connection.execute(insert(in_vain), left)
