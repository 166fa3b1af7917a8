"""Who is whom at the identity provider, as rows (ports.identities).

What is bound or unbound moves the epoch on, as all that opens a door does; what is used does not.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from proxyd.domain.errors import AlreadyExists
from proxyd.domain.ports.identities import Binding
from proxyd.domain.types import Clock
from proxyd.store.epoch import bump_epoch
from proxyd.store.schema import identities as t


class IdentityStore:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def of(self, account_id: int) -> Binding | None:
        row = self._connection.execute(select(t).where(t.c.account_id == account_id)).first()
        return None if row is None else _binding(row)

    def find(self, issuer: str, subject: str) -> Binding | None:
        query = select(t).where(t.c.issuer == issuer, t.c.subject == subject)
        row = self._connection.execute(query).first()
        return None if row is None else _binding(row)

    def bind(self, account_id: int, issuer: str, subject: str) -> None:
        now_us = self._clock()
        values = {"account_id": account_id, "issuer": issuer, "subject": subject}
        times = {"bound_us": now_us, "used_us": now_us}
        try:
            self._connection.execute(insert(t).values(values | times))
        except IntegrityError as error:
            raise AlreadyExists(subject) from error
        bump_epoch(self._connection)

    def used(self, account_id: int) -> None:
        query = update(t).where(t.c.account_id == account_id).values(used_us=self._clock())
        self._connection.execute(query)

    def unbind(self, account_id: int) -> bool:
        there = bool(
            self._connection.execute(delete(t).where(t.c.account_id == account_id)).rowcount
        )
        if there:
            bump_epoch(self._connection)
        return there


def _binding(row: Row[Any]) -> Binding:
    return Binding(row.account_id, row.issuer, row.subject, row.bound_us, row.used_us)
