"""Application passwords as rows (domain/app_passwords.py).

Must never see a password: digests alone. What is added and removed moves the epoch on; what is used
does not, or each sign-in would have every process load all people anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from proxyd.domain.app_passwords import (
    CLIENT_MOST,
    USED_EVERY_US,
    AppPassword,
    LastUse,
    Scope,
    scopes_of,
)
from proxyd.domain.errors import AlreadyExists
from proxyd.domain.types import Clock, Origin
from proxyd.store.epoch import bump_epoch
from proxyd.store.schema import app_passwords as t


class AppPasswordStore:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def add(
        self, account_id: int, name: str, scopes: Iterable[Scope], digest: bytes
    ) -> AppPassword:
        ordered, now_us = scopes_of(scopes), self._clock()
        values = {
            "account_id": account_id,
            "name": name,
            "scopes": " ".join(ordered),
            "digest": digest,
            "created_us": now_us,
        }
        try:
            added = self._connection.execute(insert(t).values(values))
        except IntegrityError as error:
            raise AlreadyExists(name) from error
        bump_epoch(self._connection)
        assert added.inserted_primary_key is not None
        return AppPassword(added.inserted_primary_key[0], account_id, name, ordered, now_us)

    def of(self, account_id: int) -> list[AppPassword]:
        query = select(t).where(t.c.account_id == account_id).order_by(t.c.id)
        return [_app_password(row) for row in self._connection.execute(query)]

    def counts(self) -> dict[int, int]:
        query = select(t.c.account_id, func.count().label("devices")).group_by(t.c.account_id)
        return {row.account_id: row.devices for row in self._connection.execute(query)}

    def ids(self) -> frozenset[int]:
        return frozenset(self._connection.scalars(select(t.c.id)))

    def find(self, digests: Iterable[bytes]) -> list[AppPassword]:
        wanted = list(digests)
        if not wanted:
            return []
        query = select(t).where(t.c.digest.in_(wanted)).order_by(t.c.id)
        return [_app_password(row) for row in self._connection.execute(query)]

    def used(self, app_password_id: int, origin: Origin) -> None:
        now_us = self._clock()
        stale = or_(
            t.c.used_us.is_(None),
            t.c.used_us <= now_us - USED_EVERY_US,
            t.c.used_us > now_us,  # the clock was ahead
        )
        values: dict[str, object] = {
            "used_us": now_us,
            "used_door": origin.door,
            "used_address": origin.address,
        }
        if origin.client:
            values["used_client"] = origin.client[:CLIENT_MOST]
        self._connection.execute(update(t).where(t.c.id == app_password_id, stale).values(values))

    def named_client(self, app_password_id: int, client: str) -> None:
        self._connection.execute(
            update(t).where(t.c.id == app_password_id).values(used_client=client[:CLIENT_MOST])
        )

    def remove(self, app_password_id: int) -> None:
        self._connection.execute(delete(t).where(t.c.id == app_password_id))
        bump_epoch(self._connection)


def _app_password(row: Row[Any]) -> AppPassword:
    last_use = None
    if row.used_us is not None:
        last_use = LastUse(row.used_us, row.used_door, row.used_address, row.used_client)
    scopes = scopes_of(row.scopes.split())
    return AppPassword(row.id, row.account_id, row.name, scopes, row.created_us, last_use)
