"""Passkeys as rows (domain/passkey.py). Nothing here is secret.

What is added and removed moves the epoch on, as sessions depend on it; what is used does not.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from proxyd.domain.app_passwords import CLIENT_MOST, LastUse
from proxyd.domain.errors import AlreadyExists
from proxyd.domain.passkey import Passkey
from proxyd.domain.ports.passkeys import NewCredential, PasskeyRow
from proxyd.domain.types import Clock, Origin
from proxyd.store.epoch import bump_epoch
from proxyd.store.schema import accounts
from proxyd.store.schema import passkey_handles as handles
from proxyd.store.schema import passkeys as t


class PasskeyStore:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def of(self, account_id: int) -> list[PasskeyRow]:
        query = select(t).where(t.c.account_id == account_id).order_by(t.c.id)
        return [_row(row) for row in self._connection.execute(query)]

    def find(self, credential: bytes) -> tuple[PasskeyRow, str] | None:
        query = select(t, accounts.c.login).join(accounts).where(t.c.credential == credential)
        row = self._connection.execute(query).first()
        return None if row is None else (_row(row), row.login)

    def add(self, account_id: int, name: str, made: NewCredential) -> Passkey:
        now_us = self._clock()
        values = {
            "account_id": account_id,
            "name": name,
            "credential": made.credential,
            "public_key": made.public_key,
            "counter": made.counter,
            "synced": made.synced,
            "created_us": now_us,
        }
        try:
            added = self._connection.execute(insert(t).values(values))
        except IntegrityError as error:
            raise AlreadyExists(name) from error
        bump_epoch(self._connection)
        assert added.inserted_primary_key is not None
        return Passkey(added.inserted_primary_key[0], account_id, name, now_us, made.synced)

    def rename(self, passkey_id: int, name: str) -> None:
        self._connection.execute(update(t).where(t.c.id == passkey_id).values(name=name))

    def used(self, passkey_id: int, counter: int, origin: Origin) -> None:
        values = {
            "counter": counter,
            "used_us": self._clock(),
            "used_door": origin.door,
            "used_address": origin.address,
            "used_client": origin.client[:CLIENT_MOST],
        }
        self._connection.execute(update(t).where(t.c.id == passkey_id).values(values))

    def remove(self, passkey_id: int) -> None:
        self._connection.execute(delete(t).where(t.c.id == passkey_id))
        bump_epoch(self._connection)

    def remove_all(self, account_id: int) -> int:
        gone = self._connection.execute(delete(t).where(t.c.account_id == account_id)).rowcount
        self._connection.execute(delete(handles).where(handles.c.account_id == account_id))
        bump_epoch(self._connection)
        return gone

    def handle(self, account_id: int) -> bytes | None:
        query = select(handles.c.handle).where(handles.c.account_id == account_id)
        return self._connection.scalar(query)

    def set_handle(self, account_id: int, handle: bytes) -> None:
        values = {"account_id": account_id, "handle": handle}
        self._connection.execute(insert(handles).values(values))


def _row(row: Row[Any]) -> PasskeyRow:
    last_use = None
    if row.used_us is not None:
        last_use = LastUse(row.used_us, row.used_door, row.used_address, row.used_client)
    passkey = Passkey(row.id, row.account_id, row.name, row.created_us, row.synced, last_use)
    return PasskeyRow(passkey, row.credential, row.public_key, row.counter)
