"""Tokens of the HTTP API as rows (ports.api_tokens). Must never see a token."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from proxyd.domain.api_token import CLIENT_MOST, ApiScope, ApiToken, scopes_of
from proxyd.domain.types import Account, Clock
from proxyd.store.accounts import AccountStore
from proxyd.store.schema import accounts
from proxyd.store.schema import api_tokens as t


class ApiTokenStore:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def add(
        self, account_id: int, name: str, scopes: Sequence[ApiScope], digest: bytes, expires_us: int
    ) -> int:
        values = {
            "account_id": account_id,
            "name": name,
            "scopes": " ".join(scopes),
            "digest": digest,
            "created_us": self._clock(),
            "expires_us": expires_us,
            "used_address": "",
            "used_client": "",
        }
        added = self._connection.execute(insert(t).values(values))
        assert added.inserted_primary_key is not None
        number: int = added.inserted_primary_key[0]
        return number

    def find(self, digest: bytes) -> ApiToken | None:
        there = self._whole(select(t, accounts.c.login).where(t.c.digest == digest))
        return there[0] if there else None

    def of(self, account_id: int) -> list[ApiToken]:
        query = select(t, accounts.c.login).where(t.c.account_id == account_id)
        return self._whole(query.order_by(t.c.id))

    def all(self) -> list[ApiToken]:
        return self._whole(select(t, accounts.c.login).order_by(accounts.c.login, t.c.id))

    def used(self, number: int, *, address: str, client: str, came_in: bool) -> None:
        now_us = self._clock()
        values: dict[str, object] = {
            "used_us": now_us,
            "used_address": address,
            "used_client": client[:CLIENT_MOST],
        }
        if came_in:
            values["came_in_us"] = now_us
        self._connection.execute(update(t).where(t.c.id == number).values(values))

    def remove(self, number: int) -> bool:
        return bool(self._connection.execute(delete(t).where(t.c.id == number)).rowcount)

    def _whole(self, query: Any) -> list[ApiToken]:
        joined = query.join_from(t, accounts, t.c.account_id == accounts.c.id)
        return list(self._read(self._connection.execute(joined)))

    def _read(self, rows: Iterable[Row[Any]]) -> Iterable[ApiToken]:
        people: dict[str, Account] = {}
        for row in rows:
            if row.login not in people:
                found = AccountStore(self._connection, self._clock).find(row.login)
                assert found is not None  # the very row that was joined
                people[row.login] = found[0]
            yield ApiToken(
                row.id,
                people[row.login],
                row.name,
                scopes_of(row.scopes.split()),
                row.created_us,
                row.expires_us,
                row.used_us,
                row.used_address,
                row.used_client,
                row.came_in_us,
            )
