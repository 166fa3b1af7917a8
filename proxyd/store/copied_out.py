"""How many mails people have copied, by day and by client (ports/copied_out.py)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from proxyd.domain.copied_out import Client, CopyKind, Today
from proxyd.domain.ports.copied_out import ClientKey
from proxyd.store.schema import copy_clients, copy_counts

# A day on which something was told is none to learn from.
_TAKEN = (CopyKind.KNOWN, CopyKind.FIRST, CopyKind.AGAIN)
_TOLD = (CopyKind.ALARM, CopyKind.NOTICE)


class CopiedStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def client(
        self, key: ClientKey, mails: int, again: int, now_us: int, much: int, since_us: int
    ) -> Client:
        it, table = _client(key), copy_clients.c
        row = {
            "account_id": key.account_id,
            "mailbox_id": key.mailbox_id,
            "name": key.name,
            "place": key.place,
            "first_us": now_us,
            "last_us": now_us,
            "mails": mails,
            "again": again,
        }
        more = {"last_us": now_us, "mails": table.mails + mails, "again": table.again + again}
        where = [table.account_id, table.mailbox_id, table.name, table.place]
        written = insert(copy_clients).values(row)
        self._connection.execute(written.on_conflict_do_update(index_elements=where, set_=more))
        found = self._connection.execute(select(copy_clients).where(it)).one()
        theirs = and_(table.account_id == key.account_id, table.mailbox_id == key.mailbox_id)
        beside = self._connection.scalar(
            select(func.count())
            .select_from(copy_clients)
            .where(theirs, ~it, table.first_us >= since_us, table.mails > much)
        )
        return Client(found.first_us, found.mails, found.again, beside or 0)

    def add(
        self, account_id: int, mailbox_id: int, day: str, counts: Mapping[CopyKind, int]
    ) -> None:
        rows = [
            {
                "account_id": account_id,
                "day": day,
                "mailbox_id": mailbox_id,
                "kind": str(kind),
                "count": count,
            }
            for kind, count in counts.items()
            if count
        ]
        if not rows:
            return
        written = insert(copy_counts)
        table = copy_counts.c
        self._connection.execute(
            written.on_conflict_do_update(
                index_elements=[table.account_id, table.day, table.mailbox_id, table.kind],
                set_={"count": table["count"] + written.excluded["count"]},
            ),
            rows,
        )

    def today(self, account_id: int, day: str) -> Today:
        query = (
            select(copy_counts.c.kind, func.sum(copy_counts.c["count"]))
            .where(copy_counts.c.account_id == account_id, copy_counts.c.day == day)
            .group_by(copy_counts.c.kind)
        )
        counts = {row[0]: int(row[1]) for row in self._connection.execute(query)}
        return Today(
            counts.get(CopyKind.KNOWN, 0),
            counts.get(CopyKind.FIRST, 0),
            counts.get(CopyKind.AGAIN, 0),
            CopyKind.ALARM in counts,
            CopyKind.NOTICE in counts,
        )

    def own_days(self, account_id: int, since: str, before: str) -> list[int]:
        table = copy_counts.c
        period = (table.account_id == account_id, table.day >= since, table.day < before)
        told = select(table.day).where(*period, table.kind.in_(_TOLD))
        query = (
            select(func.sum(table["count"]))
            .where(*period, table.kind.in_(_TAKEN), table.day.not_in(told))
            .group_by(table.day)
            .order_by(table.day.desc())
        )
        return [int(total) for total in self._connection.scalars(query)]

    def days_of_others(
        self, account_id: int, mailbox_id: int, since: str, before: str
    ) -> list[int]:
        table, told = copy_counts.c, copy_counts.alias()
        query = (
            select(func.sum(table["count"]))
            .where(
                table.mailbox_id == mailbox_id,
                table.account_id != account_id,
                table.day >= since,
                table.day < before,
                table.kind.in_(_TAKEN),
                ~select(told.c.day)
                .where(
                    told.c.account_id == table.account_id,
                    told.c.day == table.day,
                    told.c.kind.in_(_TOLD),
                )
                .exists(),
            )
            .group_by(table.account_id, table.day)
        )
        return [int(total) for total in self._connection.scalars(query)]

    def alarms(self, day: str) -> Mapping[int, int]:
        table = copy_counts.c
        query = (
            select(table.mailbox_id, func.count())
            .where(table.day == day, table.kind == CopyKind.ALARM)
            .group_by(table.mailbox_id)
        )
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def forget(self, before: str, before_us: int) -> None:
        self._connection.execute(delete(copy_counts).where(copy_counts.c.day < before))
        self._connection.execute(delete(copy_clients).where(copy_clients.c.last_us < before_us))


def _client(key: ClientKey) -> ColumnElement[bool]:
    table = copy_clients.c
    return and_(
        table.account_id == key.account_id,
        table.mailbox_id == key.mailbox_id,
        table.name == key.name,
        table.place == key.place,
    )
