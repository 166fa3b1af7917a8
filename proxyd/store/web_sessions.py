"""Web sessions as rows (ports.web_sessions). Must never see a token."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from proxyd.domain.types import Account, Clock
from proxyd.domain.web_session import CLIENT_MOST, WebSession
from proxyd.store.accounts import AccountStore
from proxyd.store.prepared import Prepared
from proxyd.store.schema import accounts
from proxyd.store.schema import web_sessions as t

# One parameter, however many numbers: SQLite takes a limited number of them.
_LISTED = select(func.json_each(bindparam("numbers")).table_valued("value").c.value)
# Rendered once: it is asked each second while anybody looks on.
_USED_AT = Prepared(select(t.c.id, t.c.used_us).where(t.c.id.in_(_LISTED)))


class WebSessionStore:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def add(
        self,
        account_id: int,
        digest: bytes,
        factors: Sequence[str],
        *,
        address: str,
        client: str,
    ) -> int:
        now_us = self._clock()
        values = {
            "account_id": account_id,
            "digest": digest,
            "factors": " ".join(factors),
            "begun_us": now_us,
            "used_us": now_us,
            "proven_us": now_us,
            "address": address,
            "client": client[:CLIENT_MOST],
        }
        added = self._connection.execute(insert(t).values(values))
        assert added.inserted_primary_key is not None
        number: int = added.inserted_primary_key[0]
        return number

    def find(self, digest: bytes) -> WebSession | None:
        there = self._whole(select(t, accounts.c.login).where(t.c.digest == digest))
        return there[0] if there else None

    def of(self, account_id: int) -> list[WebSession]:
        return self._whole(
            select(t, accounts.c.login).where(t.c.account_id == account_id).order_by(t.c.id)
        )

    def numbered(self, numbers: Collection[int]) -> list[WebSession]:
        return self._whole(
            select(t, accounts.c.login).where(t.c.id.in_(sorted(numbers))).order_by(t.c.id)
        )

    def used_at(self, numbers: Collection[int]) -> Mapping[int, int]:
        listed = {"numbers": json.dumps(sorted(numbers))}
        return dict(_USED_AT.rows(self._connection, listed))

    def used(self, number: int) -> None:
        self._connection.execute(update(t).where(t.c.id == number).values(used_us=self._clock()))

    def proven(self, number: int, digest: bytes, factors: Sequence[str], at_us: int) -> None:
        values = {
            "digest": digest,
            "factors": " ".join(factors),
            "used_us": self._clock(),
            "proven_us": at_us,
        }
        self._connection.execute(update(t).where(t.c.id == number).values(values))

    def remove(self, number: int) -> bool:
        return bool(self._connection.execute(delete(t).where(t.c.id == number)).rowcount)

    def forget(self) -> int:
        return self._connection.execute(delete(t)).rowcount

    def older_than(self, begun_us: int) -> list[int]:
        query = select(t.c.id).where(t.c.begun_us < begun_us).order_by(t.c.id)
        return list(self._connection.scalars(query))

    def _whole(self, query: Any) -> list[WebSession]:
        joined = query.join_from(t, accounts, t.c.account_id == accounts.c.id)
        return list(self._read(self._connection.execute(joined)))

    def _read(self, rows: Iterable[Row[Any]]) -> Iterable[WebSession]:
        people: dict[str, Account] = {}
        for row in rows:
            if row.login not in people:
                found = AccountStore(self._connection, self._clock).find(row.login)
                assert found is not None  # the very row that was joined
                people[row.login] = found[0]
            yield WebSession(
                row.id,
                people[row.login],
                tuple(row.factors.split()),
                row.begun_us,
                row.used_us,
                row.proven_us,
                row.address,
                row.client,
            )
